/** What the monitor knows of a dispatcher between two pictures: the latest snapshot, events, rates, sessions that have ended. */
package dev.understudy.tui.model;

/** What the monitor shows: one file a view, and the desk on which they lie. */
package dev.understudy.tui.view;

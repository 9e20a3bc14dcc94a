/** The terminal monitor; it talks to the control surface only. */
package dev.understudy.tui;

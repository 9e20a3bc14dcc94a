/**
 * A small kit of widgets on Lanterna's screen: a canvas that clips, tables that fit their width, an input line, boxes, trees,
 * hex, bars, and the table of keys from which the help is made. It knows nothing of sessions.
 */
package dev.understudy.tui.widget;

/** A recorded stream of events as if it happened now. */
package dev.understudy.tui.replay;

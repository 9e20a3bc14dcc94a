/** One session as a ladder: who sent what to whom, and what was decided in between (FIG. 5 to 8 of the patent). */
package dev.understudy.tui.ladder;

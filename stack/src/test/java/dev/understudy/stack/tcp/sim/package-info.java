/** Two endpoints of our own TCP on a bad link, in virtual time: every byte arrives, or the connection ends cleanly. */
package dev.understudy.stack.tcp.sim;

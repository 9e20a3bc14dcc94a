/** TCP: sequence numbers, timers, and the halves of an endpoint. */
package dev.understudy.stack.tcp;

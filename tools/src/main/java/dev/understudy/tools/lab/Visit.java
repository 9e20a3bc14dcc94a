package dev.understudy.tools.lab;

import java.util.Optional;

/**
 * One connection as its client saw it.
 *
 * @param port the client's own port, 0 if it got none
 * @param requests sent on this connection, the failed one included
 * @param firstNanos from the call of connect to the last byte of the first response; meaningful without a failure
 * @param longestNanos the longest that any of its requests took
 * @param failure what the client saw go wrong, in plain words
 */
record Visit(
        int port, int requests, long firstNanos, long longestNanos, Optional<String> failure) {}

package dev.understudy.tui.ladder;

import dev.understudy.stack.wire.Endpoint;
import java.util.Optional;

/**
 * One who takes part.
 *
 * @param name {@code client}, {@code Understudy}, or a server's letter
 * @param endpoint its address; empty for ourselves, who have those of the others
 * @param original whether it is the one that the client asked for
 */
public record Lane(String name, Optional<Endpoint> endpoint, boolean original) {}

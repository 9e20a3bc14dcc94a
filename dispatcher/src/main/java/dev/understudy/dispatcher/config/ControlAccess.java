package dev.understudy.dispatcher.config;

import dev.understudy.stack.wire.Endpoint;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the control API listens.
 *
 * @param socket a Unix domain socket
 * @param tcp an address of this host's loopback, for those who hold the token
 * @param tokenFile the token; given whenever {@code tcp} is
 */
public record ControlAccess(
        Optional<Path> socket, Optional<Endpoint> tcp, Optional<Path> tokenFile) {}

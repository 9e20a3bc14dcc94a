package dev.understudy.dispatcher.control.api;

import dev.understudy.stack.wire.Endpoint;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where a control API is to be found.
 *
 * @param socket its Unix domain socket, or empty
 * @param tcp its loopback address, if there is no socket
 * @param token what a request over TCP has to bear
 */
public record ApiAddress(Optional<Path> socket, Optional<Endpoint> tcp, Optional<String> token) {
    public static ApiAddress socket(Path path) {
        return new ApiAddress(Optional.of(path), Optional.empty(), Optional.empty());
    }

    public static ApiAddress tcp(Endpoint endpoint, String token) {
        return new ApiAddress(Optional.empty(), Optional.of(endpoint), Optional.of(token));
    }

    /** For people. */
    @Override
    public String toString() {
        return socket.map(Path::toString).orElseGet(() -> tcp.map(Endpoint::toString).orElse("?"));
    }
}

package dev.understudy.dispatcher.bind;

import dev.understudy.dispatcher.protocol.HttpRequest;
import dev.understudy.stack.wire.Endpoint;
import java.util.List;
import java.util.function.Consumer;

/** Somebody to ask who holds a URL that no route knows (P31). */
@FunctionalInterface
public interface Policy {
    /** Nobody to ask. */
    Policy NONE = (service, request, then) -> then.accept(List.of());

    /**
     * Asks; the session waits meanwhile.
     *
     * @param service the name of the service
     * @param then gets the answer on the loop, exactly once: the holders in order of preference, none if nobody knows
     */
    void ask(String service, HttpRequest request, Consumer<List<Endpoint>> then);
}

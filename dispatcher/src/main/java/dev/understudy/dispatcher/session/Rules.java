package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.protocol.HttpRequest;
import dev.understudy.dispatcher.service.Server;
import java.util.List;
import java.util.Optional;

/** What a session's service says about reading, routing and recovering its conversation. */
record Rules(ServiceConfig config) implements Conversation.Recovery {
    static Rules of(Session session) {
        return new Rules(session.service.config());
    }

    /** Whether anything depends on what is said. */
    boolean reads() {
        return config.recover().readsAnswers();
    }

    /** Whether a request has to be read before its server is known. */
    boolean routes() {
        return false;
    }

    Optional<List<Server>> holders(HttpRequest request) {
        return Optional.empty();
    }

    /** How long a client may say nothing before it is bound by its address. */
    long bindTimerNanos() {
        return 250_000_000L;
    }

    @Override
    public boolean fails(int status) {
        return config.recover().fails(status);
    }

    @Override
    public boolean closes() {
        return config.recover().closed();
    }
}

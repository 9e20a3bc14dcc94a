package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.config.Bind.Accept;
import dev.understudy.dispatcher.config.Bind.By;
import dev.understudy.dispatcher.config.ServiceConfig;

/** What a session's service says about reading, routing and recovering its conversation. */
record Rules(ServiceConfig config) {
    static Rules of(Session session) {
        return new Rules(session.service.config());
    }

    /** Whether anything depends on what is said. */
    boolean reads() {
        return routes() || config.recover().readsAnswers();
    }

    /** Whether a request has to be read before its server is known. */
    boolean routes() {
        return config.bind().later();
    }

    /** Whether it is a TLS hello that has to be read. */
    boolean byName() {
        return config.bind().by() == By.SNI;
    }

    /** Whether a client's SYN is answered by us (FIG. 7). */
    boolean answersAtOnce() {
        return routes() && config.bind().accept() == Accept.INSTANT;
    }

    /** Whether an answer of this status has another server asked. */
    boolean fails(int status) {
        return config.recover().fails(status);
    }

    /** Whether a server's close counts as a failure where the conversation goes on. */
    boolean closes() {
        return config.recover().closed();
    }
}

package dev.understudy.dispatcher.session;

import java.util.Optional;

/**
 * What becomes of a session whose conversation is read along, once more is known of its oldest exchange: it goes on as it is,
 * or its request goes to another server, its server is left, or the dispatcher itself answers.
 */
final class Deciding {
    private final Engine engine;

    Deciding(Engine engine) {
        this.engine = engine;
    }

    /**
     * Goes on to the next exchange, and acts on what is known of it now.
     *
     * @return whether the session is in another phase
     */
    boolean progress(Session session, long now) {
        Conversation conversation = session.conversation;
        if (conversation.advance(session)) {
            trim(session);
        }
        Optional<Exchange> oldest = conversation.oldest();
        if (oldest.isPresent() && refused(session, oldest.get(), now)) {
            return true;
        }
        if (conversation.fallback != null
                && oldest.isPresent()
                && oldest.get().answer != null
                && oldest.get().answer.headRead()) {
            engine.conversations.leaveFallback(session, now);
        }
        if (conversation.outlivesServer(session)) {
            Binding.park(engine, session, "its server has closed the idle connection", now);
            engine.binding.decide(session, now);
            return true;
        }
        if (conversation.gates.waits(session, session.leg.server)) {
            return letThrough(session, now);
        }
        if (session.leg.server.drained() && conversation.idle(session)) {
            Binding.park(engine, session, "its server is being drained", now);
            return true;
        }
        return false;
    }

    /** What waits at the gate goes its way: to another server, altered to this one, or nowhere, for we answer it. */
    private boolean letThrough(Session session, long now) {
        Optional<Exchange> oldest = session.conversation.oldest();
        if (oldest.isPresent() && oldest.get().redirected()) {
            engine.conversations.redirect(session, oldest.get(), now);
            return true;
        }
        if (oldest.isPresent()
                && oldest.get().awaitsRewriting()
                && oldest.get().fits(session.leg.server)
                && !session.leg.server.drained()) {
            engine.rewriting.pass(session, oldest.get(), now);
            return false;
        }
        return Relocating.elsewhere(engine, session, now);
    }

    /** An answer that another server is asked for: it is kept, should nobody have a better one. */
    private boolean refused(Session session, Exchange exchange, long now) {
        if (exchange.answer == null
                || exchange.settled
                || session.conversation.answerShown(session)
                || !Rules.of(session).fails(exchange.answer.status())) {
            return false;
        }
        if (Relocating.refused(engine, session, exchange, now)) {
            return true;
        }
        exchange.settled = true;
        engine.passing.downHeld(session, now);
        return false;
    }

    /** What the client sent and got answered needs not be kept. */
    void trim(Session session) {
        if (session.store.complete()) {
            session.store.removeIf(frame -> engine.out.copies.endOf(frame) - session.upBase <= 0);
        } else if (session.upNxt == session.upBase) {
            session.store.restart();
        }
    }
}

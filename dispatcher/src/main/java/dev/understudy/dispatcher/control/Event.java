package dev.understudy.dispatcher.control;

import dev.understudy.stack.wire.Endpoint;

/**
 * One decision of the dispatcher (DESIGN 7.6). The log, the monitor, the metrics and captures read the same stream. The
 * sentence is made when somebody reads it, not on the loop.
 *
 * @param id counts from 1, without gaps
 * @param nanos the loop's ticker
 * @param session the session's number, 0 if the event is about none
 * @param client the client's end, or null if the event is about no session
 * @param server the server concerned, or null
 * @param number what the kind says: nanoseconds, bytes, a count
 * @param text a short detail in plain words, empty if there is none
 * @param bytes of {@link Kind#HIDDEN}: bytes that were sent once more, or read once more for a proof; 0 of all others
 * @param why of {@link Kind#ATTEMPT}: why this server, in one clause; empty of all others, and if it is not known
 */
public record Event(
        long id,
        long nanos,
        long session,
        Kind kind,
        Endpoint client,
        Endpoint server,
        long number,
        String text,
        long bytes,
        String why) {

    /** An event that costs no bytes and chooses no server. */
    public Event(
            long id,
            long nanos,
            long session,
            Kind kind,
            Endpoint client,
            Endpoint server,
            long number,
            String text) {
        this(id, nanos, session, kind, client, server, number, text, 0, "");
    }

    /** What happened. */
    public enum Kind {
        /**
         * A client's first packet came; {@code server} is the original asked for; number: the transport protocol's (6 for
         * TCP, 17 for UDP).
         */
        OPENED,
        /** An attempt began: a SYN went to {@code server}, chosen for the reason {@code why}. */
        ATTEMPT,
        /** {@code server} answered first and has the session; number: nanoseconds since the client's SYN. */
        WON,
        /** An attempt failed (text: refused, unreachable, timeout); whether the client will see it is not said yet. */
        FAILED,
        /**
         * The client did not see this failure (text: refused, reset, unreachable, timeout, no answer yet), because another
         * server answered; number: nanoseconds that it cost; bytes: those that had to be moved once more.
         */
        HIDDEN,
        /** Every server failed; the client got text: reset or silence. */
        EXHAUSTED,
        /** A live session lost its server leg (text: why) and is being moved. */
        RELOCATING,
        /** The session is on {@code server} now; number: nanoseconds since it lost the other. */
        RELOCATED,
        /** The client's handshake was answered by us; its request decides who serves it. */
        ANSWERED,
        /** The client asks for something (text: what). */
        ASKED,
        /** The dispatcher itself has answered, and sent the client elsewhere (text: where). */
        REDIRECTED,
        /** {@code server} was chosen for what the client asked for; number: nanoseconds that opening it took. */
        BOUND,
        /** The session goes on without a server (text: why) until the client asks again. */
        PARKED,
        /** {@code server} goes on with an answer in its middle (text: how that was proved); number: bytes that the client had. */
        RESUMED,
        /** No other server had a better answer: that of {@code server}, held back so far, is the client's (text: which). */
        RESTORED,
        /** The session could not be moved; text says why. */
        NOT_RELOCATED,
        /** Ended by FIN both ways; number: bytes delivered to the client. */
        CLOSED,
        /** Ended by a reset that was passed on (text: by whom). */
        RESET,
        /** Ended for lack of traffic. */
        EXPIRED,
        /** {@code server} is remembered as failed; number: nanoseconds until it is tried again first. */
        SERVER_DOWN,
        /** {@code server} answered again. */
        SERVER_UP,
        /** A limit was reached (text: which) and the connection was passed through unaltered. */
        LIMIT,
        /** A new configuration is in force; number: services. */
        RELOADED,
        /** A new configuration was refused; text says why. */
        RELOAD_REFUSED
    }
}

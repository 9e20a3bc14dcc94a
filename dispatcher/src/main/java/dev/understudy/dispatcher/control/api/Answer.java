package dev.understudy.dispatcher.control.api;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** What a request is answered with. */
sealed interface Answer {
    String JSON = "application/json";

    /** A whole answer. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Whole(int status, String type, byte[] body) implements Answer {}

    /** A whole answer that takes a moment. */
    record Later(CompletableFuture<Whole> whole) implements Answer {}

    /** An answer without end. */
    record Endless(String type, Pump pump) implements Answer {}

    /** Where an endless answer comes from, piece by piece. */
    interface Pump {
        /**
         * What there is to send now, an empty array if nothing, null if it is over. Asked again and again, but not while the
         * reader has not taken what it got: what it misses meanwhile is said in the stream.
         */
        byte[] next();

        /** What says that the stream is alive when there is nothing else to say. */
        byte[] heartbeat();
    }

    static Whole ok(Object value) {
        return new Whole(200, JSON, ControlJson.bytes(value));
    }

    static Whole text(String type, String text) {
        return new Whole(200, type, text.getBytes(StandardCharsets.UTF_8));
    }

    static Whole error(int status, String sentence) {
        return new Whole(status, JSON, ControlJson.bytes(Map.of("error", sentence)));
    }
}

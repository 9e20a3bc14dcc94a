package dev.understudy.dispatcher.attach;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;

/**
 * ICMP errors of our own that wait to be handed up, as if they had come in: a packet that we could not send may have been
 * sent from within the dispatcher, which must not be entered again before it is done.
 */
final class Errors {
    private static final int LIMIT = 64;

    private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>();
    private long dropped;

    /** Takes an error and its reference. */
    void add(ByteBuf error) {
        if (waiting.size() >= LIMIT) {
            dropped++;
            error.release();
            return;
        }
        waiting.add(error);
    }

    /** The next one, whose reference the caller takes; null if there is none. */
    ByteBuf poll() {
        return waiting.poll();
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    long dropped() {
        return dropped;
    }

    void clear() {
        for (ByteBuf error = poll(); error != null; error = poll()) {
            error.release();
        }
    }
}

package dev.understudy.stack.host;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.function.Consumer;

/**
 * ICMP errors about packets of our own that never were on the wire. They wait here until nobody is in the middle of
 * sending; at most {@value #MAX}, which is what one burst to a dead neighbour can leave.
 */
final class LocalErrors implements IpSender.Errors {
    static final int MAX = 256;

    private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>();
    private long dropped;

    @Override
    public void failed(ByteBuf error, long now) {
        if (waiting.size() < MAX) {
            waiting.add(error.retain());
        } else {
            dropped++;
        }
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** Hands over those that wait now; what that gives rise to waits for the next time. The frames stay ours. */
    void tell(Consumer<ByteBuf> listener) {
        for (int i = waiting.size(); i > 0 && !waiting.isEmpty(); i--) {
            ByteBuf error = waiting.poll();
            try {
                listener.accept(error);
            } finally {
                error.release();
            }
        }
    }

    void clear() {
        waiting.forEach(ByteBuf::release);
        waiting.clear();
    }

    /** Errors that found no room. */
    long dropped() {
        return dropped;
    }
}

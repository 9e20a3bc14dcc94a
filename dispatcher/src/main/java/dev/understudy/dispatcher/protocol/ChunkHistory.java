package dev.understudy.dispatcher.protocol;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Optional;

/**
 * How a chunked body was cut, for as far back as the client has not acknowledged it: what was once sent must be sent alike
 * again. Offsets are raw ones, from the body's beginning. Holds at most 4,096 chunks and forgets the oldest first.
 */
final class ChunkHistory {
    /**
     * A chunk with all that stands before its data: the CRLF that ends the chunk before it, and its size line.
     *
     * @param at raw offset of {@code text}
     * @param content content bytes before it
     */
    record Chunk(long at, String text, long size, long content) {
        long dataAt() {
            return at + text.length();
        }

        long end() {
            return dataAt() + size;
        }
    }

    private static final int MOST_CHUNKS = 4096;

    private final ArrayDeque<Chunk> chunks = new ArrayDeque<>(4);

    void add(String sizeLine, long size, long content) {
        Optional<Chunk> before = last();
        String text = content == 0 && before.isEmpty() ? sizeLine : "\r\n" + sizeLine;
        long at = before.map(Chunk::end).orElse(0L);
        if (chunks.size() == MOST_CHUNKS) {
            chunks.removeFirst();
        }
        chunks.add(new Chunk(at, text, size, content));
    }

    /** What lies before this raw offset will not be asked for again; the last chunk stays. */
    void forget(long raw) {
        while (chunks.size() > 1 && chunks.peekFirst().end() <= raw) {
            chunks.removeFirst();
        }
    }

    Optional<Chunk> last() {
        return Optional.ofNullable(chunks.peekLast());
    }

    /** The chunks from the one that holds a raw offset on; none if that was forgotten. */
    Iterator<Chunk> from(long raw) {
        ArrayDeque<Chunk> rest = new ArrayDeque<>(chunks);
        while (rest.size() > 1 && rest.peekFirst().end() <= raw) {
            rest.removeFirst();
        }
        if (!rest.isEmpty() && rest.peekFirst().at() > raw) {
            rest.clear();
        }
        return rest.iterator();
    }
}

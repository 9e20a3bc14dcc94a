package dev.understudy.dispatcher.protocol;

import dev.understudy.dispatcher.protocol.ChunkHistory.Chunk;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.Optional;

/**
 * Goes on with a chunked body that broke off, from any raw offset of it. As far as it was sent before, it is cut as it was
 * cut then; beyond, as the other server cuts it from which the content comes. Where both cut alike, so does the whole.
 */
public final class ChunkSplice {
    private static final String CRLF = "\r\n";

    private final long content;
    private final Iterator<Chunk> known;
    private String pending;
    private long left;
    private boolean last;

    private ChunkSplice(
            String pending, long content, long left, boolean last, Iterator<Chunk> known) {
        this.pending = pending;
        this.content = content;
        this.left = left;
        this.last = last;
        this.known = known;
    }

    /**
     * Begins at raw offset {@code from}, counted from the body's beginning; empty if that place was forgotten, or the body
     * broke off inside a size line or a trailer field, of which nobody knows the rest.
     */
    static Optional<ChunkSplice> at(ChunkHistory history, ChunkedBody body, long from) {
        Iterator<Chunk> chunks = history.from(from);
        if (!chunks.hasNext()) {
            boolean untouched = body.raw() == 0 && from == 0;
            return untouched
                    ? Optional.of(new ChunkSplice("", 0, 0, false, chunks))
                    : Optional.empty();
        }
        long behind = body.raw() - history.last().map(Chunk::end).orElse(0L);
        if (behind > CRLF.length() || from > body.raw()) {
            return Optional.empty();
        }
        Chunk first = chunks.next();
        boolean last = first.size() == 0;
        if (from < first.dataAt()) {
            String text = first.text().substring((int) (from - first.at()));
            return Optional.of(
                    new ChunkSplice(
                            last ? text + CRLF : text,
                            first.content(),
                            first.size(),
                            last,
                            chunks));
        }
        long into = Math.min(from - first.dataAt(), first.size());
        boolean whole = into == first.size();
        return Optional.of(
                new ChunkSplice(
                        whole ? CRLF.substring((int) (from - first.end())) : "",
                        first.content() + into,
                        first.size() - into,
                        last,
                        chunks));
    }

    /** Offset, in the content, of the first byte that it needs. */
    public long content() {
        return content;
    }

    /**
     * Adds content, framed, to {@code out}.
     *
     * @param chunk how much its server's chunk holds from the first of these bytes on; 0 if the content is not chunked
     * @return false if there is more of it than was sent before
     */
    public boolean write(ByteBuf bytes, int index, int length, long chunk, ByteBuf out) {
        int at = index;
        int rest = length;
        while (rest > 0) {
            if (left == 0 && !nextChunk(Math.max(rest, chunk - (length - rest)))) {
                return false;
            }
            flush(out);
            int step = (int) Math.min(left, rest);
            out.writeBytes(bytes, at, step);
            left -= step;
            at += step;
            rest -= step;
            if (left == 0) {
                pending = CRLF;
            }
        }
        return true;
    }

    /** What is pending is then the CRLF, or the rest of it, that every chunk's text but the first one's begins with. */
    private boolean nextChunk(long size) {
        if (last) {
            return false;
        }
        if (known.hasNext()) {
            Chunk next = known.next();
            pending += next.text().substring(CRLF.length());
            left = next.size();
            last = left == 0;
            return !last;
        }
        pending += Long.toHexString(size) + CRLF;
        left = size;
        return true;
    }

    private void flush(ByteBuf out) {
        out.writeCharSequence(pending, StandardCharsets.ISO_8859_1);
        pending = "";
    }

    /** The content is complete: adds what ends the body. False if more of it was sent before. */
    public boolean end(ByteBuf out) {
        if (left > 0) {
            return false;
        }
        if (!last) {
            boolean more = known.hasNext() && nextChunk(0);
            if (more) {
                return false;
            }
            pending += last ? CRLF : "0" + CRLF + CRLF;
            last = true;
        }
        flush(out);
        return true;
    }
}

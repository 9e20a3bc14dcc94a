package dev.understudy.dispatcher.protocol;

import dev.understudy.dispatcher.protocol.ChunkHistory.Chunk;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.Optional;

/**
 * Goes on with a chunked body that broke off, from any raw offset of it. As far as it was sent before, it is cut as it was
 * cut then; beyond, as the other server cuts it from which the content comes. Where both cut alike, so does the whole. The
 * trailer section is the other server's, which must begin as the first one's did.
 */
public final class ChunkSplice {
    private static final String CRLF = "\r\n";

    private final long content;
    private final Iterator<Chunk> known;

    /** The trailer section as far as it was sent before, and how much of it is not needed again. */
    private final String trailers;

    private final int trailersHad;
    private String pending;
    private long left;
    private boolean last;

    private ChunkSplice(
            String pending,
            long content,
            long left,
            boolean last,
            Iterator<Chunk> known,
            String trailers,
            int trailersHad) {
        this.pending = pending;
        this.content = content;
        this.left = left;
        this.last = last;
        this.known = known;
        this.trailers = trailers;
        this.trailersHad = trailersHad;
    }

    /**
     * Begins at raw offset {@code from}, counted from the body's beginning; empty if that place was forgotten, or the body
     * broke off inside a size line, of which nobody knows the rest.
     */
    static Optional<ChunkSplice> at(ChunkHistory history, ChunkedBody body, long from) {
        Iterator<Chunk> chunks = history.from(from);
        if (!chunks.hasNext()) {
            boolean untouched = body.raw() == 0 && from == 0;
            return untouched
                    ? Optional.of(new ChunkSplice("", 0, 0, false, chunks, "", 0))
                    : Optional.empty();
        }
        String trailers = body.trailers();
        long cut = history.last().map(Chunk::end).orElse(0L) + trailers.length();
        if (body.raw() - cut > CRLF.length() || from > body.raw()) {
            return Optional.empty();
        }
        Chunk first = chunks.next();
        boolean last = first.size() == 0;
        if (from < first.dataAt()) {
            String text = first.text().substring((int) (from - first.at()));
            return Optional.of(
                    new ChunkSplice(
                            text, first.content(), first.size(), last, chunks, trailers, 0));
        }
        long into = Math.min(from - first.dataAt(), first.size());
        int behind = (int) (from - first.dataAt() - into);
        boolean whole = into == first.size() && !last;
        return Optional.of(
                new ChunkSplice(
                        whole ? CRLF.substring(behind) : "",
                        first.content() + into,
                        first.size() - into,
                        last,
                        chunks,
                        trailers,
                        last ? behind : 0));
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

    /**
     * The content is complete: adds what ends the body.
     *
     * @param section the trailer section of the server from which the content came, with its empty line
     * @return false if more was sent before, or it ended otherwise
     */
    public boolean end(String section, ByteBuf out) {
        if (left > 0 || !section.startsWith(trailers)) {
            return false;
        }
        if (!last) {
            boolean more = known.hasNext() && nextChunk(0);
            if (more) {
                return false;
            }
            pending += last ? "" : "0" + CRLF;
            last = true;
        }
        pending += section.substring(trailersHad);
        flush(out);
        return true;
    }
}

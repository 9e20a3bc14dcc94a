package dev.understudy.dispatcher.protocol;

import io.netty.buffer.ByteBuf;
import java.util.Optional;

/**
 * Follows a chunked body (RFC 9112 §7.1) byte by byte: sizes, data, and the trailer section to its empty line. It keeps
 * nothing, or of one whose cuts are remembered the trailer section. Strict, for lenient readers of sizes are how requests are smuggled: only hexadecimal digits, only CRLF. A size line
 * may be 256 bytes long with its extensions, a trailer section 8,192.
 */
final class ChunkedBody {
    private enum Part {
        SIZE,
        EXTENSION,
        SIZE_LF,
        DATA,
        DATA_CR,
        DATA_LF,
        TRAILER,
        END,
        BROKEN
    }

    /** Who wants to see the data. */
    @FunctionalInterface
    interface Data {
        /** The next {@code length} bytes of data lie at {@code index}. */
        void read(int index, int length);
    }

    private static final int MOST_DIGITS = 15;
    private static final int MOST_LINE = 256;

    private Part part = Part.SIZE;
    private long size;
    private int digits;
    private int line;
    private int trailer;
    private int trailerLine;
    private boolean trailerCr;
    private long content;
    private long left;
    private long raw;
    private String why = "";
    private final StringBuilder sizeLine = new StringBuilder(8);
    private final StringBuilder trailers = new StringBuilder(0);
    private final Optional<ChunkHistory> history;

    ChunkedBody() {
        this.history = Optional.empty();
    }

    /** One whose cuts are remembered. */
    ChunkedBody(ChunkHistory history) {
        this.history = Optional.of(history);
    }

    /** Reads on and returns how many bytes belonged to the body. */
    int read(ByteBuf from, int index, int count) {
        return read(from, index, count, (at, length) -> {});
    }

    /** The same, and shows the data on the way. */
    int read(ByteBuf from, int index, int count, Data data) {
        int at = 0;
        while (at < count && part != Part.END && part != Part.BROKEN) {
            if (part == Part.DATA) {
                int step = (int) Math.min(left, count - at);
                data.read(index + at, step);
                skip(step);
                at += step;
            } else {
                step(from.getByte(index + at) & 0xFF);
                at++;
            }
        }
        return at;
    }

    private void step(int b) {
        raw++;
        if (part == Part.SIZE || part == Part.EXTENSION || part == Part.SIZE_LF) {
            sizeLine.append((char) b);
        }
        switch (part) {
            case SIZE -> size(b);
            case EXTENSION -> {
                if (b == '\r') {
                    part = Part.SIZE_LF;
                } else if (++line > MOST_LINE || b == '\n') {
                    broken("a chunk's extension is too long or ends with a bare line feed");
                }
            }
            case SIZE_LF -> {
                if (b == '\n') {
                    sizeRead();
                } else {
                    broken("a chunk's size is not followed by CRLF");
                }
            }
            case DATA_CR -> expect(b, '\r', Part.DATA_LF);
            case DATA_LF -> {
                expect(b, '\n', Part.SIZE);
                size = 0;
                digits = 0;
                line = 0;
            }
            case TRAILER -> trailer(b);
            default -> throw new IllegalStateException("no byte is due in " + part);
        }
    }

    private void size(int b) {
        int digit = Character.digit(b, 16);
        if (digit >= 0 && b < 0x80) {
            size = size << 4 | digit;
            if (++digits > MOST_DIGITS) {
                broken("a chunk's size has too many digits");
            }
        } else if (digits == 0) {
            broken("a chunk has no size");
        } else if (b == '\r') {
            part = Part.SIZE_LF;
        } else if (b == ';' || b == ' ' || b == '\t') {
            part = Part.EXTENSION;
        } else {
            broken("a chunk's size is no hexadecimal number");
        }
    }

    private void sizeRead() {
        history.ifPresent(chunks -> chunks.add(sizeLine.toString(), size, content));
        sizeLine.setLength(0);
        left = size;
        part = size == 0 ? Part.TRAILER : Part.DATA;
    }

    private void expect(int b, char wanted, Part next) {
        if (b == wanted) {
            part = next;
        } else {
            broken("a chunk's data is not followed by CRLF");
        }
    }

    private void trailer(int b) {
        if (history.isPresent()) {
            trailers.append((char) b);
        }
        if (++trailer > HeadBuffer.MOST_FIELDS) {
            broken("the trailer section is too long");
        } else if (trailerCr && b != '\n') {
            broken("a bare carriage return stands in the trailer section");
        } else if (b == '\r') {
            trailerCr = true;
        } else if (b != '\n') {
            trailerLine++;
        } else if (!trailerCr) {
            broken("a line of the trailer section ends with a bare line feed");
        } else if (trailerLine == 0) {
            part = Part.END;
        } else {
            trailerLine = 0;
            trailerCr = false;
        }
    }

    private void broken(String reason) {
        part = Part.BROKEN;
        why = reason;
    }

    /** Bytes of data that come next; their content does not matter to the framing. */
    long skippable() {
        return part == Part.DATA ? left : 0;
    }

    /** Passes over bytes of data, at most {@link #skippable}. */
    void skip(long bytes) {
        raw += bytes;
        content += bytes;
        left -= bytes;
        if (left == 0) {
            part = Part.DATA_CR;
        }
    }

    /** All bytes so far, framing included. */
    long raw() {
        return raw;
    }

    /** Bytes of data so far, without framing. */
    long content() {
        return content;
    }

    /** Bytes of data that the current chunk still has to bring. */
    long left() {
        return part == Part.DATA ? left : 0;
    }

    /** The trailer section as far as it has come, with the empty line that ends it; kept only where cuts are. */
    String trailers() {
        return trailers.toString();
    }

    boolean ended() {
        return part == Part.END;
    }

    boolean broken() {
        return part == Part.BROKEN;
    }

    /** What broke it. */
    String why() {
        return why;
    }
}

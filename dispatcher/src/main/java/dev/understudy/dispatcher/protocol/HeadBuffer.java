package dev.understudy.dispatcher.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpObjectDecoder;
import java.util.Arrays;

/**
 * Gathers the bytes of one head until the empty line that ends it. Netty's limits hold: 4,096 bytes for the start line, 8,192
 * for the fields. Nothing is held between heads. Empty lines before the start line are dropped, as RFC 9112 §2.2 asks.
 *
 * <p>Netty's own decoder is not used: it is a channel handler, would cost a pipeline for each session, and repairs what a
 * dispatcher has to know of (folded lines, bare line feeds, blanks before a colon).
 */
final class HeadBuffer {
    static final int MOST_START_LINE = HttpObjectDecoder.DEFAULT_MAX_INITIAL_LINE_LENGTH;
    static final int MOST_FIELDS = HttpObjectDecoder.DEFAULT_MAX_HEADER_SIZE;

    private static final int MOST_BLANKS = 8;
    private static final byte[] EMPTY = {};

    private byte[] bytes = EMPTY;
    private int length;
    private int lineStart;
    private int startLineEnd;
    private int blanks;
    private boolean complete;
    private boolean tooLong;

    /** Takes what belongs to this head and returns how much that was. */
    int add(ByteBuf from, int index, int count) {
        int taken = 0;
        while (taken < count && !complete && !tooLong) {
            if (length == 0 && isLineEnd(from.getByte(index + taken))) {
                taken++;
                tooLong = ++blanks > MOST_BLANKS;
                continue;
            }
            int feed = from.indexOf(index + taken, index + count, (byte) '\n');
            int end = feed < 0 ? index + count : feed + 1;
            int room = limit() - length;
            int step = Math.min(end - index - taken, room);
            append(from, index + taken, step);
            taken += step;
            if (feed >= 0 && index + taken == end) {
                endLine();
            } else if (length == limit()) {
                tooLong = true;
            }
        }
        return taken;
    }

    private static boolean isLineEnd(byte b) {
        return b == '\r' || b == '\n';
    }

    private int limit() {
        return startLineEnd == 0 ? MOST_START_LINE : startLineEnd + MOST_FIELDS;
    }

    private void append(ByteBuf from, int index, int count) {
        if (length + count > bytes.length) {
            int size = Math.max(length + count, Math.min(limit(), Math.max(512, 2 * length)));
            bytes = Arrays.copyOf(bytes, size);
        }
        from.getBytes(index, bytes, length, count);
        length += count;
    }

    private void endLine() {
        int line = length - 1 - lineStart;
        if (line == 0 || line == 1 && bytes[lineStart] == '\r') {
            complete = true;
        } else if (startLineEnd == 0) {
            startLineEnd = length;
        }
        lineStart = length;
    }

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    /** Line ends that stood before the start line. */
    int blanks() {
        return blanks;
    }

    boolean complete() {
        return complete;
    }

    boolean startLineComplete() {
        return startLineEnd > 0;
    }

    /** With its line end, once it is complete. */
    int startLineLength() {
        return startLineEnd;
    }

    boolean tooLong() {
        return tooLong;
    }

    /** Ready for the next head; the old one's bytes are let go. */
    void clear() {
        bytes = EMPTY;
        length = 0;
        lineStart = 0;
        startLineEnd = 0;
        blanks = 0;
        complete = false;
        tooLong = false;
    }
}

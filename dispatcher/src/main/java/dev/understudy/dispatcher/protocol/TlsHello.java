package dev.understudy.dispatcher.protocol;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Reads the server name and the protocols from a ClientHello (RFC 8446 §4.1.2, RFC 6066 §3, RFC 7301), put together across
 * segments and records, to 16 KiB. Fed the client's first bytes in order, each once. Nothing that comes makes it throw; a
 * hello that is too long, or broken inside, is a {@link Result#NO_NAME}: it still goes to the default server.
 */
public final class TlsHello {
    /** What is known so far. */
    public enum Result {
        NEED_MORE,
        /** The first bytes are no TLS handshake. */
        NOT_TLS,
        NAME,
        /** A hello, but without a name that can be read. */
        NO_NAME
    }

    private static final int MOST_BYTES = 16_384;
    private static final int RECORD_HEADER = 5;
    private static final int HANDSHAKE = 22;
    private static final int CLIENT_HELLO = 1;
    private static final int SERVER_NAME = 0;
    private static final int ALPN = 16;
    private static final int HOST_NAME = 0;

    private final byte[] record = new byte[RECORD_HEADER];
    private int recordAt;
    private int left;
    private byte[] hello = {};
    private int length;
    private int read;
    private Result result = Result.NEED_MORE;
    private String name = "";
    private List<String> protocols = List.of();

    /** Reads all readable bytes of a buffer, which is left as it is. */
    public Result read(ByteBuf bytes) {
        return read(bytes, bytes.readerIndex(), bytes.readableBytes());
    }

    /** Reads {@code count} bytes from {@code index} on. */
    public Result read(ByteBuf bytes, int index, int count) {
        int at = 0;
        while (at < count && result == Result.NEED_MORE) {
            if (read == MOST_BYTES) {
                done(Result.NO_NAME);
                return result;
            }
            int step = 1;
            if (recordAt < RECORD_HEADER) {
                record[recordAt++] = bytes.getByte(index + at);
                checkRecord();
            } else {
                step = Math.min(Math.min(left, count - at), MOST_BYTES - read);
                keep(bytes, index + at, step);
                left -= step;
                recordAt = left == 0 ? 0 : recordAt;
                checkHello();
            }
            at += step;
            read += step;
        }
        return result;
    }

    private void checkRecord() {
        boolean handshake =
                record[0] == HANDSHAKE
                        && (recordAt < 2 || record[1] == 3)
                        && (recordAt < 3 || record[2] <= 4);
        if (recordAt == RECORD_HEADER) {
            left = (record[3] & 0xFF) << 8 | record[4] & 0xFF;
            // Empty handshake records are forbidden (RFC 8446 §5.1), and could go on for ever.
            handshake &= left > 0 && left <= MOST_BYTES;
        }
        if (!handshake) {
            done(length == 0 ? Result.NOT_TLS : Result.NO_NAME);
        }
    }

    private void keep(ByteBuf from, int index, int count) {
        if (length + count > hello.length) {
            hello =
                    Arrays.copyOf(
                            hello, Math.max(length + count, Math.min(2 * length, MOST_BYTES)));
        }
        from.getBytes(index, hello, length, count);
        length += count;
    }

    private void checkHello() {
        if (hello[0] != CLIENT_HELLO) {
            done(Result.NOT_TLS);
        } else if (length >= 4 && length - 4 >= number(1, 3)) {
            extensions(4 + number(1, 3));
            done(name.isEmpty() ? Result.NO_NAME : Result.NAME);
        } else if (length >= 4 && number(1, 3) > MOST_BYTES) {
            done(Result.NO_NAME);
        }
    }

    private int number(int at, int bytes) {
        int value = 0;
        for (int i = 0; i < bytes; i++) {
            value = value << 8 | hello[at + i] & 0xFF;
        }
        return value;
    }

    /** Passes over version, random, session, suites and compressions; then looks at each extension. */
    private void extensions(int end) {
        int at = 4 + 2 + 32;
        at = behindVector(at, 1, end);
        at = behindVector(at, 2, end);
        at = behindVector(at, 1, end);
        if (at + 2 > end) {
            return;
        }
        int stop = Math.min(end, at + 2 + number(at, 2));
        at += 2;
        while (at + 4 <= stop) {
            int type = number(at, 2);
            int next = at + 4 + number(at + 2, 2);
            if (next > stop) {
                return;
            }
            if (type == SERVER_NAME && name.isEmpty()) {
                serverName(at + 4, next);
            } else if (type == ALPN) {
                alpn(at + 4, next);
            }
            at = next;
        }
    }

    /** Past the end if it is cut off. */
    private int behindVector(int at, int lengthBytes, int end) {
        return at + lengthBytes > end ? end : at + lengthBytes + number(at, lengthBytes);
    }

    private void serverName(int from, int end) {
        int at = from + 2;
        while (at + 3 <= end) {
            int next = at + 3 + number(at + 1, 2);
            if (next > end) {
                return;
            }
            if (hello[at] == HOST_NAME) {
                String host = new String(hello, at + 3, next - at - 3, StandardCharsets.US_ASCII);
                if (host.matches("[A-Za-z0-9_.-]{1,255}")) {
                    name = RequestTarget.host(host).toLowerCase(Locale.ROOT);
                }
                return;
            }
            at = next;
        }
    }

    private void alpn(int from, int end) {
        List<String> names = new ArrayList<>(2);
        int at = from + 2;
        while (at < end && at + 1 + number(at, 1) <= end) {
            int size = number(at, 1);
            names.add(new String(hello, at + 1, size, StandardCharsets.ISO_8859_1));
            at += 1 + size;
        }
        protocols = List.copyOf(names);
    }

    private void done(Result found) {
        result = found;
        hello = new byte[0];
    }

    public Result result() {
        return result;
    }

    /** The server's name in lower case, with {@link Result#NAME}. */
    public Optional<String> name() {
        return name.isEmpty() ? Optional.empty() : Optional.of(name);
    }

    /** The application protocols that the client offers (ALPN), best first. */
    public List<String> protocols() {
        return protocols;
    }
}

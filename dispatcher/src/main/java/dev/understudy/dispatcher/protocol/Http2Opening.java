package dev.understudy.dispatcher.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.Arrays;
import java.util.Optional;

/**
 * Reads an HTTP/2 connection with prior knowledge (RFC 9113 §3.3) from the second half of its preface to its first request:
 * frames before it are passed over, its HEADERS with their CONTINUATIONs are decoded by Netty's HPACK. Gives up after 64 KiB,
 * and beyond 16 KiB of header block.
 */
final class Http2Opening {
    private static final byte[] REST_OF_PREFACE = {'S', 'M', '\r', '\n', '\r', '\n'};
    private static final int FRAME_HEADER = 9;
    private static final int MOST_BYTES = 65_536;
    private static final int MOST_BLOCK = 16_384;
    private static final int HEADERS = 1;
    private static final int CONTINUATION = 9;
    private static final int END_HEADERS = 0x04;
    private static final int PADDED = 0x08;
    private static final int PRIORITY = 0x20;

    private final byte[] frame = new byte[FRAME_HEADER];
    private byte[] block = {};
    private int blockLength;
    private int preface;
    private int frameAt;
    private int left;
    private int stream;
    private int total;
    private boolean broken;
    private Optional<HttpRequest.Facts> request = Optional.empty();

    /** Reads up to the end of the first request's head and returns how many bytes that took. */
    int read(ByteBuf from, int index, int count) {
        int at = 0;
        while (at < count && !broken && request.isEmpty()) {
            int step = 1;
            if (preface < REST_OF_PREFACE.length) {
                broken = from.getByte(index + at) != REST_OF_PREFACE[preface++];
            } else if (frameAt < FRAME_HEADER) {
                frame[frameAt++] = from.getByte(index + at);
                if (frameAt == FRAME_HEADER) {
                    frameBegins();
                }
            } else {
                step = Math.min(left, count - at);
                if (isBlock()) {
                    from.getBytes(index + at, block, blockLength, step);
                    blockLength += step;
                }
                left -= step;
                if (left == 0) {
                    frameEnds();
                }
            }
            at += step;
            total += step;
            broken |= total > MOST_BYTES && request.isEmpty();
        }
        return at;
    }

    private int type() {
        return frame[3];
    }

    private boolean has(int flag) {
        return (frame[4] & flag) != 0;
    }

    private boolean isBlock() {
        return type() == HEADERS || type() == CONTINUATION;
    }

    private void frameBegins() {
        left = (frame[0] & 0xFF) << 16 | (frame[1] & 0xFF) << 8 | frame[2] & 0xFF;
        int id =
                (frame[5] & 0x7F) << 24
                        | (frame[6] & 0xFF) << 16
                        | (frame[7] & 0xFF) << 8
                        | frame[8] & 0xFF;
        // Between HEADERS and their last CONTINUATION nothing else may come (RFC 9113 §6.10).
        boolean continued = stream != 0;
        if (continued != (type() == CONTINUATION) || continued && id != stream) {
            broken = true;
        } else if (isBlock()) {
            stream = id;
            broken = id == 0 || blockLength + left > MOST_BLOCK;
            if (!broken) {
                block = Arrays.copyOf(block, blockLength + left);
            }
        }
        if (left == 0 && !broken) {
            frameEnds();
        }
    }

    private void frameEnds() {
        frameAt = 0;
        if (type() == HEADERS && !trimHeaders()) {
            broken = true;
        } else if (isBlock() && has(END_HEADERS)) {
            decode();
        }
    }

    /** Takes padding and priority off (RFC 9113 §6.2). */
    private boolean trimHeaders() {
        int from = has(PADDED) ? 1 : 0;
        int padding = from == 1 && blockLength > 0 ? block[0] & 0xFF : 0;
        from += has(PRIORITY) ? 5 : 0;
        if (from + padding > blockLength) {
            return false;
        }
        block = Arrays.copyOfRange(block, from, blockLength - padding);
        blockLength = block.length;
        return true;
    }

    private void decode() {
        try {
            Http2Headers headers =
                    new DefaultHttp2HeadersDecoder(true)
                            .decodeHeaders(stream, Unpooled.wrappedBuffer(block, 0, blockLength));
            String method = text(headers.method());
            String authority = text(headers.authority());
            if (authority.isEmpty()) {
                authority = text(headers.get("host"));
            }
            String target = method.equals("CONNECT") ? authority : text(headers.path());
            Optional<RequestTarget> url = RequestTarget.of(method, target, authority);
            broken = !HttpHead.isToken(method) || url.isEmpty();
            if (!broken) {
                request = Optional.of(facts(method, target, url.get(), headers));
            }
        } catch (Http2Exception | RuntimeException e) {
            // Netty's decoder says by exceptions what is no header block; here it is just no
            // request.
            broken = true;
        }
    }

    private static HttpRequest.Facts facts(
            String method, String target, RequestTarget url, Http2Headers headers) {
        return new HttpRequest.Facts(
                method,
                target,
                url,
                "HTTP/2.0",
                true,
                false,
                false,
                false,
                headers.contains("range"),
                headers.contains("if-range"),
                Framing.UNKNOWN,
                0);
    }

    private static String text(CharSequence value) {
        return value == null ? "" : value.toString();
    }

    boolean broken() {
        return broken;
    }

    Optional<HttpRequest.Facts> request() {
        return request;
    }
}

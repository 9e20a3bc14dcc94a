package dev.understudy.dispatcher.recover;

import dev.understudy.stack.wire.Packet;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Whether what a client has sent may be sent to another server, although the first may have acted on it unnoticed (DESIGN
 * 7.5): no bytes at all, HTTP requests whose methods are idempotent (RFC 9110 §9.2.2), or a TLS handshake that has only
 * begun. Everything else might happen twice, and is not repeated.
 */
public final class Repeatable {
    private static final List<String> METHODS =
            List.of("GET ", "HEAD ", "OPTIONS ", "TRACE ", "PUT ", "DELETE ");

    private static final String END_OF_HEAD = "\r\n\r\n";
    private static final int TLS_HANDSHAKE = 22;
    private static final int TLS_HEADER_BYTES = 5;

    private Repeatable() {}

    /**
     * Judges kept segments, as far as no bytes are missing before them: what a server has not got it has not executed.
     *
     * @param packets frames of TCP segments in any order
     * @param first the sequence number of the client's first byte
     */
    public static boolean are(List<ByteBuf> packets, int first) {
        return is(bytes(packets, first));
    }

    /** Judges the bytes of a connection's beginning, as ISO 8859-1 text. */
    static boolean is(String said) {
        if (said.isEmpty()) {
            return true;
        }
        if (said.charAt(0) == TLS_HANDSHAKE) {
            return isOneHello(said);
        }
        for (String rest = said; !rest.isEmpty(); ) {
            if (METHODS.stream().noneMatch(rest::startsWith)) {
                return false;
            }
            int end = rest.indexOf(END_OF_HEAD);
            if (end < 0 || rest.startsWith("PUT ")) {
                // Still in its head, or in its body.
                return true;
            }
            rest = rest.substring(end + END_OF_HEAD.length());
        }
        return true;
    }

    /**
     * The hello alone, which may be in several records: what follows it in the first flight may be a request already (RFC 8446
     * §2.3), which no handshake record holds.
     */
    private static boolean isOneHello(String said) {
        int at = 0;
        while (at < said.length()) {
            if (said.charAt(at) != TLS_HANDSHAKE) {
                return false;
            }
            if (said.length() - at < TLS_HEADER_BYTES) {
                return true;
            }
            at += TLS_HEADER_BYTES + (said.charAt(at + 3) << 8 | said.charAt(at + 4));
        }
        return true;
    }

    /** The bytes from {@code first} on, up to the first gap; segments may repeat each other. */
    private static String bytes(List<ByteBuf> packets, int first) {
        StringBuilder said = new StringBuilder();
        Packet segment = new Packet();
        boolean more = true;
        while (more) {
            more = false;
            for (ByteBuf frame : packets) {
                segment.parse(frame);
                int known = first + said.length() - segment.seq();
                if (known >= 0 && known < segment.payloadLength()) {
                    said.append(
                            frame.toString(
                                    segment.payload() + known,
                                    segment.payloadLength() - known,
                                    StandardCharsets.ISO_8859_1));
                    more = true;
                }
            }
        }
        return said.toString();
    }
}

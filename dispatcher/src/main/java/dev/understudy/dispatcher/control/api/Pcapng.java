package dev.understudy.dispatcher.control.api;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** The few blocks of pcapng (draft-ietf-opsawg-pcapng) that a capture of bare IP packets takes, little-endian. */
final class Pcapng {
    private static final int SECTION_HEADER = 0x0A0D0D0A;
    private static final int BYTE_ORDER_MAGIC = 0x1A2B3C4D;
    private static final int INTERFACE_DESCRIPTION = 1;
    private static final int ENHANCED_PACKET = 6;

    /** Packets begin with their IP header. */
    private static final int LINKTYPE_RAW = 101;

    private static final int OPTION_COMMENT = 1;
    private static final int SHB_USERAPPL = 4;
    private static final int IF_NAME = 2;
    private static final int IF_TSRESOL = 9;
    private static final int EPB_FLAGS = 2;
    private static final int INBOUND = 1;
    private static final int OUTBOUND = 2;
    private static final int NANOSECONDS = 9;
    private static final int MOST_COMMENT_BYTES = 4096;

    private Pcapng() {}

    static void section(ByteArrayOutputStream out) {
        ByteBuffer body = buffer(64);
        body.putInt(BYTE_ORDER_MAGIC).putShort((short) 1).putShort((short) 0).putLong(-1);
        option(body, SHB_USERAPPL, "Understudy".getBytes(StandardCharsets.US_ASCII));
        block(out, SECTION_HEADER, body.putInt(0));
    }

    static void rawInterface(ByteArrayOutputStream out, String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        ByteBuffer body = buffer(64 + bytes.length);
        body.putShort((short) LINKTYPE_RAW).putShort((short) 0).putInt(0);
        option(body, IF_NAME, bytes);
        option(body, IF_TSRESOL, new byte[] {NANOSECONDS});
        block(out, INTERFACE_DESCRIPTION, body.putInt(0));
    }

    static void packet(
            ByteArrayOutputStream out,
            int link,
            long epochNanos,
            byte[] bytes,
            int length,
            boolean inbound,
            String comment) {
        byte[] said = comment.getBytes(StandardCharsets.UTF_8);
        int most = Math.min(said.length, MOST_COMMENT_BYTES);
        while (most < said.length && (said[most] & 0xC0) == 0x80) {
            most--;
        }
        ByteBuffer body = buffer(64 + bytes.length + most);
        body.putInt(link).putInt((int) (epochNanos >>> 32)).putInt((int) epochNanos);
        body.putInt(bytes.length).putInt(length).put(bytes);
        pad(body);
        if (most > 0) {
            option(body, OPTION_COMMENT, java.util.Arrays.copyOf(said, most));
        }
        body.putShort((short) EPB_FLAGS).putShort((short) 4).putInt(inbound ? INBOUND : OUTBOUND);
        block(out, ENHANCED_PACKET, body.putInt(0));
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void option(ByteBuffer body, int code, byte[] value) {
        body.putShort((short) code).putShort((short) value.length).put(value);
        pad(body);
    }

    private static void pad(ByteBuffer body) {
        while ((body.position() & 3) != 0) {
            body.put((byte) 0);
        }
    }

    private static void block(ByteArrayOutputStream out, int type, ByteBuffer body) {
        int length = body.position() + 12;
        ByteBuffer block = buffer(length).putInt(type).putInt(length);
        block.put(body.flip()).putInt(length).flip();
        byte[] bytes = new byte[length];
        block.get(bytes);
        out.writeBytes(bytes);
    }
}

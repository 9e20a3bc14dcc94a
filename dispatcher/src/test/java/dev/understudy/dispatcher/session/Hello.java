package dev.understudy.dispatcher.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A TLS client's first words (RFC 8446 §4.1.2), as long and in as many records as a test wants. */
final class Hello {
    private static final int HANDSHAKE = 22;
    private static final int RECORD_HEADER = 5;

    /** Version, random, no session, one suite, no compression, and the extensions' length. */
    private static final int FIXED = 2 + 32 + 1 + 4 + 2 + 2;

    private Hello() {}

    /** A small hello in one record; an empty name is none. */
    static byte[] of(String name) {
        return padded(name, 0);
    }

    /** A hello in one record that is {@code total} bytes long, its header included. */
    static byte[] ofLength(String name, int total) {
        return padded(name, total - padded(name, 0).length);
    }

    private static byte[] padded(String name, int padding) {
        byte[] host = name.getBytes(StandardCharsets.US_ASCII);
        ByteBuf extensions = Unpooled.buffer();
        // Padding (RFC 7685) first: the name is the last that comes.
        extensions.writeShort(21).writeShort(padding).writeZero(padding);
        if (host.length > 0) {
            extensions.writeShort(0).writeShort(host.length + 5).writeShort(host.length + 3);
            extensions.writeByte(0).writeShort(host.length).writeBytes(host);
        }
        int length = FIXED + extensions.readableBytes();
        ByteBuf hello = Unpooled.buffer();
        hello.writeByte(1).writeMedium(length).writeShort(0x0303).writeZero(32).writeByte(0);
        hello.writeShort(2).writeShort(0x1301).writeByte(1).writeByte(0);
        hello.writeShort(extensions.readableBytes()).writeBytes(extensions);
        return record(bytes(hello));
    }

    private static byte[] record(byte[] content) {
        ByteBuf record = Unpooled.buffer();
        record.writeByte(HANDSHAKE).writeShort(0x0301).writeShort(content.length);
        return bytes(record.writeBytes(content));
    }

    /** The same handshake, cut into records of at most {@code size} bytes. */
    static byte[] inRecords(byte[] hello, int size) {
        ByteBuf out = Unpooled.buffer();
        for (int at = RECORD_HEADER; at < hello.length; at += size) {
            out.writeBytes(
                    record(Arrays.copyOfRange(hello, at, Math.min(at + size, hello.length))));
        }
        return bytes(out);
    }

    private static byte[] bytes(ByteBuf buffer) {
        return Arrays.copyOf(buffer.array(), buffer.writerIndex());
    }
}

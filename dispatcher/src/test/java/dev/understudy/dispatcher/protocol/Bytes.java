package dev.understudy.dispatcher.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Text as bytes on the wire, whole or cut. */
final class Bytes {
    private Bytes() {}

    /** Lines that are parted by bars, as HTTP ends them. */
    static String lines(String lines) {
        return lines.replace("|", "\r\n");
    }

    static ByteBuf of(String text) {
        return Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Gives the text in two parts, cut at {@code at}. */
    static void cut(String text, int at, Consumer<ByteBuf> reader) {
        reader.accept(of(text.substring(0, at)));
        reader.accept(of(text.substring(at)));
    }

    /** Gives the text byte by byte. */
    static void singly(String text, Consumer<ByteBuf> reader) {
        for (int at = 0; at < text.length(); at++) {
            reader.accept(of(text.substring(at, at + 1)));
        }
    }
}

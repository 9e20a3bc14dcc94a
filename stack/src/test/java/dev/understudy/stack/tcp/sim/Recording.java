package dev.understudy.stack.tcp.sim;

import dev.understudy.stack.link.PcapngWriter;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TcpFlags;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** What a simulation puts on its link, kept for people: as a capture for Wireshark, and as a ladder in text. */
class Recording implements Closeable {
    /** Keeps nothing. */
    static final Recording NONE = new Recording();

    private static final int WIDTH = 64;

    private final PcapngWriter capture;
    private final int link;
    private final Path text;
    private final StringBuilder ladder = new StringBuilder();
    private final Packet packet = new Packet();
    private final boolean[] known = new boolean[2];
    private final int[] first = new int[2];
    private long began = -1;

    private Recording() {
        capture = null;
        link = 0;
        text = null;
    }

    /** Writes {@code name.pcapng} and, when closed, {@code name.txt}. */
    Recording(Path directory, String name) {
        try {
            Files.createDirectories(directory);
            capture =
                    new PcapngWriter(
                            Files.newOutputStream(directory.resolve(name + ".pcapng")),
                            UnpooledByteBufAllocator.DEFAULT);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        link = capture.addInterface("A to B");
        text = directory.resolve(name + ".txt");
    }

    /** A frame is put on the link; {@code comment} says what becomes of it, if that is not the ordinary. */
    void frame(long now, ByteBuf frame, boolean toB, String comment) {
        if (capture == null) {
            return;
        }
        began = began < 0 ? now : began;
        capture.record(link, now - began, frame, toB, comment);
        packet.parse(frame);
        String arrow = rung(text(toB), toB);
        ladder.append(String.format(Locale.ROOT, "%12.3f ms  A %s B", (now - began) / 1e6, arrow))
                .append(comment.isEmpty() ? "" : "  " + comment)
                .append('\n');
    }

    private static String rung(String what, boolean toB) {
        String line = "─".repeat(Math.max(2, WIDTH - what.length()));
        return toB ? what + " " + line + "▶" : "◀" + line + " " + what;
    }

    private String text(boolean toB) {
        long seq = relative(packet.seq(), toB ? 1 : 0, packet.has(Tcp.SYN));
        String end = ":" + (seq + packet.payloadLength()) + "(" + packet.payloadLength() + ")";
        String ack =
                packet.has(Tcp.ACK) ? " ack " + relative(packet.ack(), toB ? 0 : 1, false) : "";
        return TcpFlags.toString(packet.flags())
                + " "
                + seq
                + end
                + ack
                + " win "
                + packet.window();
    }

    private long relative(int seq, int lane, boolean syn) {
        if (syn || !known[lane]) {
            known[lane] = true;
            first[lane] = seq;
        }
        return seq - first[lane] & 0xFFFF_FFFFL;
    }

    @Override
    public void close() {
        if (capture == null) {
            return;
        }
        try {
            capture.close();
            Files.write(text, ladder.toString().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

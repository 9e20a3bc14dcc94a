package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.control.Impair;
import dev.understudy.stack.ip.PacketOutput;
import dev.understudy.stack.tcp.SeqNum;
import dev.understudy.stack.wire.Frames;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.PacketBuilder;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TcpOptionWriter;
import dev.understudy.stack.wire.VirtioNet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;

/**
 * Makes the path between us and the server of single sessions worse, for those who want to see what happens then (B08). It is
 * the path of the server leg that a session had when this was asked for: a session that is moved leaves it behind, which is
 * what there is to see. Both directions suffer alike. While nothing is impaired, a packet pays for one look at a field.
 *
 * <p>Limits: {@link #MOST_SESSIONS}, and {@link #MOST_LATE} packets on their way together; more are lost.
 */
final class Impairments {
    static final int MOST_SESSIONS = 1024;
    static final int MOST_LATE = 4096;

    /** How long a packet is held back so that later ones overtake it. */
    private static final long REORDER_NANOS = 5_000_000L;

    private record Late(long due, long order, ServerLeg leg, boolean up, ByteBuf frame)
            implements Comparable<Late> {
        @Override
        public int compareTo(Late other) {
            int byTime = Long.compare(due, other.due);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    /** One leg's path. */
    private static final class Path {
        final ServerLeg leg;
        final Impair impair;
        final long[] lastDue = {Long.MIN_VALUE, Long.MIN_VALUE};
        boolean cut;

        Path(ServerLeg leg, Impair impair) {
            this.leg = leg;
            this.impair = impair;
        }
    }

    private final SessionTable table;
    private final ByteBufAllocator allocator;
    private final PacketBuilder builder;
    private final RandomGenerator random;
    private final PacketOutput toNetwork;
    private final Packet parsed = new Packet();
    private final Map<Long, Path> paths = new HashMap<>();
    private final PriorityQueue<Late> late = new PriorityQueue<>();
    private BiConsumer<Packet, Long> door;
    private long order;
    private boolean on;

    Impairments(
            SessionTable table,
            ByteBufAllocator allocator,
            RandomGenerator random,
            PacketOutput toNetwork) {
        this.table = table;
        this.allocator = allocator;
        this.builder = new PacketBuilder(allocator);
        this.random = random;
        this.toNetwork = toNetwork;
    }

    /** Where packets of servers go on that come late, or that a server is made to have sent. */
    void door(BiConsumer<Packet, Long> fromNetwork) {
        door = fromNetwork;
    }

    boolean on() {
        return on;
    }

    /** Puts an impairment on the path of a session's present leg; false if there are too many. */
    boolean set(Session session, Impair impair) {
        paths.values().removeIf(path -> path.leg.session.leg != path.leg || !present(path.leg));
        if (impair.none()) {
            paths.remove(session.id);
        } else if (paths.size() < MOST_SESSIONS || paths.containsKey(session.id)) {
            paths.put(session.id, new Path(session.leg, impair));
        } else {
            return false;
        }
        on = !paths.isEmpty() || !late.isEmpty();
        return true;
    }

    private boolean present(ServerLeg leg) {
        return table.incoming.find(
                        leg.protocol,
                        leg.nearHi,
                        leg.nearLo,
                        leg.nearPort,
                        leg.farHi,
                        leg.farLo,
                        leg.farPort)
                == leg;
    }

    /** What was asked for a session, in words; empty if nothing is, or it has moved away. */
    String words(Session session) {
        if (!on) {
            return "";
        }
        Path path = paths.get(session.id);
        return path == null || path.leg != session.leg ? "" : path.impair.words();
    }

    // ---- both directions

    /** What wraps the output to the network. */
    PacketOutput upward() {
        return (packet, now) -> {
            if (!on || !takesUp(packet, now)) {
                toNetwork.send(packet, now);
            }
        };
    }

    private boolean takesUp(Packet packet, long now) {
        if (!packet.hasPorts()) {
            return false;
        }
        ServerLeg leg =
                table.incoming.find(
                        packet.protocol(),
                        packet.srcHi(),
                        packet.srcLo(),
                        packet.srcPort(),
                        packet.dstHi(),
                        packet.dstLo(),
                        packet.dstPort());
        Path path = path(leg);
        return path != null && suffers(path, packet, true, now);
    }

    /** Whether a packet from the network does not come through, or not now. */
    boolean takesDown(Packet packet, long now) {
        if (!packet.hasPorts()) {
            return false;
        }
        ServerLeg leg =
                table.incoming.find(
                        packet.protocol(),
                        packet.dstHi(),
                        packet.dstLo(),
                        packet.dstPort(),
                        packet.srcHi(),
                        packet.srcLo(),
                        packet.srcPort());
        Path path = path(leg);
        if (path == null) {
            return false;
        }
        if (path.impair.resetAtByte() >= 0 && !path.cut && reaches(path, packet)) {
            path.cut = true;
            cut(path, packet, now);
            return true;
        }
        return suffers(path, packet, false, now);
    }

    private Path path(ServerLeg leg) {
        if (leg == null) {
            return null;
        }
        Path path = paths.get(leg.session.id);
        return path == null || path.leg != leg ? null : path;
    }

    private boolean suffers(Path path, Packet packet, boolean up, long now) {
        Impair impair = path.impair;
        if (impair.blackhole() || path.cut || happens(impair.loss())) {
            return true;
        }
        ByteBuf frame = packet.frame();
        boolean corrupt = happens(impair.corrupt());
        if (corrupt && packet.isGso()) {
            return true; // The slice with the flipped bit would fail its checksum; nothing else
            // could.
        }
        long due = due(path, up, now);
        if (happens(impair.duplicate())) {
            later(path.leg, up, Frames.copy(allocator, frame), Math.max(due, now + 1));
        }
        if (corrupt) {
            ByteBuf copy = Frames.copy(allocator, frame);
            flip(copy, packet.l4() - packet.base());
            later(path.leg, up, copy, Math.max(due, now + 1));
            return true;
        }
        if (due <= now) {
            return false;
        }
        later(path.leg, up, Frames.copy(allocator, frame), due);
        return true;
    }

    private boolean happens(double probability) {
        return probability > 0 && random.nextDouble() < probability;
    }

    private long due(Path path, boolean up, long now) {
        int way = up ? 0 : 1;
        long due = Math.max(now + path.impair.delayNanos(), path.lastDue[way]);
        if (happens(path.impair.reorder())) {
            return due + REORDER_NANOS;
        }
        path.lastDue[way] = due;
        return due;
    }

    private void flip(ByteBuf frame, int segment) {
        int base = frame.readerIndex();
        // The checksum that the receiver finds is the one of the bytes before.
        VirtioNet.completeChecksum(frame, base);
        VirtioNet.clear(frame, base);
        int at = random.nextInt(base + segment, frame.writerIndex());
        frame.setByte(at, frame.getByte(at) ^ 1 << random.nextInt(8));
    }

    private void later(ServerLeg leg, boolean up, ByteBuf frame, long due) {
        if (late.size() >= MOST_LATE) {
            frame.release();
            return;
        }
        late.add(new Late(due, order++, leg, up, frame));
        on = true;
    }

    long nextDeadline() {
        return late.isEmpty() ? Long.MAX_VALUE : late.peek().due;
    }

    /** Sends on what has been late for long enough. */
    void onDeadline(long now) {
        while (!late.isEmpty() && late.peek().due - now <= 0) {
            Late each = late.poll();
            if (parsed.parse(each.frame) == Packet.Parse.OK) {
                if (each.up) {
                    toNetwork.send(parsed, now);
                } else {
                    door.accept(parsed, now);
                }
            }
            each.frame.release();
        }
        on = !paths.isEmpty() || !late.isEmpty();
    }

    void close() {
        late.forEach(each -> each.frame.release());
        late.clear();
        paths.clear();
        on = false;
    }

    // ---- a reset at a byte

    private static boolean reaches(Path path, Packet packet) {
        Session session = path.leg.session;
        return packet.isTcp()
                && packet.seq() == expected(session)
                && session.bytesDown + packet.payloadLength() >= path.impair.resetAtByte()
                && packet.payloadLength() > 0;
    }

    /** The next byte of the server that the session waits for, in the server's numbers. */
    private static int expected(Session session) {
        return session.translation == null
                ? session.downNxt
                : session.translation.serverToClient().unmap(session.downNxt);
    }

    /** Lets the bytes up to the cut through, and then the server seems to reset; it is told that we have. */
    private void cut(Path path, Packet packet, long now) {
        Session session = path.leg.session;
        int rest = (int) Math.max(0, path.impair.resetAtByte() - session.bytesDown);
        int options = packet.l4() + Tcp.MIN_BYTES;
        int piece = packet.isGso() ? packet.gsoSize() : rest;
        int ack = packet.ack();
        int window = packet.window();
        int first = packet.seq();
        ByteBuf source = packet.frame();
        int payload = packet.payload();
        TcpOptionWriter copied =
                new TcpOptionWriter().raw(source, options, packet.payload() - options);
        for (int done = 0; done < rest; done += piece) {
            int length = Math.min(piece, rest - done);
            from(
                    path.leg,
                    builder.tcp(
                            path.leg.farHi,
                            path.leg.farLo,
                            path.leg.farPort,
                            path.leg.nearHi,
                            path.leg.nearLo,
                            path.leg.nearPort,
                            first + done,
                            ack,
                            Tcp.ACK,
                            window,
                            copied,
                            source,
                            payload + done,
                            length),
                    now);
        }
        from(
                path.leg,
                builder.tcp(
                        path.leg.farHi,
                        path.leg.farLo,
                        path.leg.farPort,
                        path.leg.nearHi,
                        path.leg.nearLo,
                        path.leg.nearPort,
                        first + rest,
                        ack,
                        Tcp.RST | Tcp.ACK,
                        0,
                        null,
                        null),
                now);
        ByteBuf reset =
                builder.tcp(
                        path.leg.nearHi,
                        path.leg.nearLo,
                        path.leg.nearPort,
                        path.leg.farHi,
                        path.leg.farLo,
                        path.leg.farPort,
                        SeqNum.max(ack, path.leg.isn + 1),
                        0,
                        Tcp.RST,
                        0,
                        null,
                        null);
        parsed.parse(reset);
        toNetwork.send(parsed, now);
        reset.release();
    }

    private void from(ServerLeg leg, ByteBuf frame, long now) {
        if (leg.tombstone) {
            frame.release();
            return;
        }
        parsed.parse(frame);
        door.accept(parsed, now);
        frame.release();
    }
}

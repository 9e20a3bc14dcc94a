package dev.understudy.tui;

import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.control.TracedPacket;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.PacketBuilder;
import dev.understudy.stack.wire.TcpOptionWriter;
import dev.understudy.stack.wire.VirtioNet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** A session being talked: each line is a packet, with real bytes and right numbers on both sides, or a decision. */
final class Talk {
    static final int FIN = 0x01;
    static final int SYN = 0x02;
    static final int RST = 0x04;
    static final int PSH = 0x08;
    static final int ACK = 0x10;

    private static final int CLIENT_ISN = 1_000_000_007;
    private static final int WINDOW = 64_240;

    /** Our network-side end. */
    static final Endpoint LOCAL = Endpoint.parse("10.112.0.2:40110");

    private final FakeControl control;
    private final long session;
    private final Endpoint client;
    private final Endpoint original;
    private final Map<Endpoint, Integer> isns = new HashMap<>();
    private final PacketBuilder builder = new PacketBuilder(UnpooledByteBufAllocator.DEFAULT);
    private int faked;
    private boolean faking;
    private long number;
    private long sent;
    private long answered;

    Talk(FakeControl control, long session, String client, Endpoint original) {
        this.control = control;
        this.session = session;
        this.client = Endpoint.parse(client);
        this.original = original;
    }

    /** Lets time pass. */
    Talk after(double millis) {
        control.pass((long) (millis * 1e6));
        return this;
    }

    Talk says(Kind kind, Endpoint server, double number, String text) {
        control.say(session, client, kind, server, (long) number, text);
        return this;
    }

    /** An attempt begins, for this reason. */
    Talk asks(Endpoint server, String why) {
        control.say(session, client, Kind.ATTEMPT, server, 0, "", 0, why);
        return this;
    }

    /** A failure stays hidden; it has cost nanoseconds, and bytes that were sent again. */
    Talk hides(Endpoint server, long nanos, String what, long bytes) {
        control.say(session, client, Kind.HIDDEN, server, nanos, what, bytes, "");
        return this;
    }

    /** A packet of the client that goes on to a server. */
    Talk up(Endpoint server, int flags, String data) {
        packet(true, server, flags, data, true, true, false);
        return advance(flags, data, true);
    }

    /** A packet of the client that stays here. */
    Talk upHeld(int flags, String data) {
        packet(true, null, flags, data, true, false, false);
        return advance(flags, data, true);
    }

    /** One that the client sends again. */
    Talk upAgain(Endpoint server, int flags) {
        packet(true, server, flags, "", true, true, true);
        return this;
    }

    /** A packet to a server that we make. */
    Talk upMade(Endpoint server, int flags, String data, long seq) {
        long before = sent;
        sent = seq;
        packet(true, server, flags, data, false, true, false);
        sent = before;
        return this;
    }

    /** A packet of a server that goes on to the client. */
    Talk down(Endpoint server, int flags, String data) {
        packet(false, server, flags, data, true, true, false);
        return advance(flags, data, false);
    }

    /** A packet of a server that stays here. */
    Talk downHeld(Endpoint server, int flags, String data) {
        long answeredBefore = answered;
        long sentBefore = sent;
        if ((flags & SYN) != 0) {
            answered = 0;
            sent = 1;
        }
        packet(false, server, flags, data, true, false, false);
        answered = answeredBefore;
        sent = sentBefore;
        return this;
    }

    /** A packet to the client that we make, in the original's name. */
    Talk downMade(int flags, String data) {
        faking = true;
        faked = 77_000_000;
        packet(false, null, flags, data, false, true, false);
        return advance(flags, data, false);
    }

    private Talk advance(int flags, String data, boolean up) {
        int length = data.length() + ((flags & (SYN | FIN)) != 0 ? 1 : 0);
        if (up) {
            sent += length;
        } else {
            answered += length;
        }
        return this;
    }

    private int isn(Endpoint server) {
        return isns.computeIfAbsent(
                server, s -> (int) (2_000_000_000L + 700_000_001L * isns.size()));
    }

    /** The ISN that the client knows. */
    private int known(Endpoint server) {
        if (faking) {
            return faked;
        }
        return isns.isEmpty() ? isn(server) : isns.getOrDefault(first, isn(server));
    }

    private Endpoint first;

    /** The server whose ISN the client has seen. */
    Talk seen(Endpoint server) {
        first = server;
        isn(server);
        return this;
    }

    private void packet(
            boolean up,
            Endpoint server,
            int flags,
            String data,
            boolean came,
            boolean left,
            boolean again) {
        Endpoint leg = server == null ? original : server;
        int legIsn = server == null ? known(leg) : isn(leg);
        int delta = legIsn - known(leg);
        long seq = up ? sent : answered;
        long ack = (flags & ACK) == 0 ? 0 : up ? answered : sent;
        byte[] clientSide =
                bytes(up, client, original, flags, seq, ack, CLIENT_ISN, known(leg), data);
        byte[] serverSide = bytes(up, LOCAL, leg, flags, seq, ack, CLIENT_ISN, legIsn, data);
        byte[] before = up ? clientSide : serverSide;
        byte[] after = up ? serverSide : clientSide;
        control.record(
                new TracedPacket(
                        ++number,
                        control.now(),
                        session,
                        up,
                        server,
                        flags,
                        seq,
                        ack,
                        seq,
                        ack,
                        WINDOW,
                        data.length(),
                        delta,
                        again,
                        false,
                        came ? before : new byte[0],
                        left ? after : new byte[0],
                        came ? before.length : 0,
                        left ? after.length : 0));
    }

    private byte[] bytes(
            boolean up,
            Endpoint near,
            Endpoint far,
            int flags,
            long seq,
            long ack,
            int nearIsn,
            int farIsn,
            String data) {
        Endpoint from = up ? near : far;
        Endpoint to = up ? far : near;
        int seqBase = up ? nearIsn : farIsn;
        int ackBase = up ? farIsn : nearIsn;
        TcpOptionWriter options = new TcpOptionWriter();
        if ((flags & SYN) != 0) {
            options.mss(1460).windowScale(7).sackPermitted(true);
        }
        ByteBuf payload = Unpooled.copiedBuffer(data, StandardCharsets.ISO_8859_1);
        ByteBuf frame =
                builder.tcp(
                        from.address().hi(),
                        from.address().lo(),
                        from.port(),
                        to.address().hi(),
                        to.address().lo(),
                        to.port(),
                        (int) (seqBase + seq),
                        (flags & ACK) == 0 ? 0 : (int) (ackBase + ack),
                        flags,
                        WINDOW,
                        options,
                        payload);
        int skip = VirtioNet.BYTES + Ethernet.BYTES;
        byte[] bytes = new byte[frame.readableBytes() - skip];
        frame.getBytes(frame.readerIndex() + skip, bytes);
        frame.release();
        payload.release();
        return bytes;
    }
}

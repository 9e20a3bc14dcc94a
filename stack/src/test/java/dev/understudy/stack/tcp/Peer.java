package dev.understudy.stack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.wire.IcmpQuote;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.PacketBuilder;
import dev.understudy.stack.wire.PoisoningAllocator;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TcpFlags;
import dev.understudy.stack.wire.TcpOptionWriter;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The other end of our stack in a test, by hand: sends and expects segments that are written as tcpdump prints them, with
 * sequence numbers counted from either end's first one, in virtual time.
 *
 * <pre>{@code
 *   peer.sends("S 0:0(0) win 1000 mss 1000 sackOK");
 *   peer.expects("S. 0:0(0) ack 1");
 *   peer.after(200).expects("S. 0:0(0) ack 1");
 * }</pre>
 *
 * Both ends' numbers wrap within the first few bytes, always: no rule here may depend on their size.
 */
final class Peer {
    static final long MILLIS = 1_000_000L;
    static final int OUR_ISN = -2;
    static final int PEER_ISN = -4;

    private static final Pattern SEGMENT =
            Pattern.compile("([A-Z.]+|none) (-?\\d+):(-?\\d+)\\((\\d+)\\)(?: ack (-?\\d+))?(.*)");
    private static final Pattern OPTION =
            Pattern.compile("(win|mss|ws|TS|sackOK|sack)((?: -?\\d+(?::-?\\d+)?)*)");

    final PoisoningAllocator allocator = new PoisoningAllocator();
    final TcpStack stack;
    final List<String> events = new ArrayList<>();
    final IpAddress us;
    final IpAddress them;
    TcpListener listener;
    TcpConnection connection;
    int theirPort = 4000;
    int ourPort = 80;

    /** Damages what {@link #sends} sends. */
    boolean corrupt;

    private final PacketBuilder builder = new PacketBuilder(allocator);
    private final Packet packet = new Packet();
    private final Segment segment = new Segment();
    private final Deque<ByteBuf> sent = new ArrayDeque<>();
    private long now = 1_000_000_000_000L;
    private long start;
    private int scale;

    Peer(TcpConfig config) {
        this(config, false);
    }

    Peer(TcpConfig config, boolean ipv6) {
        this(config, TcpLimits.DEFAULT, ipv6);
    }

    Peer(TcpConfig config, TcpLimits limits, boolean ipv6) {
        us = IpAddress.parse(ipv6 ? "fd00::1" : "10.0.0.1");
        them = IpAddress.parse(ipv6 ? "fd00::2" : "10.0.0.2");
        stack =
                new TcpStack(
                        config,
                        limits,
                        new SplittableRandom(7),
                        allocator,
                        (p, t) -> sent.add(p.frame().retain()));
        start = now;
    }

    // ---- our side

    /** Listens, and accepts whatever comes. */
    Peer listening() {
        listener = stack.listen(us, ourPort, 8, (l, time) -> accepted(l.accept()));
        goTo(ourIsnAfterSyn());
        return this;
    }

    /** Listens and leaves connections in the queue. */
    Peer listening(int backlog) {
        listener = stack.listen(us, ourPort, backlog, (l, time) -> events.add("acceptable"));
        goTo(ourIsnAfterSyn());
        return this;
    }

    private void accepted(TcpConnection accepted) {
        connection = accepted;
        accepted.handler(recorder());
    }

    /** Connects, from a time at which our first sequence number is {@link #OUR_ISN}. */
    Peer connecting() {
        ourPort = 5000;
        theirPort = 80;
        stack.connect(us, ourPort, them, theirPort, TcpHandler.NONE, now).abort(now);
        int isn = read(sent.peek()).seq();
        forget();
        goTo(isn);
        connection = stack.connect(us, ourPort, them, theirPort, recorder(), now);
        return this;
    }

    private int ourIsnAfterSyn() {
        sends("S 0:0(0) win 1000");
        int isn = read(sent.peek()).seq();
        sends("R 1:1(0)");
        forget();
        return isn;
    }

    private void goTo(int isn) {
        now += SeqNum.unsigned(OUR_ISN - isn) * 4_000L;
        start = now;
    }

    private TcpHandler recorder() {
        return new TcpHandler() {
            @Override
            public void connected(TcpConnection c, long time) {
                events.add("connected");
            }

            @Override
            public void readable(TcpConnection c, long time) {
                events.add("readable");
            }

            @Override
            public void writable(TcpConnection c, long time) {
                events.add("writable");
            }

            @Override
            public void drained(TcpConnection c, long time) {
                events.add("drained");
            }

            @Override
            public void inputEnded(TcpConnection c, long time) {
                events.add("input ended");
            }

            @Override
            public void closed(TcpConnection c, CloseReason reason, long time) {
                events.add("closed " + reason);
            }
        };
    }

    /** A handshake in which the peer offers this, up to ESTABLISHED and accepted. */
    Peer established(String offer) {
        return established(offer, 0);
    }

    /** As {@link #established(String)}, over a path with this round trip. */
    Peer established(String offer, double roundTripMillis) {
        sends("S 0:0(0) " + offer);
        after(roundTripMillis);
        ByteBuf frame = sent.poll();
        Segment reply = read(frame);
        frame.release();
        scale = Math.max(0, reply.windowScale());
        String echo = reply.hasTimestamps() ? " TS 1 " + reply.tsVal() : "";
        Matcher window = Pattern.compile("win \\d+").matcher(offer);
        sends(". 1:1(0) ack 1 " + (window.find() ? window.group() : "") + echo);
        assertThat(connection).as("accepted").isNotNull();
        return this;
    }

    Peer writes(int bytes) {
        ByteBuf data = allocator.directBuffer(Math.max(1, bytes));
        for (int i = 0; i < bytes; i++) {
            data.writeByte(i);
        }
        connection.write(data);
        data.release();
        connection.flush(now);
        return this;
    }

    /** What the application may read now, taken. */
    int reads() {
        int bytes = 0;
        for (ByteBuf buf = connection.read(); buf != null; buf = connection.read()) {
            bytes += buf.readableBytes();
            buf.release();
        }
        connection.flush(now);
        return bytes;
    }

    // ---- their side

    /** Sends a segment to our stack. */
    Peer sends(String text) {
        Matcher m = SEGMENT.matcher(text);
        assertThat(m.matches()).as("a segment: %s", text).isTrue();
        int flags = flags(m.group(1));
        int seq = PEER_ISN + Integer.parseInt(m.group(2));
        int length = Integer.parseInt(m.group(4));
        int ack = m.group(5) == null ? 0 : OUR_ISN + Integer.parseInt(m.group(5));
        TcpOptionWriter options = new TcpOptionWriter();
        int window = 65535;
        Matcher o = OPTION.matcher(m.group(6));
        while (o.find()) {
            String[] values = o.group(2).trim().split(" ", -1);
            switch (o.group(1)) {
                case "win" -> window = Integer.parseInt(values[0]);
                case "mss" -> options.mss(Integer.parseInt(values[0]));
                case "ws" -> options.windowScale(Integer.parseInt(values[0]));
                case "sackOK" -> options.sackPermitted(true);
                case "TS" ->
                        options.timestamps(
                                Integer.parseInt(values[0]), (int) Long.parseLong(values[1]));
                default -> {
                    for (String block : values) {
                        String[] edges = block.split(":", -1);
                        options.sackBlock(
                                OUR_ISN + Integer.parseInt(edges[0]),
                                OUR_ISN + Integer.parseInt(edges[1]));
                    }
                }
            }
        }
        ByteBuf data = allocator.directBuffer(Math.max(1, length));
        for (int i = 0; i < length; i++) {
            data.writeByte(seq - PEER_ISN - 1 + i);
        }
        ByteBuf frame =
                builder.tcp(
                        them.hi(), them.lo(), theirPort, us.hi(), us.lo(), ourPort, seq, ack, flags,
                        window, options, data);
        data.release();
        if (corrupt) {
            frame.setByte(frame.writerIndex() - 1, ~frame.getByte(frame.writerIndex() - 1));
        }
        packet.parse(frame);
        stack.onPacket(packet, now);
        frame.release();
        return this;
    }

    /** A router on the way sends an ICMP error about the segment of ours that begins at {@code seq}. */
    Peer routerSays(int type, int code, int rest, int seq) {
        ByteBuf quoted =
                builder.tcp(
                        us.hi(),
                        us.lo(),
                        ourPort,
                        them.hi(),
                        them.lo(),
                        theirPort,
                        OUR_ISN + seq,
                        0,
                        Tcp.ACK,
                        0,
                        null,
                        null);
        Packet inner = new Packet();
        inner.parse(quoted);
        ByteBuf frame = builder.icmpError(them.hi(), them.lo(), type, code, rest, inner);
        packet.parse(frame);
        IcmpQuote quote = new IcmpQuote();
        assertThat(quote.parse(packet)).isTrue();
        stack.onIcmpError(packet, quote, now);
        frame.release();
        quoted.release();
        return this;
    }

    /** The next segment from our stack is this; windows and options need not be named. */
    Peer expects(String text) {
        assertThat(sent).as("a segment from us: %s", text).isNotEmpty();
        ByteBuf frame = sent.poll();
        String actual = describe(read(frame));
        frame.release();
        String[] parts = text.split(" (?=win|mss|ws|TS|sack)", -1);
        assertThat(actual + " ").as("segment").startsWith(parts[0] + " ");
        for (int i = 1; i < parts.length; i++) {
            assertThat(actual + " ").as("segment").contains(" " + parts[i] + " ");
        }
        return this;
    }

    /** Nothing more came from our stack. */
    Peer expectsNothing() {
        List<String> rest = new ArrayList<>();
        for (ByteBuf frame : sent) {
            rest.add(describe(read(frame)));
        }
        assertThat(rest).as("segments from us").isEmpty();
        return this;
    }

    Peer expectsEvents(String... expected) {
        assertThat(events).containsExactly(expected);
        events.clear();
        return this;
    }

    Peer expectsState(TcpState state) {
        assertThat(connection.state()).isEqualTo(state);
        return this;
    }

    /** The segment that {@link #expects} would look at. */
    String peek() {
        return sent.isEmpty() ? "" : describe(read(sent.peek()));
    }

    /** How many segments wait to be looked at. */
    int pending() {
        return sent.size();
    }

    /** Drops what was not looked at. */
    Peer forget() {
        sent.forEach(ByteBuf::release);
        sent.clear();
        return this;
    }

    /** Moves time on, stopping at each deadline on the way. */
    Peer after(double millis) {
        long end = now + (long) (millis * MILLIS);
        while (stack.nextDeadline() <= end) {
            assertThat(stack.nextDeadline()).as("the next deadline").isGreaterThan(now - 1);
            now = stack.nextDeadline();
            stack.onDeadline(now);
            assertThat(stack.nextDeadline()).as("the deadline after").isGreaterThan(now);
        }
        now = end;
        return this;
    }

    long now() {
        return now;
    }

    /** Milliseconds since the handshake began. */
    double elapsed() {
        return (now - start) / (double) MILLIS;
    }

    /** Ends everything, and nothing may be left. */
    void leavesNothing() {
        forget();
        stack.close(now);
        if (connection != null) {
            connection.close(now);
        }
        forget();
        assertThat(stack.connectionCount()).isZero();
        assertThat(stack.nextDeadline()).isEqualTo(Long.MAX_VALUE);
        assertThat(allocator.live()).as("buffers").isZero();
    }

    private Segment read(ByteBuf frame) {
        assertThat(packet.parse(frame)).isEqualTo(Packet.Parse.OK);
        assertThat(packet.checksumValid()).as("checksum").isTrue();
        return segment.read(packet);
    }

    private String describe(Segment s) {
        int seq = s.seq() - OUR_ISN;
        boolean bare = s.has(Tcp.RST) && !s.has(Tcp.ACK);
        StringBuilder text = new StringBuilder();
        text.append(TcpFlags.toString(s.flags())).append(' ').append(seq).append(':');
        text.append(seq + s.length()).append('(').append(s.length()).append(')');
        if (!bare) {
            text.append(" ack ").append(s.ack() - PEER_ISN);
        }
        text.append(" win ").append(s.has(Tcp.SYN) ? s.window() : s.window() << scale);
        if (s.mss() >= 0) {
            text.append(" mss ").append(s.mss());
        }
        if (s.windowScale() >= 0) {
            text.append(" ws ").append(s.windowScale());
        }
        if (s.sackPermitted()) {
            text.append(" sackOK");
        }
        if (s.hasTimestamps()) {
            text.append(" TS ").append(s.tsVal()).append(' ').append(s.tsEcr());
        }
        if (s.sackBlocks() > 0) {
            text.append(" sack");
            for (int i = 0; i < s.sackBlocks(); i++) {
                text.append(' ').append(s.sackLeft(i) - PEER_ISN);
                text.append(':').append(s.sackRight(i) - PEER_ISN);
            }
        }
        return text.toString();
    }

    private static int flags(String letters) {
        int flags = 0;
        String order = "FSRP.UEW";
        for (int i = 0; i < letters.length(); i++) {
            int bit = order.indexOf(letters.charAt(i));
            if (bit >= 0) {
                flags |= 1 << bit;
            }
        }
        return letters.equals("none") ? 0 : flags;
    }
}

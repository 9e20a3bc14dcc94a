package dev.understudy.stack.tcp;

import dev.understudy.stack.wire.Ipv4;
import dev.understudy.stack.wire.Ipv6;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TcpOptions;
import io.netty.buffer.ByteBuf;

/**
 * One arrived segment as the state machines read it (RFC 9293 §3.3.1, the SEG variables): a reused view that owns nothing.
 * Whoever keeps the data beyond the call takes a retained slice of {@link #data}.
 *
 * <p>The fields are as on the wire: {@link #window} is not scaled, sequence numbers are plain ints ({@link SeqNum} orders
 * them).
 */
public final class Segment {
    /** RFC 2018 §3: more blocks do not fit 40 bytes of options. */
    public static final int MAX_SACK_BLOCKS = 4;

    /** The two bits of the IP header's ECN field, both set (RFC 3168 §5). */
    private static final int CONGESTION_EXPERIENCED = 3;

    private final TcpOptions options = new TcpOptions();
    private final int[] sackEdges = new int[2 * MAX_SACK_BLOCKS];
    private int seq;
    private int ack;
    private int flags;
    private int window;
    private ByteBuf data;
    private int from;
    private int length;
    private int unit;
    private boolean marked;
    private int mss;
    private int windowScale;
    private boolean sackPermitted;
    private boolean timestamps;
    private int tsVal;
    private int tsEcr;
    private int sackBlocks;

    /** Reads a parsed TCP packet, whose frame must outlive the use of this view. */
    public Segment read(Packet packet) {
        clear(packet.seq(), packet.ack(), packet.flags(), packet.window());
        data = packet.frame();
        int tos =
                packet.isIpv6()
                        ? Ipv6.trafficClass(data, packet.l3())
                        : Ipv4.tos(data, packet.l3());
        marked = (tos & CONGESTION_EXPERIENCED) == CONGESTION_EXPERIENCED;
        from = packet.payload();
        length = packet.payloadLength();
        unit = packet.isGso() && packet.gsoSize() > 0 ? Math.min(packet.gsoSize(), length) : length;
        if (packet.tcpHeaderLength() > Tcp.MIN_BYTES) {
            options.parse(packet);
            mss = options.mss();
            windowScale = options.windowScale();
            sackPermitted = options.sackPermitted();
            timestamps = options.hasTimestamps();
            tsVal = options.tsVal();
            tsEcr = options.tsEcr();
            sackBlocks = Math.min(options.sackBlocks(), MAX_SACK_BLOCKS);
            for (int i = 0; i < 2 * sackBlocks; i++) {
                sackEdges[i] = data.getInt(options.sackAt() + 2 + 4 * i);
            }
        }
        return this;
    }

    /** Becomes a segment with neither data nor options. */
    public Segment clear(int newSeq, int newAck, int newFlags, int newWindow) {
        seq = newSeq;
        ack = newAck;
        flags = newFlags;
        window = newWindow;
        data = null;
        from = 0;
        length = 0;
        unit = 0;
        marked = false;
        mss = -1;
        windowScale = -1;
        sackPermitted = false;
        timestamps = false;
        tsVal = 0;
        tsEcr = 0;
        sackBlocks = 0;
        return this;
    }

    /** Adds data: {@code bytes} of {@code buf} from the absolute index {@code at}. Nothing is retained. */
    public Segment data(ByteBuf buf, int at, int bytes) {
        data = buf;
        from = at;
        length = bytes;
        unit = bytes;
        return this;
    }

    /** Adds the timestamps option. */
    public Segment timestamps(int val, int ecr) {
        timestamps = true;
        tsVal = val;
        tsEcr = ecr;
        return this;
    }

    /** Adds a SACK block {@code [left, right)}; a fifth one is ignored. */
    public Segment sack(int left, int right) {
        if (sackBlocks < MAX_SACK_BLOCKS) {
            sackEdges[2 * sackBlocks] = left;
            sackEdges[2 * sackBlocks + 1] = right;
            sackBlocks++;
        }
        return this;
    }

    /** Adds what a SYN carries; -1 for an option that is absent. */
    public Segment synOptions(int newMss, int newWindowScale, boolean newSackPermitted) {
        mss = newMss;
        windowScale = newWindowScale;
        sackPermitted = newSackPermitted;
        return this;
    }

    public int seq() {
        return seq;
    }

    public int ack() {
        return ack;
    }

    public int flags() {
        return flags;
    }

    /** Whether all of {@code mask} are set (see {@link Tcp}). */
    public boolean has(int mask) {
        return (flags & mask) == mask;
    }

    /** Whether a router on the way experienced congestion (RFC 3168). */
    boolean isMarked() {
        return marked;
    }

    /** The window field, not scaled. */
    public int window() {
        return window;
    }

    /** The buffer that the data lies in; only if {@link #length} is not 0. */
    public ByteBuf data() {
        return data;
    }

    /** Absolute index of the data in {@link #data}. */
    public int from() {
        return from;
    }

    /** Bytes of data. */
    public int length() {
        return length;
    }

    /** Bytes of data in each segment on the wire: less than {@link #length} if this is a super-segment. */
    public int unit() {
        return unit;
    }

    /** SEG.LEN: data, SYN and FIN. */
    public int seqLength() {
        return length + (flags & Tcp.FIN) + (flags >>> 1 & 1);
    }

    /** The sequence number behind this segment. */
    public int end() {
        return seq + seqLength();
    }

    /** The MSS option, or -1. */
    public int mss() {
        return mss;
    }

    /** The window scale option, 0..14, or -1. */
    public int windowScale() {
        return windowScale;
    }

    public boolean sackPermitted() {
        return sackPermitted;
    }

    public boolean hasTimestamps() {
        return timestamps;
    }

    public int tsVal() {
        return tsVal;
    }

    public int tsEcr() {
        return tsEcr;
    }

    public int sackBlocks() {
        return sackBlocks;
    }

    public int sackLeft(int block) {
        return sackEdges[2 * block];
    }

    public int sackRight(int block) {
        return sackEdges[2 * block + 1];
    }
}

package dev.understudy.stack.udp;

import dev.understudy.stack.ip.PacketOutput;
import dev.understudy.stack.ip.Tally;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.IcmpQuote;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.PacketBuilder;
import dev.understudy.stack.wire.Udp;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.collection.IntObjectHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * UDP of one host (RFC 768, RFC 1122 §4.1): sockets, found by the ends of a datagram; the one that names most of them has
 * it. Knows neither addresses nor routes: whoever owns IP hands in what is for us and carries away what goes out.
 *
 * <p>A datagram with a wrong checksum is dropped, as is one over IPv6 without one (RFC 8200 §8.1). One for nobody is handed
 * back, so that its sender can be told (port unreachable). At most {@value #MAX_SOCKETS} sockets.
 */
public final class UdpStack {
    public static final int MAX_SOCKETS = 65536;

    /** Ports that are picked at random (RFC 6056 §3.3.1, range of RFC 6335). */
    private static final int FIRST_PORT = 49152;

    private static final int PORTS = 65536 - FIRST_PORT;
    private static final IpAddress ANY = new IpAddress(0, 0);

    /** The address of ours to speak from. */
    @FunctionalInterface
    public interface Sources {
        /** Empty if there is none for that destination. */
        Optional<IpAddress> source(IpAddress to, long now);
    }

    private enum Count {
        DATAGRAMS_IN,
        DATAGRAMS_OUT,
        NO_PORT,
        ERRORS_TAKEN,
        DROPPED_CHECKSUM,
        DROPPED_NO_SOURCE
    }

    private final ByteBufAllocator allocator;
    private final PacketBuilder builder;
    private final PacketOutput output;
    private final Sources sources;
    private final RandomGenerator random;
    private final Tally<Count> tally = new Tally<>("udp", Count.class);
    private final IntObjectHashMap<UdpSocket> ports = new IntObjectHashMap<>();
    private final Packet made = new Packet();
    private int sockets;

    public UdpStack(
            ByteBufAllocator allocator,
            PacketOutput output,
            Sources sources,
            RandomGenerator random) {
        this.allocator = allocator;
        this.output = output;
        this.sources = sources;
        this.random = random;
        builder = new PacketBuilder(allocator);
    }

    public ByteBufAllocator allocator() {
        return allocator;
    }

    /**
     * Binds a port.
     *
     * @param local {@code ::} for every address of both families
     * @param port 0 to have one picked
     * @throws IllegalStateException if it is taken, or no port is free
     */
    public UdpSocket bind(IpAddress local, int port, UdpSocket.Handler handler) {
        int chosen = port == 0 ? pick() : port;
        if (sockets >= MAX_SOCKETS || chosen == 0) {
            throw new IllegalStateException("no UDP port is free");
        }
        for (UdpSocket s = ports.get(chosen); s != null; s = s.next) {
            if (s.localHi == local.hi() && s.localLo == local.lo()) {
                throw new IllegalStateException("UDP port " + chosen + " is taken");
            }
        }
        UdpSocket socket = new UdpSocket(this, handler, local, chosen);
        socket.next = ports.put(chosen, socket);
        sockets++;
        return socket;
    }

    private int pick() {
        int offset = random.nextInt(PORTS);
        for (int i = 0; i < PORTS; i++) {
            int port = FIRST_PORT + (offset + i) % PORTS;
            if (!ports.containsKey(port)) {
                return port;
            }
        }
        return 0;
    }

    void remove(UdpSocket gone) {
        UdpSocket first = ports.remove(gone.port);
        UdpSocket kept = null;
        for (UdpSocket s = first; s != null; ) {
            UdpSocket following = s.next;
            if (!s.equals(gone)) {
                s.next = kept;
                kept = s;
            }
            s = following;
        }
        if (kept != null) {
            ports.put(gone.port, kept);
        }
        sockets--;
    }

    boolean send(UdpSocket socket, Endpoint to, ByteBuf data, long now) {
        IpAddress remote = to.address();
        IpAddress local =
                socket.isAny()
                        ? sources.source(remote, now).orElse(ANY)
                        : new IpAddress(socket.localHi, socket.localLo);
        int most = remote.isIpv4() ? 0xFFFF - 20 - Udp.BYTES : 0xFFFF - Udp.BYTES;
        if (local.equals(ANY) || local.isIpv4() != remote.isIpv4() || data.readableBytes() > most) {
            tally.count(Count.DROPPED_NO_SOURCE);
            return false;
        }
        ByteBuf frame =
                builder.udp(
                        local.hi(),
                        local.lo(),
                        socket.port,
                        remote.hi(),
                        remote.lo(),
                        to.port(),
                        data);
        try {
            made.parse(frame);
            tally.count(Count.DATAGRAMS_OUT);
            output.send(made, now);
        } finally {
            frame.release();
        }
        return true;
    }

    /**
     * Takes a whole UDP datagram for one of our addresses or groups. The frame stays the caller's.
     *
     * @return false if it is for nobody
     */
    public boolean onPacket(Packet packet, long now) {
        if (!packet.checksumValid()) {
            tally.count(Count.DROPPED_CHECKSUM);
            return true;
        }
        UdpSocket best =
                find(
                        packet.dstPort(),
                        packet.dstHi(),
                        packet.dstLo(),
                        packet.srcHi(),
                        packet.srcLo(),
                        packet.srcPort());
        if (best == null) {
            tally.count(Count.NO_PORT);
            return false;
        }
        tally.count(Count.DATAGRAMS_IN);
        int bytes = Udp.length(packet.frame(), packet.l4()) - Udp.BYTES;
        best.handler.received(
                best,
                packet.frame().slice(packet.payload(), bytes),
                packet.srcHi(),
                packet.srcLo(),
                packet.srcPort(),
                new IpAddress(packet.dstHi(), packet.dstLo()),
                now);
        return true;
    }

    private UdpSocket find(int port, long toHi, long toLo, long fromHi, long fromLo, int fromPort) {
        UdpSocket best = null;
        int bestSuits = -1;
        for (UdpSocket s = ports.get(port); s != null; s = s.next) {
            int suits = s.suits(toHi, toLo, fromHi, fromLo, fromPort);
            if (suits > bestSuits) {
                best = s;
                bestSuits = suits;
            }
        }
        return best;
    }

    /** An ICMP error that quotes a datagram of ours, with its checksum verified. */
    public void onIcmpError(IcmpQuote quote, long now) {
        UdpSocket socket =
                quote.hasPorts()
                        ? find(
                                quote.srcPort(),
                                quote.srcHi(),
                                quote.srcLo(),
                                quote.dstHi(),
                                quote.dstLo(),
                                quote.dstPort())
                        : null;
        if (socket != null) {
            tally.count(Count.ERRORS_TAKEN);
            socket.handler.refused(
                    socket, Endpoint.of(quote.dstHi(), quote.dstLo(), quote.dstPort()), now);
        }
    }

    /** Sockets that are bound. */
    public int sockets() {
        return sockets;
    }

    /** Adds the counters to a map. */
    public void counters(Map<String, Long> all) {
        tally.addTo(all);
        all.merge("udp sockets", (long) sockets, Long::sum);
    }
}

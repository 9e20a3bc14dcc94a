package dev.understudy.tools.bench;

import dev.understudy.stack.link.LinkChannel;
import dev.understudy.stack.wire.Arp;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.PacketBuilder;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TcpOptionWriter;
import dev.understudy.stack.wire.VirtioNet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Very many clients and a few servers, played at the outer ends of two wires. First each client connects, by a handshake of
 * three packets; then all sessions take turns, at a steady rate or as fast as packets come out again: a segment of the
 * client, the server's answer, which acknowledges it, and the client's acknowledgement. A session has no state but its
 * numbers, so that the crowd costs less than what it measures. Lives on one event loop, which is not the dispatcher's.
 */
final class Crowd {
    static final int MOST_SESSIONS = 120_000;

    static final Endpoint ORIGINAL = Endpoint.parse("203.0.113.10:80");
    static final List<Endpoint> SERVERS =
            List.of(
                    Endpoint.parse("10.112.0.11:80"),
                    Endpoint.parse("10.112.0.12:80"),
                    Endpoint.parse("10.112.0.13:80"),
                    Endpoint.parse("10.112.0.14:80"));
    static final IpAddress CLIENT_SIDE = IpAddress.parse("10.111.0.2");
    static final IpAddress NETWORK_SIDE = IpAddress.parse("10.112.0.2");

    private static final IpAddress FIRST_CLIENT = IpAddress.parse("10.111.1.1");
    private static final int FIRST_PORT = 10_000;
    private static final int PORTS = 25_000;
    private static final int SERVER_ISN = 0x4000_0000;
    private static final int WINDOW = 60_000;
    private static final int ASKED_BYTES = 100;
    private static final int ANSWERED_BYTES = 1_000;

    /** Handshakes under way at a time: fewer than a wire's queue has room for. */
    private static final int AT_A_TIME = 256;

    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    /** Packets that are made up for at most after the loop was late. */
    private static final int MOST_AT_ONCE = 1_000;

    /** Packets on their way at a time when nothing is paced: they keep the dispatcher busy, and overflow no queue. */
    private static final int ON_THEIR_WAY = 2_048;

    private final LinkChannel clients;
    private final LinkChannel servers;
    private final long clientSideMac;
    private final long networkSideMac;
    private final PacketBuilder builder;
    private final ByteBuf payload;
    private final TcpOptionWriter synOptions =
            new TcpOptionWriter().mss(1460).sackPermitted(true).windowScale(7);
    private final Packet packet = new Packet();
    private final int[] clientSeq;
    private final int[] serverSeq;
    private final int[] serverOf;
    private final int[] localPort;
    private int begun;
    private int opened;
    private int turn;
    private int step;
    private int perSecond;
    private boolean flooding;
    private boolean ticking;
    private long pacedFrom;
    private long owed;
    private long floodedFrom;
    private long sent;
    private long received;
    private boolean ended;

    /** What has been sent into the dispatcher and come out of it, in packets. */
    record Count(long sent, long received) {}

    Crowd(
            int sessions,
            LinkChannel clients,
            long clientSideMac,
            LinkChannel servers,
            long networkSideMac) {
        this.clients = clients;
        this.servers = servers;
        this.clientSideMac = clientSideMac;
        this.networkSideMac = networkSideMac;
        ByteBufAllocator allocator = clients.alloc();
        this.builder = new PacketBuilder(allocator);
        this.payload = allocator.directBuffer(ANSWERED_BYTES).writeZero(ANSWERED_BYTES);
        this.clientSeq = new int[sessions];
        this.serverSeq = new int[sessions];
        this.serverOf = new int[sessions];
        this.localPort = new int[sessions];
        clients.pipeline().addLast("crowd", new Ear(clients));
        servers.pipeline().addLast("crowd", new Ear(servers));
    }

    /** Says where everybody is, and begins to connect. */
    void open() {
        for (int i = 0; i < sessions(); i += PORTS) {
            present(clients, clientSideMac, (int) client(i), CLIENT_SIDE);
        }
        for (Endpoint server : SERVERS) {
            present(servers, networkSideMac, (int) server.address().lo(), NETWORK_SIDE);
        }
        while (begun < Math.min(AT_A_TIME, sessions())) {
            connectNext();
        }
    }

    private static void present(LinkChannel link, long mac, int own, IpAddress asked) {
        link.send(Arp.frame(link.alloc(), mac, Arp.REQUEST, link.mac(), own, 0, (int) asked.lo()));
    }

    int sessions() {
        return clientSeq.length;
    }

    /** How many handshakes are over. */
    int opened() {
        return opened;
    }

    Count count() {
        return new Count(sent, received);
    }

    /** Sends so many packets a second from now on. */
    void pace(int rate) {
        flooding = false;
        perSecond = rate;
        pacedFrom = System.nanoTime();
        owed = 0;
        if (!ticking) {
            ticking = true;
            tick();
        }
    }

    /** Sends as many packets as come out of the dispatcher from now on. */
    void flood() {
        flooding = true;
        floodedFrom = sent - received;
        refill();
    }

    /** Sends nothing any more. */
    void end() {
        ended = true;
        payload.release();
    }

    @SuppressWarnings("FutureReturnValueIgnored") // nobody waits for a tick
    private void tick() {
        if (ended) {
            return;
        }
        if (!flooding) {
            long passed = System.nanoTime() - pacedFrom;
            long due = passed * perSecond / TimeUnit.SECONDS.toNanos(1) - owed;
            owed += due;
            for (long left = Math.min(due, MOST_AT_ONCE); left > 0; left--) {
                next();
            }
        }
        clients.eventLoop().schedule(this::tick, TICK_NANOS, TimeUnit.NANOSECONDS);
    }

    private void refill() {
        while (flooding && !ended && sent - received - floodedFrom < ON_THEIR_WAY) {
            next();
        }
    }

    private void next() {
        int i = turn;
        switch (step) {
            case 0 -> {
                fromClient(i, Tcp.PSH | Tcp.ACK, null, ASKED_BYTES);
                clientSeq[i] += ASKED_BYTES;
            }
            case 1 -> {
                fromServer(i, Tcp.PSH | Tcp.ACK, null, ANSWERED_BYTES);
                serverSeq[i] += ANSWERED_BYTES;
            }
            default -> fromClient(i, Tcp.ACK, null, 0);
        }
        sent++;
        if (++turn == sessions()) {
            turn = 0;
            step = (step + 1) % 3;
        }
    }

    // ---- handshakes

    /** The number of a session is its client's ISN: so its server knows it by the SYN. */
    private void connectNext() {
        int i = begun++;
        clientSeq[i] = i;
        fromClient(i, Tcp.SYN, synOptions, 0);
    }

    private void atServer() {
        if ((packet.flags() & Tcp.SYN) != 0) {
            int i = packet.seq();
            clientSeq[i] = i + 1;
            serverSeq[i] = SERVER_ISN + i;
            serverOf[i] = SERVERS.indexOf(destination());
            localPort[i] = packet.srcPort();
            fromServer(i, Tcp.SYN | Tcp.ACK, synOptions, 0);
            serverSeq[i]++;
        } else {
            opened++;
            if (begun < sessions()) {
                connectNext();
            }
        }
    }

    private Endpoint destination() {
        return Endpoint.of(packet.dstHi(), packet.dstLo(), packet.dstPort());
    }

    private void atClient() {
        if ((packet.flags() & Tcp.SYN) != 0) {
            int address = (int) packet.dstLo() - (int) FIRST_CLIENT.lo();
            fromClient(address * PORTS + packet.dstPort() - FIRST_PORT, Tcp.ACK, null, 0);
        }
    }

    // ---- frames

    private static long client(int i) {
        return FIRST_CLIENT.lo() + i / PORTS;
    }

    private void fromClient(int i, int flags, TcpOptionWriter options, int bytes) {
        builder.macs(clients.mac(), clientSideMac);
        clients.send(
                builder.tcp(
                        FIRST_CLIENT.hi(),
                        client(i),
                        FIRST_PORT + i % PORTS,
                        ORIGINAL.address().hi(),
                        ORIGINAL.address().lo(),
                        ORIGINAL.port(),
                        clientSeq[i],
                        serverSeq[i],
                        flags,
                        WINDOW,
                        options,
                        payload,
                        0,
                        bytes));
    }

    private void fromServer(int i, int flags, TcpOptionWriter options, int bytes) {
        Endpoint server = SERVERS.get(serverOf[i]);
        builder.macs(servers.mac(), networkSideMac);
        servers.send(
                builder.tcp(
                        server.address().hi(),
                        server.address().lo(),
                        server.port(),
                        NETWORK_SIDE.hi(),
                        NETWORK_SIDE.lo(),
                        localPort[i],
                        serverSeq[i],
                        clientSeq[i],
                        flags,
                        WINDOW,
                        options,
                        payload,
                        0,
                        bytes));
    }

    /** What one end of the crowd hears. */
    private final class Ear extends ChannelInboundHandlerAdapter {
        private final LinkChannel link;

        Ear(LinkChannel link) {
            this.link = link;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf frame = (ByteBuf) message;
            try {
                int eth = frame.readerIndex() + VirtioNet.BYTES;
                if (Ethernet.type(frame, eth) == Ethernet.TYPE_ARP) {
                    answer(frame, eth + Ethernet.BYTES);
                } else if (opened == sessions()) {
                    received++;
                } else if (packet.parse(frame) == Packet.Parse.OK && packet.isTcp()) {
                    if (link.equals(servers)) {
                        atServer();
                    } else {
                        atClient();
                    }
                }
            } finally {
                frame.release();
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            refill();
        }

        /** Everybody whom the dispatcher asks for is here. */
        private void answer(ByteBuf frame, int at) {
            int asks = Arp.senderAddress(frame, at);
            int asked = Arp.targetAddress(frame, at);
            if (Arp.operation(frame, at) == Arp.REQUEST && asks != 0 && asks != asked) {
                long mac = Arp.senderMac(frame, at);
                link.send(Arp.frame(link.alloc(), mac, Arp.REPLY, link.mac(), asked, mac, asks));
            }
        }
    }
}

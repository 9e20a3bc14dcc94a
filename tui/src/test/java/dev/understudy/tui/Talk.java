package dev.understudy.tui;

import dev.understudy.dispatcher.config.Bind;
import dev.understudy.dispatcher.config.Config;
import dev.understudy.dispatcher.config.Config.Attach;
import dev.understudy.dispatcher.config.Config.ClientSide;
import dev.understudy.dispatcher.config.Config.LinkSpec;
import dev.understudy.dispatcher.config.Config.NetworkSide;
import dev.understudy.dispatcher.config.Config.Setup;
import dev.understudy.dispatcher.config.Limits;
import dev.understudy.dispatcher.config.Original;
import dev.understudy.dispatcher.config.PortRange;
import dev.understudy.dispatcher.config.ServerConfig;
import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.config.ServiceConfig.Connect;
import dev.understudy.dispatcher.config.ServiceConfig.Protocol;
import dev.understudy.dispatcher.config.ServiceConfig.Recover;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.config.Subnet;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.TracedPacket;
import dev.understudy.dispatcher.control.Watch;
import dev.understudy.dispatcher.session.Dispatcher;
import dev.understudy.stack.tcp.SeqNum;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.PacketBuilder;
import dev.understudy.stack.wire.TcpOptionWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * A session being talked through a real dispatcher, in virtual time: a test says what the client and the servers send, and
 * when; their sequence numbers follow from what has reached them, as TCP's do. Whatever the dispatcher decides, passes on,
 * keeps and makes is put before the monitor.
 */
final class Talk {
    static final int FIN = 0x01;
    static final int SYN = 0x02;
    static final int RST = 0x04;
    static final int PSH = 0x08;
    static final int ACK = 0x10;

    private static final int WINDOW = 64_240;
    private static final int MTU = 1500;

    /** One end of a leg: what it will send next, and what it has received. */
    private static final class End {
        final Endpoint self;
        Endpoint peer;
        int sent;
        int received;

        End(Endpoint self, Endpoint peer, int isn) {
            this.self = self;
            this.peer = peer;
            this.sent = isn;
        }
    }

    private final FakeControl control;
    private final Dispatcher dispatcher;
    private final PacketBuilder builder = new PacketBuilder(UnpooledByteBufAllocator.DEFAULT);
    private final Packet packet = new Packet();
    private final End client;
    private final Map<Endpoint, End> servers = new HashMap<>();
    private long told;
    private long shown;

    /**
     * A dispatcher in the client's network card, as in the patent: packets to the original keep their addresses.
     *
     * @param servers who may play the part of A, which the client asks for
     */
    Talk(FakeControl control, Strategy strategy, Recover recover, Bind bind, Endpoint... servers) {
        this.control = control;
        this.client = new End(FakeControl.CLIENT, FakeControl.ORIGINAL, 1_000_000_007);
        this.dispatcher =
                new Dispatcher(
                        config(strategy, recover, bind, List.of(servers)),
                        (out, now) -> toClient(out),
                        (out, now) -> toServer(out),
                        MTU,
                        UnpooledByteBufAllocator.DEFAULT,
                        new SplittableRandom(38));
        dispatcher.packets().watch(Watch.ALL_NEW);
    }

    private static Config config(
            Strategy strategy, Recover recover, Bind bind, List<Endpoint> servers) {
        Endpoint original = FakeControl.ORIGINAL;
        ServiceConfig service =
                new ServiceConfig(
                        "shop",
                        List.of(
                                new Original(
                                        new Subnet(original.address(), 32),
                                        new PortRange(original.port(), original.port()))),
                        servers.stream().map(ServerConfig::of).toList(),
                        new Connect(strategy, 250_000_000L, 2_000_000_000L, 3),
                        recover,
                        Protocol.TCP,
                        bind,
                        Optional.empty());
        return new Config(
                Attach.INLINE,
                new ClientSide(new LinkSpec("tap", "us0", true), Optional.empty()),
                new NetworkSide(
                        new LinkSpec("tap", "us1", true),
                        Optional.empty(),
                        Optional.empty(),
                        false),
                Setup.NONE,
                List.of(service),
                Optional.empty(),
                Limits.DEFAULT);
    }

    /** Lets time pass; the dispatcher does what is due when it is due. */
    Talk after(double millis) {
        long until = control.now() + (long) (millis * 1e6);
        for (long next = dispatcher.nextDeadline();
                next <= until;
                next = dispatcher.nextDeadline()) {
            control.pass(next - control.now());
            dispatcher.onDeadline(next);
            show();
        }
        control.pass(until - control.now());
        return this;
    }

    /** The client sends a segment. */
    Talk client(int flags, String data) {
        said(client, flags, data);
        return this;
    }

    /** The client sends its latest data again. */
    Talk clientAgain(int flags, String data) {
        client.sent -= data.length();
        said(client, flags, data);
        return this;
    }

    /** A server sends a segment to whoever has sent it one. */
    Talk server(Endpoint server, int flags, String data) {
        said(servers.get(server), flags, data);
        return this;
    }

    private void said(End from, int flags, String data) {
        TcpOptionWriter options = new TcpOptionWriter();
        if ((flags & SYN) != 0) {
            options.mss(1460).windowScale(7).sackPermitted(true);
        }
        ByteBuf payload = Unpooled.copiedBuffer(data, StandardCharsets.ISO_8859_1);
        boolean refusal = (flags & RST) != 0 && from != client && (flags & ACK) != 0;
        ByteBuf frame =
                builder.tcp(
                        from.self.address().hi(),
                        from.self.address().lo(),
                        from.self.port(),
                        from.peer.address().hi(),
                        from.peer.address().lo(),
                        from.peer.port(),
                        refusal && !isOpen(from) ? 0 : from.sent,
                        (flags & ACK) == 0 ? 0 : from.received,
                        flags,
                        (flags & RST) == 0 ? WINDOW : 0,
                        options,
                        payload);
        from.sent += data.length() + ((flags & (SYN | FIN)) != 0 ? 1 : 0);
        packet.parse(frame);
        if (from == client) {
            dispatcher.fromClient(packet, control.now());
        } else {
            dispatcher.fromNetwork(packet, control.now());
        }
        frame.release();
        payload.release();
        show();
    }

    /** Whether a server has answered a SYN: its numbers have moved on from its ISN. */
    private boolean isOpen(End server) {
        return server.sent != isn(server.self);
    }

    private static int isn(Endpoint server) {
        return server.address().hashCode() * 31 + server.port();
    }

    private void toClient(Packet out) {
        received(client, out);
    }

    private void toServer(Packet out) {
        Endpoint to = Endpoint.of(out.dstHi(), out.dstLo(), out.dstPort());
        Endpoint from = Endpoint.of(out.srcHi(), out.srcLo(), out.srcPort());
        received(servers.computeIfAbsent(to, s -> new End(s, from, isn(s))), out);
    }

    private static void received(End end, Packet out) {
        int after = out.seq() + out.segmentLength();
        boolean first = (out.flags() & SYN) != 0;
        end.received = first ? after : SeqNum.max(end.received, after);
    }

    /** Puts before the monitor what has come about, under the number of a session that has been talked. */
    private void show() {
        for (Event event : dispatcher.events().after(told, 1_000)) {
            told = event.id();
            control.say(
                    event.session() == 0 ? 0 : FakeControl.TALKED,
                    event.client(),
                    event.kind(),
                    event.server(),
                    event.number(),
                    event.text(),
                    event.bytes(),
                    event.why());
        }
        for (TracedPacket traced : dispatcher.packets().packets(1, shown, 1_000)) {
            shown = traced.number();
            control.record(
                    new TracedPacket(
                            traced.number(),
                            traced.nanos(),
                            FakeControl.TALKED,
                            traced.up(),
                            traced.server(),
                            traced.flags(),
                            traced.seq(),
                            traced.ack(),
                            traced.serverSeq(),
                            traced.serverAck(),
                            traced.window(),
                            traced.length(),
                            traced.delta(),
                            traced.retransmission(),
                            traced.icmp(),
                            traced.before(),
                            traced.after(),
                            traced.lengthBefore(),
                            traced.lengthAfter()));
        }
    }
}

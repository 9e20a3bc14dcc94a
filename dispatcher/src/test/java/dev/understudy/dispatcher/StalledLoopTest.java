package dev.understudy.dispatcher;

import static dev.understudy.stack.wire.PacketAssert.assertThatFrame;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.Config;
import dev.understudy.dispatcher.config.ConfigLoader;
import dev.understudy.dispatcher.config.LoadResult;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.stack.link.VirtualLoop;
import dev.understudy.stack.link.Wire;
import dev.understudy.stack.link.WireChannel;
import dev.understudy.stack.wire.Arp;
import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.Frames;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The loop stands still for longer than a server may take to answer, as when the machine is suspended. The answer has come
 * meanwhile and waits in the link, behind more frames than one turn reads: the server was not silent, and is not called so.
 */
class StalledLoopTest {
    private static final String CONFIG =
            """
            client: {link: "tap:us0", address: 10.111.0.2/24}
            network: {link: "tap:us1", address: 10.112.0.2/24, gateway: 10.112.0.1}
            services:
              - name: shop
                original: 203.0.113.10:80
                servers: [10.20.0.1:80, 10.20.0.2:80]
                connect: {strategy: in-order, timeout: 2s}
            """;

    /** Longer than the time-out of an attempt, and than the client's patience for its first SYN. */
    private static final Duration STALL = Duration.ofSeconds(5);

    /** More than one turn of a link, and fewer than a TAP device's queue holds. */
    private static final int OTHERS = 300;

    private static final String CLIENT = "10.111.0.1:40000";
    private static final String ORIGINAL = "203.0.113.10:80";
    private static final int ISN = 0xFFFF_FFFF;

    private final VirtualLoop virtual = new VirtualLoop();
    private final Wire up = Wire.between(Wire.End.of("client"), Wire.End.of("us0"));
    private final Wire down = Wire.between(Wire.End.of("us1"), Wire.End.of("gateway"));
    private final Neighbour client = new Neighbour(up.a(), "10.111.0.1");
    private final Neighbour gateway = new Neighbour(down.b(), "10.112.0.1");
    private Understudy understudy;

    /** A host next door: answers ARP for its address, and keeps the TCP segments that it gets. */
    private static final class Neighbour extends ChannelInboundHandlerAdapter {
        private final WireChannel link;
        private final int address;
        private final Packet packet = new Packet();
        private final Deque<ByteBuf> segments = new ArrayDeque<>();

        Neighbour(WireChannel link, String address) {
            this.link = link;
            this.address = (int) IpAddress.parse(address).lo();
            link.pipeline().addLast(this);
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf frame = (ByteBuf) message;
            if (packet.parse(frame) == Packet.Parse.OK && packet.isTcp()) {
                segments.add(Frames.copy(TestPackets.ALLOCATOR, frame));
            } else if (packet.etherType() == Ethernet.TYPE_ARP
                    && Arp.operation(frame, packet.l3()) == Arp.REQUEST
                    && Arp.targetAddress(frame, packet.l3()) == address) {
                long asker = Arp.senderMac(frame, packet.l3());
                int from = Arp.senderAddress(frame, packet.l3());
                link.send(
                        Arp.frame(
                                TestPackets.ALLOCATOR,
                                asker,
                                Arp.REPLY,
                                link.mac(),
                                address,
                                asker,
                                from));
            }
            frame.release();
        }

        void send(TestPackets.TcpBuilder segment, WireChannel to) {
            link.send(segment.macs(link.mac(), to.mac()).build());
        }
    }

    @BeforeEach
    void begin() {
        up.register(virtual.loop());
        down.register(virtual.loop());
        virtual.run();
        understudy = Understudy.start(config(), up.b(), down.a(), 1500, new Random(1));
        client.send(TestPackets.tcp(CLIENT, ORIGINAL).syn().seq(ISN).mss(1460), up.b());
        virtual.advance(Duration.ofMillis(1));
        assertThatFrame(gateway.segments.poll()).to("10.20.0.1:80").flags("S");
    }

    @AfterEach
    void end() {
        understudy.close();
        up.close();
        down.close();
        virtual.run();
    }

    @Test
    @Tag("P17")
    void anAnswerThatWaitsInTheLinkIsReadBeforeTheDeadlineThatItMet() {
        for (int i = 0; i < OTHERS; i++) {
            gateway.send(TestPackets.tcp("10.20.0.9:80", "10.112.0.2:4242").flags("."), down.a());
        }
        gateway.send(
                TestPackets.tcp("10.20.0.1:80", "10.112.0.2:40000")
                        .synAck()
                        .seq(5000)
                        .ack(ISN + 1)
                        .mss(1460),
                down.a());
        virtual.stall(STALL);
        virtual.advance(Duration.ofMillis(1));

        assertThatFrame(client.segments.poll()).from(ORIGINAL).flags("S.").seq(5000);
        assertThat(events()).contains(Kind.WON).doesNotContain(Kind.SERVER_DOWN, Kind.HIDDEN);
    }

    @Test
    @Tag("P17")
    void aServerThatWasSilentAllTheTimeIsReplacedStill() {
        virtual.stall(STALL);
        virtual.advance(Duration.ofMillis(1));

        assertThatFrame(gateway.segments.poll()).to("10.20.0.1:80").flags("R").seq(ISN + 1);
        assertThatFrame(gateway.segments.poll()).to("10.20.0.2:80").flags("S").seq(ISN);
    }

    private List<Kind> events() {
        return understudy.control().events(0, 100).stream().map(Event::kind).toList();
    }

    private static Config config() {
        LoadResult result =
                new ConfigLoader(host -> List.of())
                        .parse("stall.yaml", CONFIG.getBytes(StandardCharsets.UTF_8));
        return ((LoadResult.Loaded) result).config();
    }
}

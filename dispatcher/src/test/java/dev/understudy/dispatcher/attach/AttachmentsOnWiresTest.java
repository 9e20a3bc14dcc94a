package dev.understudy.dispatcher.attach;

import static dev.understudy.stack.wire.PacketAssert.assertThatFrame;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.link.LoopTimer;
import dev.understudy.stack.link.VirtualLoop;
import dev.understudy.stack.link.Wire;
import dev.understudy.stack.link.WireChannel;
import dev.understudy.stack.wire.Arp;
import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.Frames;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The attachments on links of the real kind, with cables of 5 ms, in virtual time. */
final class AttachmentsOnWiresTest {
    private static final Duration LATENCY = Duration.ofMillis(5);

    private final VirtualLoop virtual = new VirtualLoop();

    /** A host that answers ARP for one address and keeps the IP packets that it gets. */
    private static final class Station extends ChannelInboundHandlerAdapter {
        private final WireChannel link;
        private final int address;
        private final Packet packet = new Packet();
        private final List<ByteBuf> received = new ArrayList<>();

        Station(WireChannel link, String address) {
            this.link = link;
            this.address = Bench.ip(address);
            link.pipeline().addLast(this);
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf frame = (ByteBuf) message;
            if (packet.parse(frame) == Packet.Parse.OK) {
                received.add(Frames.copy(TestPackets.ALLOCATOR, frame));
            } else if (packet.etherType() == Ethernet.TYPE_ARP
                    && Arp.operation(frame, packet.l3()) == Arp.REQUEST
                    && Arp.targetAddress(frame, packet.l3()) == address) {
                long asker = Arp.senderMac(frame, packet.l3());
                link.send(
                        Arp.frame(
                                TestPackets.ALLOCATOR,
                                asker,
                                Arp.REPLY,
                                link.mac(),
                                address,
                                asker,
                                Arp.senderAddress(frame, packet.l3())));
            }
            frame.release();
        }

        void send(TestPackets.Builder<?> packetToSend, long to) {
            link.send(packetToSend.macs(link.mac(), to).build());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aQueryAndItsAnswerCrossWithArpOnAllSides(boolean offload) {
        Wire down = wire("client", "us0", offload);
        Wire up = wire("us1", "gateway", offload);
        LoopTimer timer = new LoopTimer(virtual.loop(), virtual.loop().ticker());
        Attachments attachments =
                Attachments.create(
                        Bench.routed(true), down.b(), up.a(), timer, FlowOwner.NONE, new Random(1));
        Station client = new Station(down.a(), "10.111.0.1");
        Station gateway = new Station(up.b(), "10.112.0.1");
        virtual.run();
        attachments.start(
                (packet, now) -> false, (packet, now) -> false, new Bench.FixedOriginals());

        client.send(
                TestPackets.udp("10.111.0.1:5000", "198.51.100.7:53")
                        .partialChecksum()
                        .payload("?"),
                down.b().mac());
        virtual.advance(Duration.ofMillis(21));

        assertThat(gateway.received).hasSize(1);
        Packet query = TestPackets.parse(gateway.received.get(0));
        assertThatFrame(gateway.received.get(0)).from("10.112.0.2:" + query.srcPort()).payload("?");
        gateway.send(
                TestPackets.udp("198.51.100.7:53", "10.112.0.2:" + query.srcPort()).payload("!"),
                up.a().mac());
        virtual.advance(Duration.ofMillis(21));

        assertThatFrame(client.received.get(0))
                .from("198.51.100.7:53")
                .to("10.111.0.1:5000")
                .dstMac(down.a().mac())
                .payload("!")
                .checksumsValid();
        attachments.close();
    }

    @Test
    void whatSilentNeighboursCauseEndsByItself() {
        Wire down = wire("client", "us0", true);
        Wire up = wire("us1", "gateway", true);
        LoopTimer timer = new LoopTimer(virtual.loop(), virtual.loop().ticker());
        Attachments attachments =
                Attachments.create(
                        Bench.routed(true), down.b(), up.a(), timer, FlowOwner.NONE, new Random(1));
        Station client = new Station(down.a(), "10.111.0.1");
        virtual.run();
        attachments.start(
                (packet, now) -> false, (packet, now) -> false, new Bench.FixedOriginals());
        client.send(
                TestPackets.udp("10.111.0.1:5000", "198.51.100.7:53").payload("?"), down.b().mac());
        virtual.advance(Duration.ofMillis(3100));
        assertThat(client.received).hasSize(1);
        assertThatFrame(client.received.get(0))
                .isIcmp(3, 1)
                .from("10.111.0.2")
                .quotes("10.111.0.1:5000", "198.51.100.7:53");
        virtual.advance(Duration.ofMinutes(15));
        assertThat(attachments.nextDeadline()).isEqualTo(Long.MAX_VALUE);
        attachments.close();
    }

    private Wire wire(String a, String b, boolean offload) {
        return Wire.between(
                        new Wire.End(a, offload, Wire.ETHERNET_MTU),
                        new Wire.End(b, offload, Wire.ETHERNET_MTU),
                        LATENCY)
                .register(virtual.loop());
    }
}

package dev.understudy.dispatcher.attach;

import static dev.understudy.dispatcher.attach.Bench.CLIENT_MAC;
import static dev.understudy.dispatcher.attach.Bench.GATEWAY_MAC;
import static dev.understudy.dispatcher.attach.Bench.US0_MAC;
import static dev.understudy.dispatcher.attach.Bench.US1_MAC;
import static dev.understudy.stack.wire.PacketAssert.assertThatFrame;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.understudy.dispatcher.config.Config;
import dev.understudy.stack.ip.PacketOutput;
import dev.understudy.stack.wire.Arp;
import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.Frames;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.Ipv4;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What must hold whatever comes in: no fault, no leak, bounded tables, and no garbage on the fast path. */
final class AttachmentRobustnessTest {
    private static final long SEED = Long.getLong("fuzz.seed", 20260202);
    private static final String CLIENT = "10.111.0.1";
    private static final String WEB = "198.51.100.7";

    private static Config config(String attach) {
        return switch (attach) {
            case "inline" -> Bench.inline(Optional.empty(), Optional.empty());
            default -> Bench.routed(attach.equals("routed, nat"));
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"routed, nat", "routed", "inline"})
    void noFramesFaultLeakOrFillTables(String attach) {
        Random random = new Random(SEED);
        Bench bench = new Bench(config(attach));
        bench.client.keep = false;
        bench.network.keep = false;
        bench.introduceNeighbours();
        int[] taken = new int[2];
        PacketOutput toClient = bench.attachments.toClient();
        PacketOutput toNetwork = bench.attachments.toNetwork();
        bench.fromClient =
                (packet, now) -> {
                    if (!packet.isIpv4() || random.nextInt(3) > 0) {
                        return false;
                    }
                    taken[0]++;
                    packet.destination(0, Bench.lo("10.112.0.3") + random.nextInt(9), 80);
                    toNetwork.send(packet, now);
                    return true;
                };
        bench.fromNetwork =
                (packet, now) -> {
                    if (!packet.isIpv4() || random.nextInt(3) > 0) {
                        return false;
                    }
                    taken[1]++;
                    packet.destination(0, Bench.lo(CLIENT) + random.nextInt(9), 80);
                    toClient.send(packet, now);
                    return true;
                };
        List<ByteBuf> corpus = corpus();
        for (int i = 0; i < 60_000; i++) {
            ByteBuf frame =
                    mutate(
                            Frames.copy(bench.allocator, corpus.get(random.nextInt(corpus.size()))),
                            random);
            (random.nextBoolean() ? bench.client : bench.network).receive(frame);
            if (i % 16 == 0) {
                bench.pass(random.nextInt(40));
            }
        }
        assertThat(bench.counters())
                .containsEntry("dropped: client side fault", 0L)
                .containsEntry("dropped: network side fault", 0L);
        assertThat(taken)
                .as("packets that reached the doors")
                .satisfies(t -> assertThat(Math.min(t[0], t[1])).isGreaterThan(1_000));
        bench.pass(60_000);
        assertThat(bench.closeAndCountLeaks()).as("leaked buffers").isZero();
    }

    private static ByteBuf mutate(ByteBuf frame, Random random) {
        for (int flips = random.nextInt(5); flips > 0; flips--) {
            int at = frame.readerIndex() + 12 + random.nextInt(frame.readableBytes() - 12);
            frame.setByte(at, random.nextInt(256));
        }
        int l3 = frame.readerIndex() + 26;
        if (random.nextInt(4) == 0) {
            frame.setShort(l3 + Ipv4.FRAGMENT_OFFSET, random.nextInt(0x4000));
        }
        if (random.nextInt(6) > 0
                && frame.getByte(l3) >>> 4 == 4
                && frame.writerIndex() - l3 >= Ipv4.headerLength(frame, l3)) {
            Ipv4.fixChecksum(frame, l3);
        }
        if (random.nextInt(10) == 0) {
            frame.writerIndex(frame.readerIndex() + random.nextInt(frame.readableBytes() + 1));
        }
        return frame;
    }

    private static List<ByteBuf> corpus() {
        List<ByteBuf> corpus = new ArrayList<>();
        for (long[] macs : new long[][] {{CLIENT_MAC, US0_MAC}, {GATEWAY_MAC, US1_MAC}}) {
            for (String to : new String[] {WEB, CLIENT, "10.112.0.2", "10.111.0.2"}) {
                String from = macs[0] == CLIENT_MAC ? CLIENT : WEB;
                ByteBuf udp =
                        TestPackets.udp(from + ":5000", to + ":53")
                                .macs(macs[0], macs[1])
                                .payload("question")
                                .build();
                corpus.add(udp);
                corpus.add(
                        TestPackets.tcp(from + ":4000", to + ":80")
                                .macs(macs[0], macs[1])
                                .payload(new byte[1200])
                                .build());
                corpus.add(
                        TestPackets.tcp(from + ":4000", to + ":80")
                                .macs(macs[0], macs[1])
                                .payload(new byte[5000])
                                .gso(1448)
                                .build());
                corpus.add(TestPackets.echo(from, to).macs(macs[0], macs[1]).build());
                corpus.add(
                        TestPackets.error(from, Icmp.UNREACHABLE, 4, udp)
                                .macs(macs[0], macs[1])
                                .build());
                corpus.add(
                        TestPackets.udp(from + ":1", to + ":2")
                                .macs(macs[0], macs[1])
                                .payload(new byte[3000])
                                .build());
            }
            corpus.add(
                    TestPackets.tcp("[fd00::1]:1", "[fd00::2]:80").macs(macs[0], macs[1]).build());
            for (int operation : new int[] {Arp.REQUEST, Arp.REPLY}) {
                corpus.add(
                        Arp.frame(
                                TestPackets.ALLOCATOR,
                                operation == Arp.REQUEST ? Ethernet.BROADCAST : macs[1],
                                operation,
                                macs[0],
                                Bench.ip(macs[0] == CLIENT_MAC ? CLIENT : "10.112.0.1"),
                                macs[1],
                                Bench.ip(macs[0] == CLIENT_MAC ? "10.111.0.2" : "10.112.0.2")));
            }
        }
        return corpus;
    }

    @ParameterizedTest
    @ValueSource(strings = {"routed, nat", "inline"})
    void aForwardedPacketAllocatesNothing(String attach) {
        Bench bench = new Bench(config(attach));
        bench.introduceNeighbours();
        PacketOutput toNetwork = bench.attachments.toNetwork();
        long server = Bench.lo("10.112.0.1");
        bench.fromClient =
                (packet, now) -> {
                    packet.destination(0, server, 8080);
                    toNetwork.send(packet, now);
                    return true;
                };
        ByteBuf frame = segment(bench);
        forward(bench, frame, 20_000);
        long before = allocated();
        forward(bench, frame, 20_000);
        long bytes = allocated() - before;
        // The measurement itself, and a recompilation, may cost a little; one object a packet would
        // be 320,000.
        assertThat(bytes).as("bytes for 20,000 packets").isLessThan(20_000);
        frame.release();
        bench.closeAndCountLeaks();
    }

    @Test
    void aPassingPacketAllocatesNothing() {
        Bench bench = new Bench(config("routed, nat"));
        bench.introduceNeighbours();
        ByteBuf frame = segment(bench);
        passThrough(bench, frame, 20_000);
        long before = allocated();
        passThrough(bench, frame, 20_000);
        assertThat(allocated() - before).isLessThan(20_000);
        frame.release();
        bench.closeAndCountLeaks();
    }

    /** The same frame again and again, its rewritten fields as they were. */
    private static void passThrough(Bench bench, ByteBuf frame, int times) {
        bench.network.keep = false;
        byte[] original = new byte[100];
        frame.getBytes(frame.readerIndex(), original, 0, 66);
        for (int i = 0; i < times; i++) {
            frame.setBytes(frame.readerIndex(), original, 0, 66);
            bench.client.receive(frame.retain());
        }
    }

    private static ByteBuf segment(Bench bench) {
        return TestPackets.tcp(CLIENT + ":4000", WEB + ":80")
                .macs(CLIENT_MAC, US0_MAC)
                .payload("data")
                .build(bench.allocator);
    }

    private static void forward(Bench bench, ByteBuf frame, int times) {
        bench.network.keep = false;
        for (int i = 0; i < times; i++) {
            int eth = frame.readerIndex() + 12;
            Ethernet.source(frame, eth, CLIENT_MAC);
            Ethernet.destination(frame, eth, bench.client.mac());
            bench.client.receive(frame.retain());
        }
    }

    private static long allocated() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        return threads.getCurrentThreadAllocatedBytes();
    }

    @Test
    void afterClosingFramesAreNobodysAndNothingIsScheduled() {
        Bench bench = new Bench(config("routed, nat"));
        bench.fromClient(TestPackets.udp(CLIENT + ":1", WEB + ":2").macs(CLIENT_MAC, US0_MAC));
        assertThat(bench.closeAndCountLeaks()).isZero();
        assertThat(bench.attachments.nextDeadline()).isGreaterThan(bench.now());
    }

    @Test
    void aFrameThatArrivesDuringNeighbourResolutionKeepsItsBytes() {
        Bench bench = new Bench(config("routed, nat"));
        ByteBuf receiveBuffer =
                TestPackets.udp(CLIENT + ":1", WEB + ":2")
                        .macs(CLIENT_MAC, US0_MAC)
                        .payload("first")
                        .build(bench.allocator);
        bench.client.receive(receiveBuffer.retain());
        assertThat(receiveBuffer.refCnt()).as("kept, so the link takes other memory").isEqualTo(2);
        receiveBuffer.release();
        bench.network.take();
        bench.arp(bench.network, Arp.REPLY, GATEWAY_MAC, "10.112.0.1", US1_MAC, "10.112.0.2");
        assertThatFrame(bench.network.only()).payload("first").checksumsValid();
        assertThat(bench.closeAndCountLeaks()).isZero();
    }
}

package dev.understudy.dispatcher.attach;

import dev.understudy.dispatcher.config.Config;
import dev.understudy.dispatcher.config.Limits;
import dev.understudy.dispatcher.config.Subnet;
import dev.understudy.stack.link.LoopTimer;
import dev.understudy.stack.wire.Arp;
import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.PoisoningAllocator;
import dev.understudy.stack.wire.TestPackets;
import dev.understudy.stack.wire.VirtioNet;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.local.LocalIoHandler;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** Two links, an attachment between them, virtual time, and two doors that a test opens. */
final class Bench {
    static final long CLIENT_MAC = 0x02_00_00_00_0C_01L;
    static final long CLIENT2_MAC = 0x02_00_00_00_0C_02L;
    static final long US0_MAC = 0x02_00_00_00_00_A0L;
    static final long US1_MAC = 0x02_00_00_00_00_A1L;
    static final long GATEWAY_MAC = 0x02_00_00_00_0F_01L;
    static final long SERVER_MAC = 0x02_00_00_00_05_01L;

    final PoisoningAllocator allocator = new PoisoningAllocator();
    final MockTicker ticker = Ticker.newMockTicker();
    final ManualIoEventLoop loop =
            new ManualIoEventLoop(
                    null, Thread.currentThread(), LocalIoHandler.newFactory(), ticker);
    final TestLink client;
    final TestLink network;
    final LoopTimer timer = new LoopTimer(loop, ticker);
    final Attachments attachments;
    PacketHandler fromClient = (packet, now) -> false;
    PacketHandler fromNetwork = (packet, now) -> false;
    Originals originals = new FixedOriginals();

    /** What the services of a test are. */
    static final class FixedOriginals implements Originals {
        long original;
        boolean dead;

        @Override
        public boolean isOriginal(long hi, long lo) {
            return lo == original;
        }

        @Override
        public boolean isDead(long hi, long lo, long now) {
            return dead && lo == original;
        }
    }

    Bench(Config config) {
        this(config, 1500, 1500, FlowOwner.NONE);
    }

    Bench(Config config, int clientMtu, int networkMtu, FlowOwner sessions) {
        client = new TestLink("us0", US0_MAC, clientMtu);
        network = new TestLink("us1", US1_MAC, networkMtu);
        client.config().setAllocator(allocator);
        network.config().setAllocator(allocator);
        register(loop, client);
        register(loop, network);
        loop.runNow();
        attachments = Attachments.create(config, client, network, timer, sessions, new Random(42));
        attachments.start(new Door(true), new Door(false), new LateOriginals());
        loop.runNow();
        client.take();
        network.take();
    }

    @SuppressWarnings("FutureReturnValueIgnored") // nothing can fail: there is no device
    private static void register(EventLoop loop, TestLink link) {
        loop.register(link);
    }

    /** The test's doors may change after the start. */
    private final class Door implements PacketHandler {
        private final boolean client;

        Door(boolean client) {
            this.client = client;
        }

        @Override
        public boolean handle(Packet packet, long now) {
            return (client ? fromClient : fromNetwork).handle(packet, now);
        }

        @Override
        public boolean concerns(Packet fragment) {
            return (client ? fromClient : fromNetwork).concerns(fragment);
        }
    }

    private final class LateOriginals implements Originals {
        @Override
        public boolean isOriginal(long hi, long lo) {
            return originals.isOriginal(hi, lo);
        }

        @Override
        public boolean isDead(long hi, long lo, long now) {
            return originals.isDead(hi, lo, now);
        }
    }

    static Config routed(boolean nat) {
        return new Config(
                Config.Attach.ROUTED,
                new Config.ClientSide(
                        new Config.LinkSpec("tap", "us0", true),
                        Optional.of(Subnet.parse("10.111.0.2/24"))),
                new Config.NetworkSide(
                        new Config.LinkSpec("tap", "us1", true),
                        Optional.of(Subnet.parse("10.112.0.2/24")),
                        Optional.of(IpAddress.parse("10.112.0.1")),
                        nat),
                Config.Setup.NONE,
                List.of(),
                Optional.empty(),
                Limits.DEFAULT);
    }

    static Config inline(Optional<Subnet> address, Optional<IpAddress> gateway) {
        return new Config(
                Config.Attach.INLINE,
                new Config.ClientSide(new Config.LinkSpec("tap", "us0", true), Optional.empty()),
                new Config.NetworkSide(
                        new Config.LinkSpec("tap", "us1", true), address, gateway, false),
                Config.Setup.NONE,
                List.of(),
                Optional.empty(),
                Limits.DEFAULT);
    }

    long now() {
        return timer.now();
    }

    /** Lets virtual time pass, in steps small enough for every deadline. */
    void pass(long millis) {
        for (long done = 0; done < millis; done += 10) {
            ticker.advance(Math.min(10, millis - done), TimeUnit.MILLISECONDS);
            loop.runNow();
        }
    }

    void fromClient(TestPackets.Builder<?> packet) {
        client.receive(packet.build(allocator));
    }

    void fromNetwork(TestPackets.Builder<?> packet) {
        network.receive(packet.build(allocator));
    }

    /** An ARP packet comes in on a link, broadcast if it asks. */
    void arp(TestLink link, int operation, long mac, String sender, long to, String target) {
        link.receive(
                Arp.frame(
                        allocator,
                        operation == Arp.REQUEST ? Ethernet.BROADCAST : to,
                        operation,
                        mac,
                        ip(sender),
                        operation == Arp.REQUEST ? 0 : to,
                        ip(target)));
    }

    /** Lets both sides know the usual neighbours. */
    void introduceNeighbours() {
        arp(client, Arp.REQUEST, CLIENT_MAC, "10.111.0.1", 0, "10.111.0.2");
        arp(client, Arp.REQUEST, CLIENT2_MAC, "10.111.0.9", 0, "10.111.0.2");
        arp(network, Arp.REQUEST, GATEWAY_MAC, "10.112.0.1", 0, "10.112.0.2");
        client.take();
        network.take();
    }

    static int ip(String text) {
        return IpAddress.parse(text).ipv4();
    }

    static long lo(String text) {
        return IpAddress.parse(text).lo();
    }

    /** Whether a frame is this ARP packet. */
    static boolean isArp(ByteBuf frame, int operation, String sender, String target) {
        int at = frame.readerIndex() + VirtioNet.BYTES + Ethernet.BYTES;
        return Arp.isValid(frame, at, frame.writerIndex())
                && Arp.operation(frame, at) == operation
                && Arp.senderAddress(frame, at) == ip(sender)
                && Arp.targetAddress(frame, at) == ip(target);
    }

    Map<String, Long> counters() {
        Map<String, Long> all = new LinkedHashMap<>();
        attachments.counters(all);
        return all;
    }

    /** Ends the attachment; what is still live then has leaked. */
    int closeAndCountLeaks() {
        attachments.close();
        return allocator.live();
    }
}

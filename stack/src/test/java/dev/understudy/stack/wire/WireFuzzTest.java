package dev.understudy.stack.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * No bytes make the wire package throw, and nothing outside the frame is ever read or written: each frame lies between
 * guard bytes, and what the view finds must not depend on them. Runs for about two seconds from a fixed seed; {@code
 * -Dfuzz.seconds=} and {@code -Dfuzz.seed=} make it longer or other.
 */
class WireFuzzTest {
    private static final long SECONDS = Long.getLong("fuzz.seconds", 2);
    private static final long SEED = Long.getLong("fuzz.seed", 20260101);
    private static final int GUARD = 16;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final Packet packet = new Packet();
    private final IcmpQuote quote = new IcmpQuote();
    private final TcpOptions options = new TcpOptions();
    private final ByteBuf frame = new UnpooledByteBufAllocator(false, true).heapBuffer(4096, 4096);
    private long accessors;
    private int ok;
    private int tcp;
    private int quotes;

    @Test
    void noBytesMakeItThrowOrTouchWhatIsNotTheFrame() {
        List<byte[]> corpus = corpus();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        int rounds = 0;
        for (; rounds < 2_000 || System.nanoTime() < end; rounds++) {
            byte[] bytes = random.nextInt(8) == 0 ? noise() : mutate(pick(corpus));
            try {
                run(bytes);
            } catch (RuntimeException e) {
                fail("seed %d, round %d: %s".formatted(SEED, rounds, dump(bytes)), e);
            }
        }
        assertThat(ok).as("frames that parsed, of %d", rounds).isGreaterThan(rounds / 20);
        assertThat(tcp).as("TCP among them").isGreaterThan(rounds / 100);
        assertThat(quotes).as("quotes read").isGreaterThan(rounds / 200);
        assertThat(accessors).isNotZero();
    }

    private void run(byte[] bytes) {
        // Headroom that differs tells whether a resize is refused where there is none.
        int headroom =
                random.nextInt(4) == 0 ? random.nextInt(GUARD + 12) : GUARD + Frames.HEADROOM;
        String first = read(bytes, headroom, (byte) 0x00);
        String second = read(bytes, headroom, (byte) 0xFF);
        assertThat(second).as("depends on bytes outside of %s", dump(bytes)).isEqualTo(first);
        write(bytes, headroom);
    }

    private Packet.Parse place(byte[] bytes, int headroom, byte guard) {
        for (int at = 0; at < headroom + bytes.length + GUARD; at++) {
            frame.setByte(at, guard);
        }
        frame.setBytes(headroom, bytes);
        frame.setIndex(0, headroom + bytes.length).readerIndex(headroom);
        return packet.parse(frame);
    }

    /** Everything that can be asked, as text. */
    private String read(byte[] bytes, int headroom, byte guard) {
        Packet.Parse result = place(bytes, headroom, guard);
        String seen = result + " " + packet;
        if (result != Packet.Parse.OK) {
            return seen;
        }
        ok++;
        accessors += packet.ttl() + packet.srcMac() + packet.dstMac() + packet.gsoSize();
        seen += " " + packet.l4() + " " + packet.payload() + " " + packet.end();
        seen += " " + packet.checksumValid() + packet.needsChecksum() + packet.isGso();
        assertThat(packet.payload()).isBetween(packet.l4(), packet.end());
        assertThat(packet.end()).isLessThanOrEqualTo(frame.writerIndex());
        if (packet.isTcp()) {
            tcp++;
            seen += " " + packet.segmentLength() + packet.has(Tcp.SYN) + readOptions();
        }
        if (quote.parse(packet)) {
            quotes++;
            seen += " " + quote.srcLo() + quote.dstLo() + quote.srcPort() + quote.dstPort();
            seen += " " + quote.protocol() + quote.mtu() + (quote.hasSeq() ? quote.seq() : "");
        }
        // A new builder each time: one that is kept counts its identifications on.
        PacketBuilder builder = new PacketBuilder(TestPackets.ALLOCATOR);
        ByteBuf error =
                packet.isIpv6()
                        ? builder.icmpError6(1, 2, Icmp.V6_UNREACHABLE, 0, 0, packet)
                        : builder.icmpError4(7, Icmp.UNREACHABLE, 0, 0, packet);
        seen += TestPackets.hex(error).hashCode();
        error.release();
        return seen;
    }

    private String readOptions() {
        options.parse(packet);
        String seen = options.mss() + " " + options.windowScale() + options.sackPermitted();
        if (options.hasTimestamps()) {
            assertThat(options.timestampsAt() + 10).isLessThanOrEqualTo(packet.payload());
            packet.tcpInt(options.timestampsAt() + 2, options.tsVal());
        }
        for (int block = 0; block < options.sackBlocks(); block++) {
            int at = options.sackAt() + 2 + 8 * block;
            assertThat(at + 8).isLessThanOrEqualTo(packet.payload());
            seen += frame.getLong(at);
        }
        return seen;
    }

    /** Every setter: the frame may change, and its headroom where a header grew; the guards never. */
    private void write(byte[] bytes, int headroom) {
        byte guard = (byte) random.nextInt();
        if (place(bytes, headroom, guard) != Packet.Parse.OK) {
            return;
        }
        boolean valid = packet.checksumValid();
        boolean written = packet.isTcp() && !packet.isFragment();
        long hi = packet.isIpv6() ? random.nextLong() : 0;
        long lo = packet.isIpv6() ? random.nextLong() : IpAddress.mapped(random.nextInt());
        if (quote.parse(packet)) {
            quote.source(hi, lo, random.nextInt(0x10000));
            quote.destination(hi, lo, random.nextInt(0x10000));
            quote.seq(random.nextInt());
        }
        packet.source(hi, lo, random.nextInt(0x10000));
        packet.destination(hi, lo, random.nextInt(0x10000));
        packet.ttl(random.nextInt(256));
        if (packet.isTcp()) {
            packet.seq(random.nextInt());
            packet.ack(random.nextInt());
            packet.window(random.nextInt(0x10000));
            packet.flags(random.nextInt(256));
            packet.resizeTcpHeader((random.nextInt(21) - 10) * 4);
        }
        if (written) {
            assertThat(packet.checksumValid()).as("edits keep validity").isEqualTo(valid);
        }
        packet.fillChecksum();
        assertThat(packet.checksumValid()).isTrue();
        String text = packet.toString();
        Packet again = new Packet();
        assertThat(again.parse(frame)).as(dump(bytes)).isEqualTo(Packet.Parse.OK);
        assertThat(again).hasToString(text);
        for (int at = 0; at < packet.base(); at++) {
            if (at < headroom - 40) {
                assertThat(frame.getByte(at)).as("guard before").isEqualTo(guard);
            }
        }
        int limit = headroom + bytes.length;
        for (int at = limit; at < limit + GUARD; at++) {
            assertThat(frame.getByte(at)).as("guard behind").isEqualTo(guard);
        }
    }

    private byte[] pick(List<byte[]> corpus) {
        return corpus.get(random.nextInt(corpus.size())).clone();
    }

    private byte[] noise() {
        byte[] bytes = new byte[random.nextInt(200)];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Flips bytes, cuts, and mends the IPv4 header checksum most of the time, so that mutants get past it. */
    private byte[] mutate(byte[] bytes) {
        byte[] mutant = bytes;
        for (int i = random.nextInt(5); i > 0; i--) {
            int at = random.nextInt(3) == 0 ? random.nextInt(mutant.length) : headerByte(mutant);
            mutant[at] =
                    (byte)
                            (random.nextBoolean()
                                    ? random.nextInt()
                                    : mutant[at] ^ 1 << random.nextInt(8));
        }
        if (random.nextInt(6) == 0) {
            mutant = Arrays.copyOf(mutant, random.nextInt(mutant.length + 1));
        }
        if (random.nextInt(8) != 0) {
            mend(mutant);
        }
        return mutant;
    }

    private int headerByte(byte[] bytes) {
        return Math.min(bytes.length - 1, VirtioNet.BYTES + 12 + random.nextInt(90));
    }

    private static void mend(byte[] bytes) {
        int l3 = VirtioNet.BYTES + Ethernet.BYTES;
        if (bytes.length < l3 + 20 || bytes[l3 - 2] != 8 || bytes[l3 - 1] != 0) {
            return;
        }
        ByteBuf buf = Unpooled.wrappedBuffer(bytes);
        if (Ipv4.headerLength(buf, l3) <= bytes.length - l3) {
            Ipv4.fixChecksum(buf, l3);
        }
    }

    private static List<byte[]> corpus() {
        List<byte[]> corpus = new ArrayList<>();
        for (String[] ends :
                new String[][] {
                    {"10.0.0.1:1234", "203.0.113.1:80"}, {"[fd00::1]:1234", "[2001:db8::1]:80"}
                }) {
            TestPackets.TcpBuilder syn =
                    TestPackets.tcp(ends[0], ends[1]).syn().mss(1460).sackPermitted();
            add(corpus, syn.timestamps(1, 2).windowScale(7).build());
            add(
                    corpus,
                    TestPackets.tcp(ends[0], ends[1])
                            .timestamps(1, 2)
                            .sackBlock(5, 9)
                            .sackBlock(11, 13)
                            .payload("some payload")
                            .partialChecksum()
                            .build());
            ByteBuf udp = TestPackets.udp(ends[0], ends[1]).payload("datagram").vlan(9).build();
            add(corpus, udp);
            boolean ipv6 = ends[0].startsWith("[");
            String router = ipv6 ? "fd00::9" : "10.0.0.9";
            int unreachable = ipv6 ? Icmp.V6_UNREACHABLE : Icmp.UNREACHABLE;
            add(corpus, TestPackets.error(router, unreachable, 1, udp).build());
            ByteBuf data = TestPackets.tcp(ends[0], ends[1]).payload("hello").build();
            add(corpus, TestPackets.error(router, unreachable, 4, data).rest(1400).build());
            add(corpus, TestPackets.echo(router, router).payload("ping").build());
        }
        String udp = TestPackets.hex(TestPackets.udp("[fd00::1]:1", "[fd00::2]:2").build());
        String extended =
                udp.substring(0, 2 * 18)
                        + "000000"
                        + udp.substring(2 * 21, 2 * 54)
                        + "2b00000000000000"
                        + "3c00040000000000"
                        + "2c00000000000000"
                        + "1100000100000007"
                        + udp.substring(2 * 54);
        byte[] ethernet = ByteBufUtil.decodeHexDump(extended);
        ethernet[19] = (byte) (ethernet.length - 54);
        byte[] whole = new byte[VirtioNet.BYTES + ethernet.length];
        System.arraycopy(ethernet, 0, whole, VirtioNet.BYTES, ethernet.length);
        corpus.add(whole);
        return corpus;
    }

    private static void add(List<byte[]> corpus, ByteBuf frame) {
        byte[] bytes = new byte[frame.readableBytes()];
        frame.getBytes(frame.readerIndex(), bytes);
        corpus.add(bytes);
    }

    private static String dump(byte[] bytes) {
        return ByteBufUtil.hexDump(bytes);
    }
}

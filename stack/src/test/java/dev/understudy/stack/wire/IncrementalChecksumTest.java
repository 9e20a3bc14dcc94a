package dev.understudy.stack.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.netty.buffer.ByteBuf;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * P09: whatever is edited, and however often, the checksums kept by updates are those that a computation from the bytes
 * alone finds. Each packet lives through many edits, so that an error would also have to be undone to stay unseen.
 */
@Tag("P09")
class IncrementalChecksumTest {
    private static final int EDITS = 1_000_000;
    private static final int EDITS_PER_PACKET = 25;
    private static final long SEED = 0x5EED;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final Packet packet = new Packet();
    private final Packet again = new Packet();
    private int resized;
    private int refused;

    @Test
    void incrementalEqualsFullOverAMillionRandomEdits() {
        for (int round = 0; round < EDITS / EDITS_PER_PACKET; round++) {
            ByteBuf frame = randomFrame();
            assertThat(packet.parse(frame)).isEqualTo(Packet.Parse.OK);
            String before = TestPackets.hex(frame);
            for (int edit = 0; edit < EDITS_PER_PACKET; edit++) {
                String what = packet.isTcp() ? editTcp() : editAny();
                if (!valid()) {
                    fail("seed %d, round %d, edit %d: %s of %s", SEED, round, edit, what, before);
                }
            }
            assertThat(again.parse(frame)).isEqualTo(Packet.Parse.OK);
            assertThat(again).hasToString(packet.toString());
            assertThat(again.l4()).isEqualTo(packet.l4());
            assertThat(again.payload()).isEqualTo(packet.payload());
            assertThat(again.end()).isEqualTo(packet.end());
            frame.release();
        }
        assertThat(resized).isGreaterThan(EDITS / 100);
        assertThat(refused).isGreaterThan(EDITS / 1000);
    }

    private boolean valid() {
        ByteBuf frame = packet.frame();
        if (packet.isIpv4() && !ReferenceChecksum.ipv4HeaderValid(frame, packet.l3())) {
            return false;
        }
        int at = packet.transportChecksumAt();
        if (packet.needsChecksum()) {
            int pseudo =
                    ReferenceChecksum.pseudoHeader(
                            frame,
                            packet.l3(),
                            packet.isIpv6(),
                            packet.protocol(),
                            packet.end() - packet.l4());
            return frame.getUnsignedShort(at) == pseudo;
        }
        return packet.checksumValid()
                && ReferenceChecksum.transportValid(
                        frame,
                        packet.l3(),
                        packet.isIpv6(),
                        packet.protocol(),
                        packet.l4(),
                        packet.end())
                && (packet.protocol() != Udp.PROTOCOL
                        || noUdpSum
                        || frame.getUnsignedShort(at) != 0);
    }

    private boolean noUdpSum;

    private ByteBuf randomFrame() {
        boolean ipv6 = random.nextBoolean();
        noUdpSum = false;
        byte[] payload = new byte[random.nextInt(40)];
        random.nextBytes(payload);
        String from = endpoint(ipv6);
        String to = endpoint(ipv6);
        switch (random.nextInt(8)) {
            case 0 -> {
                ByteBuf frame = offload(TestPackets.udp(from, to).payload(payload)).build();
                Packet udp = TestPackets.parse(frame);
                if (!udp.needsChecksum() && !ipv6 && random.nextInt(4) == 0) {
                    frame.setShort(udp.l4() + Udp.CHECKSUM_OFFSET, 0);
                    noUdpSum = true;
                }
                return frame;
            }
            case 1 -> {
                return TestPackets.echo(host(from), host(to)).payload(payload).build();
            }
            default -> {
                TestPackets.TcpBuilder tcp = TestPackets.tcp(from, to).payload(payload);
                tcp.seq(word()).ack(word()).window(random.nextInt(0x10000));
                for (int nops = random.nextInt(6); nops > 0; nops--) {
                    tcp.options(TcpOptions.NOP);
                }
                tcp.options(TcpOptions.TIMESTAMPS, 10, 1, 2, 3, 4, 5, 6, 7, 8);
                return offload(tcp).build();
            }
        }
    }

    private <B extends TestPackets.Builder<B>> B offload(B builder) {
        if (random.nextInt(3) == 0) {
            builder.partialChecksum();
        }
        return random.nextInt(4) == 0 ? builder.vlan(random.nextInt(4096)).padding(3) : builder;
    }

    private String endpoint(boolean ipv6) {
        return Endpoint.of(hi(ipv6), lo(ipv6), random.nextInt(0x10000)).toString();
    }

    private static String host(String endpoint) {
        return Endpoint.parse(endpoint).address().toString();
    }

    private long hi(boolean ipv6) {
        return ipv6 ? 0xFD00_0000_0000_0000L | word() : 0;
    }

    private long lo(boolean ipv6) {
        return ipv6 ? (long) word() << 32 | word() & 0xFFFFFFFFL : IpAddress.mapped(word());
    }

    /** A word that is often one of those at which one's complement arithmetic goes wrong. */
    private int word() {
        return switch (random.nextInt(6)) {
            case 0 -> 0;
            case 1 -> -1;
            case 2 -> 0xFFFF;
            case 3 -> 0xFFFF_0000;
            default -> random.nextInt();
        };
    }

    private String editAny() {
        if (random.nextInt(8) == 0) {
            int ttl = random.nextInt(256);
            packet.ttl(ttl);
            return "ttl " + ttl;
        }
        if (packet.hasPorts() && random.nextInt(8) == 0) {
            // The very port with which the checksum comes out as zero, which UDP must not send.
            int field = packet.frame().getUnsignedShort(packet.transportChecksumAt());
            int port = ReferenceChecksum.add(packet.srcPort(), field);
            packet.source(packet.srcHi(), packet.srcLo(), port);
            return "source port " + port;
        }
        boolean ipv6 = packet.isIpv6();
        if (random.nextBoolean()) {
            packet.source(hi(ipv6), lo(ipv6), random.nextInt(0x10000));
            return "source";
        }
        packet.destination(hi(ipv6), lo(ipv6), random.nextInt(0x10000));
        return "destination";
    }

    private String editTcp() {
        int options = packet.tcpHeaderLength() - Tcp.MIN_BYTES;
        switch (random.nextInt(9)) {
            case 0 -> packet.seq(word());
            case 1 -> packet.ack(word());
            case 2 -> packet.window(word() & 0xFFFF);
            case 3 -> packet.flags(random.nextInt(256));
            case 4 -> {
                if (options >= 4) {
                    int at = packet.l4() + Tcp.MIN_BYTES + random.nextInt(options - 3);
                    packet.tcpInt(at, word());
                    return "int at +" + (at - packet.l4());
                }
            }
            case 5 -> {
                if (options >= 2) {
                    int at = packet.l4() + Tcp.MIN_BYTES + random.nextInt(options - 1);
                    packet.tcpShort(at, word());
                    return "short at +" + (at - packet.l4());
                }
            }
            case 6 -> {
                int delta = (random.nextInt(11) - 5) * 4;
                boolean done = packet.resizeTcpHeader(delta);
                resized += done ? 1 : 0;
                refused += done ? 0 : 1;
                return "resize by " + delta;
            }
            default -> {
                return editAny();
            }
        }
        return "field";
    }
}

package dev.understudy.stack.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.pcap4j.packet.EthernetPacket;
import org.pcap4j.packet.IcmpV4CommonPacket;
import org.pcap4j.packet.IcmpV6CommonPacket;
import org.pcap4j.packet.IllegalRawDataException;
import org.pcap4j.packet.IpPacket;
import org.pcap4j.packet.IpV4Packet;
import org.pcap4j.packet.TcpMaximumSegmentSizeOption;
import org.pcap4j.packet.TcpPacket;
import org.pcap4j.packet.TcpSackOption;
import org.pcap4j.packet.TcpTimestampsOption;
import org.pcap4j.packet.TcpWindowScaleOption;
import org.pcap4j.packet.UdpPacket;

/** What we build and rewrite, read by pcap4j: another decoder and other checksum code find the same packet. */
@Tag("P09")
class Pcap4jOracleTest {
    private static final int PACKETS = 2_000;

    private final SplittableRandom random = new SplittableRandom(184);
    private final Packet ours = new Packet();
    private final TcpOptions options = new TcpOptions();

    @Test
    void pcap4jFindsWhatWeFind() throws IllegalRawDataException {
        for (int i = 0; i < PACKETS; i++) {
            boolean ipv6 = random.nextBoolean();
            ByteBuf frame = frame(ipv6);
            assertThat(ours.parse(frame)).isEqualTo(Packet.Parse.OK);
            check(frame);
            edit(ipv6);
            check(frame);
        }
    }

    private ByteBuf frame(boolean ipv6) {
        byte[] payload = new byte[random.nextInt(1400)];
        random.nextBytes(payload);
        IpAddress from = address(ipv6);
        IpAddress to = address(ipv6);
        String source = new Endpoint(from, random.nextInt(0x10000)).toString();
        String destination = new Endpoint(to, random.nextInt(0x10000)).toString();
        return switch (random.nextInt(4)) {
            case 0 -> TestPackets.udp(source, destination).payload(payload).build();
            case 1 ->
                    TestPackets.echo(from.toString(), to.toString())
                            .id(random.nextInt(0x10000))
                            .payload(payload)
                            .build();
            case 2 ->
                    TestPackets.tcp(source, destination)
                            .synAck()
                            .seq(random.nextInt())
                            .ack(random.nextInt())
                            .mss(random.nextInt(0x10000))
                            .windowScale(random.nextInt(15))
                            .sackPermitted()
                            .timestamps(random.nextInt(), random.nextInt())
                            .build();
            default ->
                    TestPackets.tcp(source, destination)
                            .flags("P.")
                            .seq(random.nextInt())
                            .ack(random.nextInt())
                            .window(random.nextInt(0x10000))
                            .timestamps(random.nextInt(), random.nextInt())
                            .sackBlock(random.nextInt(), random.nextInt())
                            .sackBlock(random.nextInt(), random.nextInt())
                            .payload(payload)
                            .build();
        };
    }

    private IpAddress address(boolean ipv6) {
        return ipv6
                ? new IpAddress(0xFD00L << 48 | random.nextInt(), random.nextLong())
                : IpAddress.v4(random.nextInt());
    }

    private void edit(boolean ipv6) {
        IpAddress from = address(ipv6);
        IpAddress to = address(ipv6);
        ours.source(from.hi(), from.lo(), random.nextInt(0x10000));
        ours.destination(to.hi(), to.lo(), random.nextInt(0x10000));
        if (ours.isTcp()) {
            ours.seq(random.nextInt());
            ours.ack(random.nextInt());
            ours.window(random.nextInt(0x10000));
            options.parse(ours);
            if (options.hasTimestamps()) {
                ours.tcpInt(options.timestampsAt() + 2, random.nextInt());
            }
        }
    }

    private void check(ByteBuf frame) throws IllegalRawDataException {
        byte[] bytes = new byte[frame.writerIndex() - ours.eth()];
        frame.getBytes(ours.eth(), bytes);
        EthernetPacket theirs = EthernetPacket.newPacket(bytes, 0, bytes.length);
        IpPacket ip = theirs.get(IpPacket.class);
        assertThat(ip.getHeader().getSrcAddr()).isEqualTo(inet(ours.srcHi(), ours.srcLo()));
        assertThat(ip.getHeader().getDstAddr()).isEqualTo(inet(ours.dstHi(), ours.dstLo()));
        InetAddress from = ip.getHeader().getSrcAddr();
        InetAddress to = ip.getHeader().getDstAddr();
        if (ip instanceof IpV4Packet v4) {
            assertThat(v4.getHeader().hasValidChecksum(false)).as("IPv4 checksum").isTrue();
            assertThat(v4.getHeader().getTtlAsInt()).isEqualTo(ours.ttl());
        }
        if (ours.isTcp()) {
            check(ip.get(TcpPacket.class), from, to);
        } else if (ours.isUdp()) {
            UdpPacket udp = ip.get(UdpPacket.class);
            assertThat(udp.hasValidChecksum(from, to, false)).as("UDP checksum").isTrue();
            assertThat(udp.getHeader().getSrcPort().valueAsInt()).isEqualTo(ours.srcPort());
            assertThat(udp.getHeader().getDstPort().valueAsInt()).isEqualTo(ours.dstPort());
            assertThat(udp.getHeader().getLengthAsInt()).isEqualTo(8 + ours.payloadLength());
        } else if (from instanceof Inet4Address) {
            IcmpV4CommonPacket icmp = ip.get(IcmpV4CommonPacket.class);
            assertThat(icmp.hasValidChecksum(false)).as("ICMP checksum").isTrue();
        } else {
            IcmpV6CommonPacket icmp = ip.get(IcmpV6CommonPacket.class);
            assertThat(icmp.hasValidChecksum((Inet6Address) from, (Inet6Address) to, false))
                    .as("ICMPv6 checksum")
                    .isTrue();
        }
    }

    private void check(TcpPacket tcp, InetAddress from, InetAddress to) {
        TcpPacket.TcpHeader header = tcp.getHeader();
        assertThat(tcp.hasValidChecksum(from, to, false)).as("TCP checksum").isTrue();
        assertThat(header.getSrcPort().valueAsInt()).isEqualTo(ours.srcPort());
        assertThat(header.getDstPort().valueAsInt()).isEqualTo(ours.dstPort());
        assertThat(header.getSequenceNumber()).isEqualTo(ours.seq());
        assertThat(header.getAcknowledgmentNumber()).isEqualTo(ours.ack());
        assertThat(header.getWindowAsInt()).isEqualTo(ours.window());
        assertThat(header.getSyn()).isEqualTo(ours.has(Tcp.SYN));
        assertThat(header.getAck()).isEqualTo(ours.has(Tcp.ACK));
        assertThat(header.getPsh()).isEqualTo(ours.has(Tcp.PSH));
        assertThat(tcp.length() - header.length()).isEqualTo(ours.payloadLength());
        options.parse(ours);
        for (TcpPacket.TcpOption option : header.getOptions()) {
            if (option instanceof TcpMaximumSegmentSizeOption mss) {
                assertThat(mss.getMaxSegSizeAsInt()).isEqualTo(options.mss());
            } else if (option instanceof TcpWindowScaleOption scale) {
                assertThat(scale.getShiftCountAsInt()).isEqualTo(options.windowScale());
            } else if (option instanceof TcpTimestampsOption timestamps) {
                assertThat(timestamps.getTsValue()).isEqualTo(options.tsVal());
                assertThat(timestamps.getTsEchoReply()).isEqualTo(options.tsEcr());
            } else if (option instanceof TcpSackOption sack) {
                assertThat(sack.getLengthAsInt()).isEqualTo(2 + 8 * options.sackBlocks());
            }
        }
    }

    private static InetAddress inet(long hi, long lo) {
        return new IpAddress(hi, lo).toInetAddress();
    }
}

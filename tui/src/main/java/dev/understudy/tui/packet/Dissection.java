package dev.understudy.tui.packet;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.pcap4j.packet.IcmpV4CommonPacket;
import org.pcap4j.packet.IllegalRawDataException;
import org.pcap4j.packet.IpSelector;
import org.pcap4j.packet.IpV4Packet;
import org.pcap4j.packet.IpV6Packet;
import org.pcap4j.packet.Packet;
import org.pcap4j.packet.TcpPacket;
import org.pcap4j.packet.UdpPacket;

/**
 * A packet taken apart for people to read, by pcap4j: a decoder that is none of ours, so that what it shows is not what we
 * believe to have written. Bytes that it cannot read are shown as bytes. Captures are cut short; what is missing at the end is
 * said.
 */
public final class Dissection {
    private static final int MOST_LINES = 40;

    private final List<Part> parts = new ArrayList<>();

    private Dissection() {}

    /**
     * Takes a packet apart.
     *
     * @param bytes from its IP header on
     * @param whole how long it was before it was cut
     */
    public static List<Part> of(byte[] bytes, int whole) {
        Dissection dissection = new Dissection();
        if (bytes.length > 0) {
            try {
                dissection.packet(IpSelector.newPacket(bytes, 0, bytes.length), 0);
            } catch (IllegalRawDataException | RuntimeException e) {
                dissection.parts.clear();
                dissection.head("Bytes", bytes.length + " that no decoder knows", 0, bytes.length);
            }
            if (whole > bytes.length) {
                dissection.head(
                        "Cut",
                        "of " + whole + " bytes, " + bytes.length + " are on record",
                        bytes.length,
                        0);
            }
        }
        return dissection.parts;
    }

    private void packet(Packet packet, int offset) {
        int header = packet.getHeader() == null ? 0 : packet.getHeader().length();
        if (packet instanceof IpV4Packet ip) {
            ipv4(ip.getHeader(), offset);
        } else if (packet instanceof IpV6Packet ip) {
            ipv6(ip.getHeader(), offset);
        } else if (packet instanceof TcpPacket tcp) {
            tcp(tcp.getHeader(), offset);
        } else if (packet instanceof UdpPacket udp) {
            udp(udp.getHeader(), offset);
        } else if (packet instanceof IcmpV4CommonPacket icmp) {
            icmp(icmp.getHeader(), offset);
        } else if (header == 0) {
            data(packet.getRawData(), offset);
            return;
        } else {
            String name = packet.getClass().getSimpleName().replace("Packet", "");
            head(name, header + " bytes", offset, header);
        }
        if (packet.getPayload() != null) {
            packet(packet.getPayload(), offset + header);
        }
    }

    private void ipv4(IpV4Packet.IpV4Header ip, int at) {
        head("IPv4", "", at, ip.length());
        field("header", ip.length() + " bytes", at, 1);
        field("DSCP, ECN", hex(ip.getTos().value() & 0xFF, 2), at + 1, 1);
        field("total length", ip.getTotalLengthAsInt(), at + 2, 2);
        field("identification", hex(ip.getIdentificationAsInt(), 4), at + 4, 2);
        String flags =
                (ip.getDontFragmentFlag() ? "DF " : "")
                        + (ip.getMoreFragmentFlag() ? "MF " : "")
                        + "offset "
                        + ip.getFragmentOffset() * 8;
        field("fragment", flags, at + 6, 2);
        field("TTL", ip.getTtlAsInt(), at + 8, 1);
        field(
                "protocol",
                ip.getProtocol().name() + " (" + (ip.getProtocol().value() & 0xFF) + ")",
                at + 9,
                1);
        field("IP checksum", hex(ip.getHeaderChecksum() & 0xFFFF, 4), at + 10, 2);
        field("source", ip.getSrcAddr().getHostAddress(), at + 12, 4);
        field("destination", ip.getDstAddr().getHostAddress(), at + 16, 4);
        if (ip.length() > 20) {
            field("IP options", ip.length() - 20 + " bytes", at + 20, ip.length() - 20);
        }
    }

    private void ipv6(IpV6Packet.IpV6Header ip, int at) {
        head("IPv6", "", at, ip.length());
        field("payload length", ip.getPayloadLengthAsInt(), at + 4, 2);
        field("next header", ip.getNextHeader().name(), at + 6, 1);
        field("hop limit", ip.getHopLimitAsInt(), at + 7, 1);
        field("source", ip.getSrcAddr().getHostAddress(), at + 8, 16);
        field("destination", ip.getDstAddr().getHostAddress(), at + 24, 16);
    }

    private void tcp(TcpPacket.TcpHeader tcp, int at) {
        head("TCP", "", at, tcp.length());
        field("source port", tcp.getSrcPort().valueAsInt(), at, 2);
        field("destination port", tcp.getDstPort().valueAsInt(), at + 2, 2);
        field("sequence", tcp.getSequenceNumberAsLong(), at + 4, 4);
        field("acknowledgement", tcp.getAcknowledgmentNumberAsLong(), at + 8, 4);
        field("flags", flags(tcp), at + 12, 2);
        field("window", tcp.getWindowAsInt(), at + 14, 2);
        field("TCP checksum", hex(tcp.getChecksum() & 0xFFFF, 4), at + 16, 2);
        field("urgent pointer", tcp.getUrgentPointerAsInt(), at + 18, 2);
        int option = at + 20;
        for (TcpPacket.TcpOption one : tcp.getOptions()) {
            option(one, option);
            option += one.length();
        }
    }

    private void option(TcpPacket.TcpOption option, int at) {
        byte[] raw = option.getRawData();
        int kind = option.getKind().value() & 0xFF;
        switch (kind) {
            case 0, 1 -> {} // padding
            case 2 -> field("MSS", number(raw, 2, 2), at, raw.length);
            case 3 -> field("window scale", number(raw, 2, 1), at, raw.length);
            case 4 -> field("SACK permitted", "yes", at, raw.length);
            case 5 -> {
                StringBuilder blocks = new StringBuilder();
                for (int i = 2; i + 8 <= raw.length; i += 8) {
                    blocks.append(number(raw, i, 4))
                            .append('-')
                            .append(number(raw, i + 4, 4))
                            .append(' ');
                }
                field("SACK", blocks.toString().strip(), at, raw.length);
            }
            case 8 -> {
                field("TSval", number(raw, 2, 4), at + 2, 4);
                field("TSecr", number(raw, 6, 4), at + 6, 4);
            }
            default -> field("option " + kind, raw.length + " bytes", at, raw.length);
        }
    }

    private static long number(byte[] raw, int from, int length) {
        long value = 0;
        for (int i = from; i < Math.min(raw.length, from + length); i++) {
            value = value << 8 | raw[i] & 0xFF;
        }
        return value;
    }

    private static String flags(TcpPacket.TcpHeader tcp) {
        List<String> flags = new ArrayList<>();
        if (tcp.getSyn()) {
            flags.add("SYN");
        }
        if (tcp.getFin()) {
            flags.add("FIN");
        }
        if (tcp.getRst()) {
            flags.add("RST");
        }
        if (tcp.getPsh()) {
            flags.add("PSH");
        }
        if (tcp.getUrg()) {
            flags.add("URG");
        }
        if (tcp.getAck()) {
            flags.add("ACK");
        }
        return flags.isEmpty() ? "none" : String.join("+", flags);
    }

    private void udp(UdpPacket.UdpHeader udp, int at) {
        head("UDP", "", at, 8);
        field("source port", udp.getSrcPort().valueAsInt(), at, 2);
        field("destination port", udp.getDstPort().valueAsInt(), at + 2, 2);
        field("length", udp.getLengthAsInt(), at + 4, 2);
        field("UDP checksum", hex(udp.getChecksum() & 0xFFFF, 4), at + 6, 2);
    }

    private void icmp(IcmpV4CommonPacket.IcmpV4CommonHeader icmp, int at) {
        head("ICMP", "", at, icmp.length());
        field("type", icmp.getType().name() + " (" + (icmp.getType().value() & 0xFF) + ")", at, 1);
        field("code", icmp.getCode().name(), at + 1, 1);
        field("ICMP checksum", hex(icmp.getChecksum() & 0xFFFF, 4), at + 2, 2);
    }

    /** Data as lines, as long as they are text. */
    private void data(byte[] data, int at) {
        head("Data", data.length + (data.length == 1 ? " byte" : " bytes"), at, data.length);
        int begin = 0;
        int lines = 0;
        while (begin < data.length && lines++ < MOST_LINES) {
            int end = begin;
            while (end < data.length && data[end] != '\n') {
                if (data[end] < ' ' && data[end] != '\r' && data[end] != '\t'
                        || data[end] == 0x7F) {
                    return;
                }
                end++;
            }
            String line =
                    new String(data, begin, end - begin, StandardCharsets.ISO_8859_1)
                            .stripTrailing();
            int next = Math.min(data.length, end + 1);
            field("line " + lines, line, at + begin, next - begin);
            begin = next;
        }
    }

    private void head(String name, String value, int offset, int length) {
        parts.add(new Part(0, name, value, offset, length));
    }

    private void field(String name, String value, int offset, int length) {
        parts.add(new Part(1, name, value, offset, length));
    }

    private void field(String name, long value, int offset, int length) {
        field(name, Long.toString(value), offset, length);
    }

    private static String hex(int value, int digits) {
        return String.format(Locale.ROOT, "0x%0" + digits + "x", value);
    }
}

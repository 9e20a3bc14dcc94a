package dev.understudy.tui.ladder;

import dev.understudy.dispatcher.control.TracedPacket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What stands on an arrow: flags, relative sequence numbers, and the first words of a request or an answer. */
public final class ArrowText {
    private static final int FIN = 0x01;
    private static final int SYN = 0x02;
    private static final int RST = 0x04;
    private static final int PSH = 0x08;
    private static final int ACK = 0x10;
    private static final int URG = 0x20;

    private static final Pattern REQUEST =
            Pattern.compile(
                    "(GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH|TRACE|CONNECT) (\\S{1,60}).*",
                    Pattern.DOTALL);
    private static final Pattern ANSWER =
            Pattern.compile("HTTP/1\\.[01] (\\d{3}) ?([A-Za-z -]{0,30}).*", Pattern.DOTALL);

    private ArrowText() {}

    /** The flags as the patent writes them: {@code SYN+ACK}. */
    public static String flags(TracedPacket packet) {
        if (packet.icmp()) {
            return "ICMP";
        }
        StringBuilder text = new StringBuilder();
        int flags = packet.flags();
        add(text, flags, SYN, "SYN");
        add(text, flags, FIN, "FIN");
        add(text, flags, RST, "RST");
        add(text, flags, PSH, "PSH");
        add(text, flags, URG, "URG");
        add(text, flags, ACK, "ACK");
        return text.isEmpty() ? "none" : text.toString();
    }

    private static void add(StringBuilder text, int flags, int flag, String name) {
        if ((flags & flag) != 0) {
            text.append(text.isEmpty() ? "" : "+").append(name);
        }
    }

    /**
     * What may stand on the arrow, the longest first.
     *
     * @param client whether it is the arrow on the client's side, with the client's numbers
     */
    static List<String> labels(TracedPacket packet, boolean client) {
        String again = packet.retransmission() ? "↻ " : "";
        if (packet.icmp()) {
            String what = "ICMP " + icmp(packet);
            return List.of(again + what.strip(), again + "ICMP");
        }
        long seq = client ? packet.seq() : packet.serverSeq();
        long ack = client ? packet.ack() : packet.serverAck();
        String flags = flags(packet);
        boolean acks = (packet.flags() & ACK) != 0;
        String acked = acks ? " ack " + ack : "";
        if (packet.length() == 0) {
            String number = (packet.flags() & (SYN | FIN | RST)) != 0 || !acks ? " seq " + seq : "";
            return List.of(
                    again + flags + number + acked,
                    again + flags + acked,
                    again + flags,
                    again + shortly(flags));
        }
        String range = seq + ":" + (seq + packet.length());
        Optional<String> words = words(packet);
        String first = words.orElse(flags);
        return List.of(
                again + first + "  " + range + acked,
                again + first + "  " + range,
                again + first,
                again + clip(first, 12),
                again + clip(first, 7),
                again + shortly(flags));
    }

    private static String shortly(String flags) {
        return flags.length() <= 4 ? flags : flags.replaceAll("([A-Z])[A-Z]+", "$1");
    }

    private static String clip(String text, int most) {
        return text.length() <= most ? text : text.substring(0, most - 1) + "…";
    }

    /** {@code GET /index.html} or {@code 404 Not Found}, if the data begins so. */
    public static Optional<String> words(TracedPacket packet) {
        byte[] bytes = packet.before().length > 0 ? packet.before() : packet.after();
        int from = dataOffset(bytes);
        if (from < 0 || from >= bytes.length) {
            return Optional.empty();
        }
        int length = Math.min(bytes.length - from, 120);
        String text = new String(bytes, from, length, StandardCharsets.ISO_8859_1);
        Matcher request = REQUEST.matcher(text);
        if (request.matches()) {
            return Optional.of(request.group(1) + " " + request.group(2));
        }
        Matcher answer = ANSWER.matcher(text);
        return answer.matches()
                ? Optional.of((answer.group(1) + " " + answer.group(2)).strip())
                : Optional.empty();
    }

    /** Where the data of a TCP segment begins, -1 if these bytes are none. */
    private static int dataOffset(byte[] bytes) {
        int tcp = transport(bytes);
        if (tcp < 0 || tcp + 13 > bytes.length) {
            return -1;
        }
        return tcp + ((bytes[tcp + 12] & 0xF0) >> 2);
    }

    /** Where the header behind the IP header begins; extension headers are not looked behind. */
    private static int transport(byte[] bytes) {
        if (bytes.length < 20) {
            return -1;
        }
        int version = (bytes[0] & 0xF0) >> 4;
        return version == 4 ? (bytes[0] & 0x0F) * 4 : version == 6 ? 40 : -1;
    }

    private static String icmp(TracedPacket packet) {
        byte[] bytes = packet.before().length > 0 ? packet.before() : packet.after();
        int at = transport(bytes);
        if (at < 0 || at + 2 > bytes.length) {
            return "";
        }
        int type = bytes[at] & 0xFF;
        int code = bytes[at + 1] & 0xFF;
        if (bytes[0] >> 4 == 4) {
            return switch (type) {
                case 3 ->
                        switch (code) {
                            case 0 -> "network unreachable";
                            case 1 -> "host unreachable";
                            case 3 -> "port unreachable";
                            case 4 -> "fragmentation needed";
                            case 9, 10, 13 -> "prohibited";
                            default -> "unreachable";
                        };
                case 11 -> "time exceeded";
                default -> "type " + type;
            };
        }
        return switch (type) {
            case 1 -> "unreachable";
            case 2 -> "packet too big";
            case 3 -> "time exceeded";
            default -> "type " + type;
        };
    }
}

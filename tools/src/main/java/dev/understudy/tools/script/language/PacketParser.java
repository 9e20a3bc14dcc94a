package dev.understudy.tools.script.language;

import dev.understudy.stack.wire.Tcp;
import dev.understudy.tools.script.language.Action.Direction;
import dev.understudy.tools.script.language.Action.Ports;
import dev.understudy.tools.script.language.Action.SeqBase;
import dev.understudy.tools.script.language.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Reads what stands behind {@code <} and {@code >}: TCP segments and ICMP errors. */
final class PacketParser {
    private static final long MAX_SEQ = 0xFFFF_FFFFL;
    private static final int ECN_MASK = 3;

    private static final Map<Character, Integer> FLAGS =
            Map.of(
                    'F', Tcp.FIN, 'S', Tcp.SYN, 'R', Tcp.RST, 'P', Tcp.PSH, 'U', Tcp.URG, 'E',
                    Tcp.ECE, 'W', Tcp.CWR, 'C', Tcp.CWR);

    /** The code points of RFC 3168 §5 by packetdrill's names. */
    private static final Map<String, Integer> ECN =
            Map.of("noecn", 0, "ect1", 1, "ect0", 2, "ce", 3);

    private final Tokens tokens;

    PacketParser(Tokens tokens) {
        this.tokens = tokens;
    }

    Action packet() {
        Direction direction = tokens.next().is('<') ? Direction.INJECTED : Direction.EXPECTED;
        for (String tunnel : List.of("ipv4", "ipv6", "gre", "GREv0", "mpls")) {
            if (tokens.peek().isWord(tunnel)) {
                throw new UnsupportedException("tunnelled packets (" + tunnel + ")");
            }
        }
        IpMarks marks = marks();
        if (tokens.peek().isWord("udp")) {
            throw new UnsupportedException("UDP packets");
        }
        if (tokens.peek().isWord("encap") || tokens.peek().isWord("psp")) {
            throw new UnsupportedException("PSP");
        }
        if (tokens.skip("icmp")) {
            return icmp(direction);
        }
        return segment(direction, marks);
    }

    private Action segment(Direction direction, IpMarks marks) {
        Ports ports = ports();
        int flags = flags();
        Position position = tokens.peek().position();
        SeqBase base = tokens.peek().is(Kind.ELLIPSIS) ? SeqBase.ANY : SeqBase.RELATIVE;
        long seq = 0;
        int length;
        if (base == SeqBase.ANY) {
            tokens.next();
            length = length();
        } else {
            seq = seq();
            length = length(position, seq);
            base = tokens.skip('!') ? SeqBase.ABSOLUTE : base;
        }
        Optional<Long> ack =
                tokens.skip("ack")
                        ? Optional.of(tokens.integer("an acknowledgement number", 0, MAX_SEQ))
                        : Optional.empty();
        Optional<Integer> window =
                tokens.skip("win")
                        ? Optional.of((int) tokens.integer("a window", 0, 0xFFFF))
                        : Optional.empty();
        int urgent = tokens.skip("urg") ? (int) tokens.integer("an urgent pointer", 0, 0xFFFF) : 0;
        Action segment =
                new Action.TcpSegment(
                        direction, marks, ports, flags, base, seq, length, ack, window, urgent,
                        options());
        if (tokens.peek().is('/') && !tokens.peek().first()) {
            throw new UnsupportedException("TCP over UDP");
        }
        return segment;
    }

    private long seq() {
        return tokens.integer("a sequence number", 0, MAX_SEQ);
    }

    /** {@code :end(length)}, which must agree with where it began. */
    private int length(Position position, long seq) {
        tokens.expect(':', "of a range of sequence numbers");
        long end = seq();
        int length = length();
        if ((seq + length & MAX_SEQ) != end) {
            throw new SyntaxException(
                    position,
                    "%d + %d bytes is %d, not %d".formatted(seq, length, seq + length, end));
        }
        return length;
    }

    private int length() {
        tokens.expect('(', "before the payload's length");
        int length = (int) tokens.integer("the payload's length", 0, 0xFFFF);
        tokens.expect(')', "behind the payload's length");
        return length;
    }

    private Ports ports() {
        if (!tokens.peek().is(Kind.INTEGER)) {
            return Ports.OF_CONNECTION;
        }
        int source = (int) tokens.integer("a port", 0, 0xFFFF);
        if (tokens.peek().is('/')) {
            throw new UnsupportedException("TCP over UDP");
        }
        tokens.expect('>', "between two ports");
        return new Ports(source, (int) tokens.integer("a port", 0, 0xFFFF));
    }

    private int flags() {
        if (tokens.skip('-')) {
            return 0;
        }
        int flags = 0;
        Token word = tokens.peek();
        if (word.is(Kind.WORD)) {
            tokens.next();
            for (char letter : word.text().toCharArray()) {
                if (letter == 'A') {
                    throw new UnsupportedException("AccECN");
                }
                Integer flag = FLAGS.get(letter);
                if (flag == null) {
                    throw new SyntaxException(
                            word.position(),
                            "expected TCP flags (F S R P U E W, or . alone), not " + word.shown());
                }
                flags |= flag;
            }
        }
        if (tokens.peek().is(Kind.DECIMAL)) {
            throw new UnsupportedException("AccECN");
        }
        if (tokens.skip('.')) {
            flags |= Tcp.ACK;
        } else if (!word.is(Kind.WORD)) {
            throw tokens.expected("TCP flags");
        }
        return flags;
    }

    /** {@code [ect0]}, {@code (tos 0x2)}, {@code [ttl 255]}; a flow label is read and not looked at. */
    private IpMarks marks() {
        char close = tokens.peek().is('[') ? ']' : ')';
        if (!tokens.skip('[') && !tokens.skip('(')) {
            return IpMarks.NONE;
        }
        if (!tokens.peek().is(Kind.WORD)) {
            throw new UnsupportedException("IP header fields other than tos, ttl and ECN");
        }
        IpMarks marks = IpMarks.NONE;
        do {
            String word = tokens.word("what the IP header holds");
            switch (word) {
                case "tos", "class" ->
                        marks = new IpMarks(0xFF, (int) number("a TOS", 0xFF), marks.ttl());
                case "ttl", "hlim" ->
                        marks =
                                new IpMarks(
                                        marks.mask(), marks.value(), (int) number("a TTL", 255));
                case "flowlabel" -> number("a flow label", 0xFFFFF);
                case "ect01" -> throw new UnsupportedException("[ect01]");
                default -> {
                    Integer point = ECN.get(word);
                    if (point == null) {
                        throw new UnsupportedException("[" + word + "]");
                    }
                    marks = new IpMarks(ECN_MASK, point, marks.ttl());
                }
            }
        } while (tokens.skip(','));
        tokens.expect(close, "behind what the IP header holds");
        return marks;
    }

    private long number(String what, long max) {
        return tokens.integer(what, 0, max);
    }

    // ---- options

    private Optional<List<SegmentOption>> options() {
        if (!tokens.peek().is('<') || tokens.peek().first()) {
            return Optional.of(List.of());
        }
        tokens.next();
        if (tokens.peek().is(Kind.ELLIPSIS)) {
            tokens.next();
            tokens.expect('>', "behind the options");
            return Optional.empty();
        }
        List<SegmentOption> options = new ArrayList<>();
        do {
            options.add(option());
        } while (tokens.skip(','));
        tokens.expect('>', "behind the options");
        return Optional.of(List.copyOf(options));
    }

    private SegmentOption option() {
        String name = tokens.word("a TCP option");
        return switch (name) {
            case "nop" -> new SegmentOption.Nop();
            case "eol" -> new SegmentOption.EndOfList();
            case "mss" -> new SegmentOption.Mss((int) number("an MSS", 0xFFFF));
            case "wscale" -> new SegmentOption.WindowScale((int) number("a window scale", 0xFF));
            case "sackOK" -> new SegmentOption.SackPermitted();
            case "sack" -> sack();
            case "TS" -> timestamps();
            case "FO", "FOEXP" -> throw new UnsupportedException("TCP Fast Open");
            case "md5" -> throw new UnsupportedException("TCP MD5 signatures");
            case "ECN" -> throw new UnsupportedException("AccECN");
            default -> throw new UnsupportedException("TCP option " + name);
        };
    }

    private SegmentOption sack() {
        List<SegmentOption.Block> blocks = new ArrayList<>();
        while (tokens.peek().is(Kind.INTEGER)) {
            long left = seq();
            tokens.expect(':', "between the edges of a SACK block");
            blocks.add(new SegmentOption.Block(left, seq()));
        }
        return new SegmentOption.Sack(List.copyOf(blocks));
    }

    private SegmentOption timestamps() {
        if (!tokens.skip("val")) {
            throw tokens.expected("'val' of a timestamp");
        }
        long val = number("TSval", MAX_SEQ);
        if (!tokens.skip("ecr")) {
            throw tokens.expected("'ecr' of a timestamp");
        }
        return new SegmentOption.Timestamps(val, number("TSecr", MAX_SEQ));
    }

    // ---- ICMP

    private Action icmp(Direction direction) {
        String type = tokens.word("an ICMP type").toLowerCase(Locale.ROOT);
        if (type.startsWith("echo")) {
            throw new UnsupportedException("ICMP " + type);
        }
        boolean code = tokens.peek().is(Kind.WORD) && !tokens.peek().isWord("mtu");
        String codeName = code ? tokens.next().text() : "";
        int mtu = tokens.skip("mtu") ? (int) number("an MTU", 0xFFFF) : -1;
        if (!tokens.skip('[')) {
            return new Action.IcmpError(direction, type, codeName, mtu, Optional.empty(), 0);
        }
        if (tokens.peek().is(Kind.WORD)) {
            throw new UnsupportedException("ICMP about " + tokens.peek().text());
        }
        Position position = tokens.peek().position();
        long seq = seq();
        int length = length(position, seq);
        if (tokens.peek().is('/')) {
            throw new UnsupportedException("TCP over UDP");
        }
        tokens.expect(']', "behind the quoted sequence numbers");
        return new Action.IcmpError(direction, type, codeName, mtu, Optional.of(seq), length);
    }
}

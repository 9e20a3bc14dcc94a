package dev.understudy.dispatcher.protocol;

import dev.understudy.stack.wire.IpAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A line of an FTP control connection that says where a data connection will be (RFC 959 §4.1.2, §4.2; RFC 2428):
 *
 * <pre>
 *   PORT 10,0,0,1,156,64                             the client listens at 10.0.0.1:40000
 *   EPRT |1|10.0.0.1|40000|     EPRT |2|2001:db8::1|40000|
 *   227 Entering Passive Mode (10,20,0,2,195,80)     the server does
 *   229 Entering Extended Passive Mode (|||50000|)   the server does, at the address of the control connection
 * </pre>
 *
 * What is not exactly of such a form is no such line: nothing is guessed, and nothing throws.
 *
 * @param kind which of the four it is
 * @param address as it stands there; empty for a 229
 * @param port 1..65535
 */
public record FtpLine(
        Kind kind, Optional<IpAddress> address, int port, String before, String after) {
    /** The forms. */
    public enum Kind {
        PORT,
        EPRT,
        PASSIVE,
        EXTENDED_PASSIVE
    }

    private static final String NUMBER = "(\\d{1,3})";
    private static final String HOST_PORT =
            NUMBER + "," + NUMBER + "," + NUMBER + "," + NUMBER + "," + NUMBER + "," + NUMBER;
    private static final Pattern PORT =
            Pattern.compile("(PORT +)" + HOST_PORT + "(\\s*)", Pattern.CASE_INSENSITIVE);
    private static final Pattern EPRT =
            Pattern.compile(
                    "(EPRT +)([!-~])([12])\\2([0-9a-f:.]{2,45})\\2(\\d{1,5})\\2(\\s*)",
                    Pattern.CASE_INSENSITIVE);
    private static final Pattern PASSIVE =
            Pattern.compile("(227 [^\\r\\n]*?)" + HOST_PORT + "((?!\\d)[^\\r\\n]*\\s*)");
    private static final Pattern EXTENDED =
            Pattern.compile("(229 [^\\r\\n]*?\\()([!-~])\\2\\2(\\d{1,5})\\2(\\)[^\\r\\n]*\\s*)");

    /** Reads a line of a client, its CRLF included. */
    public static Optional<FtpLine> ofClient(byte[] line, int length) {
        String text = new String(line, 0, length, StandardCharsets.ISO_8859_1);
        Matcher port = PORT.matcher(text);
        if (port.matches()) {
            return hostPort(Kind.PORT, port);
        }
        Matcher extended = EPRT.matcher(text);
        return extended.matches() ? extended(extended) : Optional.empty();
    }

    /** Reads a line of a server, its CRLF included. */
    public static Optional<FtpLine> ofServer(byte[] line, int length) {
        String text = new String(line, 0, length, StandardCharsets.ISO_8859_1);
        Matcher passive = PASSIVE.matcher(text);
        if (passive.matches()) {
            return hostPort(Kind.PASSIVE, passive);
        }
        Matcher extended = EXTENDED.matcher(text);
        if (!extended.matches()) {
            return Optional.empty();
        }
        String mark = extended.group(2);
        return of(
                Kind.EXTENDED_PASSIVE,
                Optional.empty(),
                Integer.parseInt(extended.group(3)),
                extended.group(1) + mark + mark + mark,
                mark + extended.group(4));
    }

    private static Optional<FtpLine> hostPort(Kind kind, Matcher matcher) {
        int[] numbers = new int[6];
        for (int i = 0; i < 6; i++) {
            numbers[i] = Integer.parseInt(matcher.group(2 + i));
            if (numbers[i] > 255) {
                return Optional.empty();
            }
        }
        int address = numbers[0] << 24 | numbers[1] << 16 | numbers[2] << 8 | numbers[3];
        return of(
                kind,
                Optional.of(IpAddress.v4(address)),
                numbers[4] << 8 | numbers[5],
                matcher.group(1),
                matcher.group(8));
    }

    private static Optional<FtpLine> extended(Matcher matcher) {
        String mark = matcher.group(2);
        IpAddress address;
        try {
            address = IpAddress.parse(matcher.group(4));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        if (address.isIpv4() != matcher.group(3).equals("1")) {
            return Optional.empty();
        }
        return of(
                Kind.EPRT,
                Optional.of(address),
                Integer.parseInt(matcher.group(5)),
                matcher.group(1) + mark + matcher.group(3) + mark,
                mark + matcher.group(6));
    }

    private static Optional<FtpLine> of(
            Kind kind, Optional<IpAddress> address, int port, String before, String after) {
        return port < 1 || port > 0xFFFF
                ? Optional.empty()
                : Optional.of(new FtpLine(kind, address, port, before, after));
    }

    /** The same line with another end. The address is of the family of the line's own; a 229 names none. */
    public byte[] with(IpAddress otherAddress, int otherPort) {
        String middle =
                switch (kind) {
                    case PORT, PASSIVE ->
                            otherAddress.toString().replace('.', ',')
                                    + ","
                                    + (otherPort >> 8)
                                    + ","
                                    + (otherPort & 0xFF);
                    case EPRT -> otherAddress.toString() + after.charAt(0) + otherPort;
                    case EXTENDED_PASSIVE -> Integer.toString(otherPort);
                };
        return (before + middle + after).getBytes(StandardCharsets.ISO_8859_1);
    }
}

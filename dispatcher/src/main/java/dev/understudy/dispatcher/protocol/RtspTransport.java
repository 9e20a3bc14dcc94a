package dev.understudy.dispatcher.protocol;

import dev.understudy.stack.wire.IpAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The Transport header of an RTSP message (RFC 2326 §12.39), by which client and server agree on the UDP ports of a stream:
 *
 * <pre>
 *   SETUP   Transport: RTP/AVP;unicast;client_port=4588-4589
 *   200 OK  Transport: RTP/AVP;unicast;client_port=4588-4589;server_port=6256-6257
 * </pre>
 *
 * Only the first alternative of a list counts, of which a server's answer has one. What is not of this form is passed over.
 *
 * @param clientPort the first of the client's ports, 0 if none is named
 * @param serverPort the first of the server's ports, 0 if none is named
 * @param ports how many each has: 2 with a range, else 1
 */
public record RtspTransport(int clientPort, int serverPort, int ports, String text) {
    /** What a line that matters begins with, in lower case. */
    public static final String HEADER = "transport:";

    private static final Pattern CLIENT = port("client_port");
    private static final Pattern SERVER = port("server_port");
    private static final Pattern SOURCE =
            Pattern.compile("(?<=[;\\s])source=([0-9a-fA-F.:]{2,45})(?=[;,\\s])");

    private static Pattern port(String name) {
        return Pattern.compile("(?<=[;\\s])" + name + "=(\\d{1,5})(?:-(\\d{1,5}))?(?=[;,\\s])");
    }

    /** Reads a line, its CRLF included; empty if it is no Transport header that names UDP ports. */
    public static Optional<RtspTransport> of(byte[] line, int length) {
        String text = new String(line, 0, length, StandardCharsets.ISO_8859_1);
        if (!text.regionMatches(true, 0, HEADER, 0, HEADER.length())
                || !text.endsWith("\n")
                || text.contains("interleaved=")) {
            return Optional.empty();
        }
        Matcher client = CLIENT.matcher(text);
        if (!client.find()) {
            return Optional.empty();
        }
        Matcher server = SERVER.matcher(text);
        boolean answered = server.find();
        int first = first(client);
        int count = count(client);
        int serverFirst = answered ? first(server) : 0;
        if (first == 0
                || count == 0
                || answered && (serverFirst == 0 || count(server) < count)
                || client.find()) {
            return Optional.empty();
        }
        return Optional.of(new RtspTransport(first, serverFirst, count, text));
    }

    /** 0 if it is none. */
    private static int first(Matcher matcher) {
        int port = Integer.parseInt(matcher.group(1));
        return port < 0xFFFF ? port : 0;
    }

    /** 0 if it is no pair. */
    private static int count(Matcher matcher) {
        if (matcher.group(2) == null) {
            return 1;
        }
        return Integer.parseInt(matcher.group(2)) == Integer.parseInt(matcher.group(1)) + 1 ? 2 : 0;
    }

    /** The same line with other ports of the client. */
    public RtspTransport withClientPort(int port) {
        String range = ports == 2 ? port + "-" + (port + 1) : Integer.toString(port);
        String other = CLIENT.matcher(text).replaceFirst("client_port=" + range);
        return new RtspTransport(port, serverPort, ports, other);
    }

    /** The same line with another source of the stream, if it names one. */
    public RtspTransport withSource(IpAddress address) {
        String other = SOURCE.matcher(text).replaceFirst("source=" + address);
        return new RtspTransport(clientPort, serverPort, ports, other);
    }

    public byte[] bytes() {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}

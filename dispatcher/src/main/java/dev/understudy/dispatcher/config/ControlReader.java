package dev.understudy.dispatcher.config;

import dev.understudy.stack.wire.Endpoint;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads {@code control:}. TCP is for this host alone, and never without a token: any local user may connect to it. */
final class ControlReader {
    /** {@code sun_path} of unix(7), without its final zero. */
    private static final int LONGEST_SOCKET_PATH = 107;

    private static final String A_PATH = "the path of a socket such as /run/understudy.sock";
    private static final String AN_ADDRESS = "a loopback address such as 127.0.0.1:7070";

    private final Findings findings;
    private final Scalars scalars;

    ControlReader(Findings findings) {
        this.findings = findings;
        this.scalars = new Scalars(findings);
    }

    ControlAccess read(Node node) {
        Section section =
                new Section(
                        "control",
                        node,
                        findings,
                        List.of("socket", "tcp", "token-file"),
                        List.of());
        Optional<Path> socket =
                section.optional("socket")
                        .flatMap(n -> scalars.parsed(n, A_PATH, ControlReader::socket));
        Optional<Endpoint> tcp =
                section.optional("tcp")
                        .flatMap(n -> scalars.parsed(n, AN_ADDRESS, ControlReader::loopback));
        Optional<Path> token =
                section.optional("token-file")
                        .flatMap(n -> scalars.parsed(n, "a path", ControlReader::absolute));
        if (section.has("tcp") && !section.has("token-file")) {
            findings.at(
                    section.where("tcp"),
                    "'tcp' in control needs 'token-file': any user of this host can connect to"
                            + " it.");
        }
        if (section.has("token-file") && !section.has("tcp")) {
            findings.at(
                    section.where("token-file"),
                    "'token-file' in control is for 'tcp'; the socket is guarded by its file"
                            + " mode.");
        }
        return new ControlAccess(socket, tcp, token);
    }

    private static Path socket(String text) {
        Path path = absolute(text);
        if (text.getBytes(StandardCharsets.UTF_8).length > LONGEST_SOCKET_PATH) {
            throw new IllegalArgumentException(
                    "the path of a socket has at most " + LONGEST_SOCKET_PATH + " bytes.");
        }
        return path;
    }

    private static Path absolute(String text) {
        if (!text.startsWith("/") || text.endsWith("/") || text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException(
                    "'" + Scalars.shorten(text) + "' is not an absolute path of a file.");
        }
        return Path.of(text);
    }

    private static Endpoint loopback(String text) {
        Endpoint endpoint;
        try {
            endpoint = Endpoint.parse(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "'" + Scalars.shorten(text) + "' is not " + AN_ADDRESS + ".", e);
        }
        if (!endpoint.address().toInetAddress().isLoopbackAddress()) {
            throw new IllegalArgumentException(
                    endpoint.address()
                            + " is not an address of this host's loopback; for other hosts lead"
                            + " the socket there yourself, with ssh -L for instance.");
        }
        return endpoint;
    }
}

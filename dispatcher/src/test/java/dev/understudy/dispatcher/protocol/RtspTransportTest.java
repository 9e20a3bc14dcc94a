package dev.understudy.dispatcher.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.wire.IpAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The header by which UDP ports are announced. */
@Tag("P60")
class RtspTransportTest {
    private static Optional<RtspTransport> read(String line) {
        byte[] bytes = (line + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
        return RtspTransport.of(bytes, bytes.length);
    }

    @Test
    void clientNamesItsPorts() {
        RtspTransport read = read("Transport: RTP/AVP;unicast;client_port=4588-4589").orElseThrow();
        assertThat(read.clientPort()).isEqualTo(4588);
        assertThat(read.ports()).isEqualTo(2);
        assertThat(read.serverPort()).isZero();
        assertThat(read.withClientPort(50_000).bytes())
                .asString()
                .isEqualTo("Transport: RTP/AVP;unicast;client_port=50000-50001\r\n");
    }

    @Test
    void serverNamesItsOwnBesides() {
        RtspTransport read =
                read("transport: RTP/AVP;client_port=4588;server_port=6256;source=10.20.0.2;ttl=1")
                        .orElseThrow();
        assertThat(read.clientPort()).isEqualTo(4588);
        assertThat(read.serverPort()).isEqualTo(6256);
        assertThat(read.ports()).isEqualTo(1);
        assertThat(read.withClientPort(7).withSource(IpAddress.parse("203.0.113.10")).bytes())
                .asString()
                .isEqualTo(
                        "transport:"
                            + " RTP/AVP;client_port=7;server_port=6256;source=203.0.113.10;ttl=1\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Transport: RTP/AVP/TCP;interleaved=0-1;client_port=1-2",
                "Transport: RTP/AVP;multicast;port=3456-3457",
                "Transport: RTP/AVP;client_port=70000-70001",
                "Transport: RTP/AVP;client_port=4588-4590",
                "Transport: RTP/AVP;client_port=0-1",
                "Transport: RTP/AVP;client_port=1-2;server_port=9",
                "Transport: RTP/AVP;client_port=1-2,RTP/AVP;client_port=3-4",
                "X-Transport: RTP/AVP;client_port=1-2",
                "",
            })
    void whatIsNotOfThisFormIsPassedOver(String line) {
        assertThat(read(line)).isEmpty();
    }

    @Test
    void noBytesMakeItThrow() {
        SplittableRandom random = new SplittableRandom(60);
        String[] parts = {
            "client_port=",
            "server_port=",
            "source=",
            ";",
            ",",
            "-",
            "4588",
            "99999",
            "0",
            "::",
            "10.0.0.1",
            "$1",
            "\\",
            " ",
            "\u00ff"
        };
        for (int i = 0; i < 100_000; i++) {
            StringBuilder line = new StringBuilder("Transport: ");
            for (int j = random.nextInt(12); j > 0; j--) {
                line.append(parts[random.nextInt(parts.length)]);
            }
            read(line.toString())
                    .ifPresent(
                            r ->
                                    assertThat(
                                                    r.withClientPort(9)
                                                            .withSource(IpAddress.parse("::1"))
                                                            .bytes())
                                            .isNotEmpty());
        }
    }
}

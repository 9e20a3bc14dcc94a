package dev.understudy.dispatcher.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.wire.IpAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Lines that announce FTP's data connections. */
@Tag("P61")
class FtpLineTest {
    private static final IpAddress OTHER = IpAddress.parse("198.51.100.7");
    private static final IpAddress OTHER_V6 = IpAddress.parse("2001:db8::7");

    private static Optional<FtpLine> client(String line) {
        byte[] bytes = line.getBytes(StandardCharsets.ISO_8859_1);
        return FtpLine.ofClient(bytes, bytes.length);
    }

    private static Optional<FtpLine> server(String line) {
        byte[] bytes = line.getBytes(StandardCharsets.ISO_8859_1);
        return FtpLine.ofServer(bytes, bytes.length);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "PORT 10,0,0,1,156,64;  10.0.0.1;    40000; PORT 198,51,100,7,195,80",
                "port  10,0,0,1,0,21;   10.0.0.1;    21;    port  198,51,100,7,195,80",
                "EPRT |1|10.0.0.1|40000|; 10.0.0.1;  40000; EPRT |1|198.51.100.7|50000|",
                "EPRT !1!10.0.0.1!7!;   10.0.0.1;    7;     EPRT !1!198.51.100.7!50000!",
            })
    void clientThatListens(String line, String address, int port, String other) {
        FtpLine read = client(line + "\r\n").orElseThrow();
        assertThat(read.address()).contains(IpAddress.parse(address));
        assertThat(read.port()).isEqualTo(port);
        assertThat(new String(read.with(OTHER, 50_000), StandardCharsets.ISO_8859_1))
                .isEqualTo(other + "\r\n");
    }

    @Test
    void clientThatListensOverIpv6() {
        FtpLine read = client("EPRT |2|2001:db8::1|40000|\r\n").orElseThrow();
        assertThat(read.address()).contains(IpAddress.parse("2001:db8::1"));
        assertThat(read.with(OTHER_V6, 1)).asString().isEqualTo("EPRT |2|2001:db8::7|1|\r\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "227 Entering Passive Mode (10,20,0,2,195,80).; 50000;"
                        + " 227 Entering Passive Mode (198,51,100,7,1,2).",
                "227 =10,20,0,2,0,9; 9; 227 =198,51,100,7,1,2",
                "229 Entering Extended Passive Mode (|||50000|); 50000;"
                        + " 229 Entering Extended Passive Mode (|||258|)",
            })
    void serverThatListens(String line, int port, String other) {
        FtpLine read = server(line + "\r\n").orElseThrow();
        assertThat(read.port()).isEqualTo(port);
        assertThat(read.with(OTHER, 258)).asString().isEqualTo(other + "\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PORT",
                "PORT 10,0,0,1,156",
                "PORT 10,0,0,256,1,1",
                "PORT 10,0,0,1,0,0",
                "PORT 10,0,0,1,1,1,1",
                "EPRT |1|10.0.0.1|70000|",
                "EPRT |2|10.0.0.1|7|",
                "EPRT |1|2001:db8::1|7|",
                "EPRT |1|:::::|7|",
                "EPRT |3|10.0.0.1|7|",
                "RETR PORT 10,0,0,1,1,1",
                "",
            })
    void whatIsNotExactlySuchALineIsNone(String line) {
        assertThat(client(line + "\r\n")).isEmpty();
        assertThat(server(line + "\r\n")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "227 Entering Passive Mode",
                "227-Entering (10,20,0,2,195,80)",
                "229 (|1||50000|)",
                "229 (|||0|)",
                "229 (|||99999|)",
                "230 (10,20,0,2,195,80)",
            })
    void repliesThatAnnounceNothing(String line) {
        assertThat(server(line + "\r\n")).isEmpty();
    }

    @Test
    void noBytesMakeItThrow() {
        SplittableRandom random = new SplittableRandom(61);
        String alphabet = "PORTEPRT 0123456789,,|||.:()2279\r\n\u00e9a";
        for (int i = 0; i < 200_000; i++) {
            StringBuilder line =
                    new StringBuilder(
                            switch (random.nextInt(5)) {
                                case 0 -> "PORT ";
                                case 1 -> "EPRT |1|";
                                case 2 -> "227 (";
                                case 3 -> "229 (";
                                default -> "";
                            });
            int length = random.nextInt(30);
            for (int j = 0; j < length; j++) {
                line.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            client(line.toString()).ifPresent(read -> assertThat(read.with(OTHER, 1)).isNotEmpty());
            server(line.toString()).ifPresent(read -> assertThat(read.with(OTHER, 1)).isNotEmpty());
        }
    }
}

package dev.understudy.tools.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.ServiceConfig.Protocol;
import dev.understudy.stack.link.Kernel;
import dev.understudy.stack.wire.Endpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real FTP: curl asks an original whose vsftpd is dead, and its data connections find the one that took over. */
@Tag("kernel")
@Tag("P61")
final class FtpTest {
    private static final Endpoint ORIGINAL = Endpoint.parse("203.0.113.10:21");

    @TempDir private Path scratch;
    private final AddressWatch clientSide = new AddressWatch();

    @BeforeEach
    void requirements() {
        Kernel.requireTap();
        Kernel.requireProgram("curl");
        Kernel.requireProgram("vsftpd");
    }

    /** How the second connection is asked for: EPSV, PASV, EPRT, PORT. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "--ftp-pasv",
                "--disable-epsv",
                "--ftp-port - --eprt",
                "--ftp-port - --disable-eprt"
            })
    @Tag("P01")
    @Tag("P12")
    void theDataConnectionFindsTheServerThatTookOver(String options) throws IOException {
        byte[] much = new byte[5 << 20];
        new Random(61).nextBytes(much);
        Path mine = Files.createDirectories(scratch.resolve("a"));
        Path theirs = Files.createDirectories(scratch.resolve("b"));
        try (Theatre theatre =
                        new Theatre(
                                true,
                                true,
                                (client, servers) -> client.pipeline().addFirst(clientSide));
                Vsftpd a = new Vsftpd(theatre.server("A").host(), "203.0.113.10", mine);
                Vsftpd b = new Vsftpd(theatre.server("B").host(), "10.20.2.2", theirs)) {
            Files.writeString(mine.resolve("files/who"), "A\n");
            Files.writeString(theirs.resolve("files/who"), "B\n");
            Files.write(theirs.resolve("files/much"), much);
            theatre.play(
                    Rig.speaking(
                            Protocol.FTP,
                            theatre.service(ORIGINAL, ORIGINAL, Theatre.at(2, Vsftpd.PORT))));
            a.start();
            b.start();
            assertThat(curl(theatre, options, "who")).asString().isEqualTo("A\n");

            a.kill();

            assertThat(curl(theatre, options, "who")).asString().isEqualTo("B\n");
            assertThat(curl(theatre, options, "much")).isEqualTo(much);
            assertThat(clientSide.addresses())
                    .allMatch(at -> at.startsWith("10.111.0.") || at.equals("203.0.113.10"));
            Rig.await("empty tables", () -> theatre.understudy().idle());
            // The first snapshot of all is taken before anything was counted.
            Rig.await("counters", () -> !theatre.counters().isEmpty());
            assertThat(theatre.counters())
                    .containsEntry("sessions-opened", 6L)
                    .containsEntry("announced", 3L);
        }
    }

    private byte[] curl(Theatre theatre, String options, String file) throws IOException {
        Path into = scratch.resolve("into");
        List<String> command =
                new ArrayList<>(List.of("curl", "-sS", "--max-time", "20", "-o", into.toString()));
        command.addAll(List.of(options.split(" ", -1)));
        command.add("ftp://203.0.113.10/" + file);
        theatre.client().run(command.toArray(String[]::new));
        return Files.readAllBytes(into);
    }
}

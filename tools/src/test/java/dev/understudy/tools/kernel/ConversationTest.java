package dev.understudy.tools.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.Bind;
import dev.understudy.dispatcher.config.Bind.Accept;
import dev.understudy.dispatcher.config.Bind.By;
import dev.understudy.dispatcher.config.Route;
import dev.understudy.dispatcher.config.ServerConfig;
import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.config.ServiceConfig.Recover;
import dev.understudy.dispatcher.config.ServiceConfig.Statuses;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.control.EventText;
import dev.understudy.dispatcher.protocol.UrlPattern;
import dev.understudy.stack.link.Kernel;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.tools.net.Nginx;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real curl, real nginx, and a dispatcher that reads along: what the client asked for arrives, whoever dies. */
@Tag("kernel")
final class ConversationTest {
    private static final int PORT = 8081;
    private static final Endpoint ORIGINAL = Endpoint.parse("203.0.113.10:" + PORT);
    private static final int MEBIBYTE = 1 << 20;
    private static final int SIZE = 48 * MEBIBYTE;
    private static final Recover ALL =
            new Recover(true, true, true, true, List.of(new Statuses(404, 404)), true);

    @TempDir Path scratch;
    private Theatre theatre;
    private Nginx a;
    private Nginx b;
    private Path onA;
    private Path onB;

    @BeforeEach
    void build() throws IOException {
        Kernel.requireTap();
        Kernel.requireProgram("curl");
        Kernel.requireProgram("nginx");
        theatre = new Theatre();
    }

    @AfterEach
    void end() throws IOException {
        if (a != null) {
            a.close();
            b.close();
        }
        if (theatre != null) {
            theatre.close();
        }
    }

    private void serve(String directives) throws IOException {
        onA = Files.createDirectories(scratch.resolve("on-a"));
        onB = Files.createDirectories(scratch.resolve("on-b"));
        a = nginx("A", onA, directives);
        b = nginx("B", onB, directives);
        a.start();
        b.start();
    }

    private Nginx nginx(String name, Path files, String directives) throws IOException {
        Path own = Files.createDirectories(scratch.resolve("nginx-" + name));
        return new Nginx(theatre.server(name).host(), PORT, own, files, directives);
    }

    private static ServiceConfig with(ServiceConfig service, Recover recover, Bind bind) {
        return new ServiceConfig(
                service.name(),
                service.originals(),
                service.servers(),
                service.connect(),
                recover,
                service.protocol(),
                bind,
                Optional.empty());
    }

    private void play(Recover recover, Bind bind) {
        theatre.play(
                with(
                        theatre.service(ORIGINAL, Theatre.at(1, PORT), Theatre.at(2, PORT)),
                        recover,
                        bind));
    }

    /** The same file, of the same age, on both servers. */
    private String file(String name) throws IOException {
        Path file = onA.resolve(name);
        Random random = new Random(7);
        byte[] bytes = new byte[MEBIBYTE];
        try (OutputStream out = Files.newOutputStream(file)) {
            for (int i = 0; i < SIZE / MEBIBYTE; i++) {
                random.nextBytes(bytes);
                out.write(bytes);
            }
        }
        Files.copy(file, onB.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        FileTime old = FileTime.from(Instant.parse("2020-01-01T00:00:00Z"));
        Files.setLastModifiedTime(file, old);
        Files.setLastModifiedTime(onB.resolve(name), old);
        return digest(file);
    }

    private static String digest(Path file) throws IOException {
        try (DigestInputStream in =
                new DigestInputStream(
                        Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
            in.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(in.getMessageDigest().digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "etag off;", "etag off; add_header Last-Modified \"\"; max_ranges 0;"})
    @Tag("B03")
    void downloadOutlivesTheServerThatDiesInItsMiddle(String directives)
            throws IOException, InterruptedException {
        serve(directives);
        String expected = file("big");
        play(ALL, Bind.CONNECT);
        long before = theatre.lastEvent();
        Path got = scratch.resolve("got");

        Process curl = curl("-o", got.toString(), "--limit-rate", "24M", url("big"));
        Rig.await("a part of it", () -> size(got) > SIZE / 8);
        a.kill();

        assertThat(curl.waitFor()).as(() -> said(curl) + story(before)).isZero();
        assertThat(digest(got)).isEqualTo(expected);
        assertThat(kinds(before)).contains(Kind.RESUMED, Kind.HIDDEN);
    }

    @Test
    @Tag("B03")
    void downloadOutlivesOneDeathAfterTheOther() throws IOException, InterruptedException {
        serve("");
        String expected = file("big");
        play(ALL, Bind.CONNECT);
        long before = theatre.lastEvent();
        Path got = scratch.resolve("got");
        Process curl = curl("-o", got.toString(), "--limit-rate", "24M", url("big"));

        Rig.await("a part of it", () -> size(got) > SIZE / 24);
        a.kill();
        Rig.await("the first move", () -> kinds(before).contains(Kind.RESUMED));
        a.start();
        Rig.await("more of it", () -> size(got) > SIZE / 4);
        b.kill();

        assertThat(curl.waitFor()).as(() -> said(curl) + story(before)).isZero();
        assertThat(digest(got)).isEqualTo(expected);
        assertThat(kinds(before).stream().filter(Kind.RESUMED::equals)).hasSize(2);
    }

    /**
     * Pauses of a second in the middle of an answer, three time-outs long. Linux answers probes at most twice a second, and
     * that is enough.
     */
    @Test
    @Tag("P20")
    void answerThatComesInDribletsIsNoDeath() throws IOException, InterruptedException {
        serve("limit_rate 100;");
        String driblets = "eighty bytes of text ".repeat(4);
        Files.writeString(onA.resolve("driblets"), driblets);
        Files.writeString(onB.resolve("driblets"), driblets);
        ServiceConfig service = theatre.service(ORIGINAL, Theatre.at(1, PORT), Theatre.at(2, PORT));
        ServiceConfig.Connect connect = service.connect();
        theatre.play(
                new ServiceConfig(
                        service.name(),
                        service.originals(),
                        service.servers(),
                        new ServiceConfig.Connect(
                                connect.strategy(), connect.staggerNanos(), 300_000_000L, 3),
                        ALL));
        long before = theatre.lastEvent();

        Process curl = curl("-w", " %{time_total}", url("driblets"));

        String said = output(curl);
        int seconds = said.lastIndexOf(' ');
        assertThat(said.substring(0, seconds)).isEqualTo(driblets);
        assertThat(Double.parseDouble(said.substring(seconds))).as("seconds").isGreaterThan(2);
        assertThat(curl.waitFor()).isZero();
        assertThat(kinds(before)).doesNotContain(Kind.RESUMED, Kind.RELOCATED, Kind.HIDDEN);
    }

    @Test
    @Tag("P21")
    void pageThatOneServerLacksComesFromTheOther() throws IOException, InterruptedException {
        serve("");
        Files.writeString(onB.resolve("page"), "the page\n");
        play(ALL, Bind.CONNECT);

        Process curl = curl("-f", url("page"));

        assertThat(output(curl)).isEqualTo("the page\n");
        assertThat(curl.waitFor()).isZero();
    }

    @Test
    @Tag("P22")
    void pageThatNobodyHasIsARealNotFound() throws IOException, InterruptedException {
        serve("");
        play(ALL, Bind.CONNECT);

        Process curl = curl("-o", "/dev/null", "-w", "%{http_code}", url("none"));

        assertThat(output(curl)).isEqualTo("404");
        assertThat(curl.waitFor()).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Tag("P27")
    @Tag("P28")
    @Tag("P33")
    @Tag("P34")
    @Tag("B02")
    void oneConnectionReadsFromTheServersThatHold(boolean instant)
            throws IOException, InterruptedException {
        serve("");
        Files.writeString(onA.resolve("page"), "from A\n");
        Files.createDirectories(onB.resolve("images"));
        Files.writeString(onB.resolve("images").resolve("logo"), "from B\n");
        UrlPattern images =
                new UrlPattern(Optional.empty(), Optional.of("/images/**"), Set.of(), List.of());
        UrlPattern page =
                new UrlPattern(Optional.empty(), Optional.of("/page"), Set.of(), List.of());
        List<Route> routes =
                List.of(
                        Route.to(images, List.of(ServerConfig.of(Theatre.at(2, PORT)))),
                        Route.to(page, List.of(ServerConfig.of(Theatre.at(1, PORT)))));
        Accept accept = instant ? Accept.INSTANT : Accept.HONEST;
        play(Recover.DEFAULT, new Bind(By.URL, accept, 250_000_000L, routes));

        Process curl =
                curl(
                        "-w",
                        "%{num_connects} ",
                        url("images/logo"),
                        url("page"),
                        url("images/logo"),
                        url("page"));

        assertThat(output(curl)).isEqualTo("from B\n1 from A\n0 from B\n0 from A\n0 ");
        assertThat(curl.waitFor()).isZero();
    }

    private static String url(String path) {
        return "http://203.0.113.10:" + PORT + "/" + path;
    }

    private Process curl(String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of("curl", "-sS", "--max-time", "20"));
        command.addAll(List.of(options));
        return theatre.client().namespace().start(new ProcessBuilder(command));
    }

    private static String output(Process process) throws IOException {
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static String said(Process process) {
        try {
            return new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the dispatcher did meanwhile, and where it stands. */
    private String story(long after) {
        String events =
                theatre.eventsAfter(after).stream()
                        .map(EventText::line)
                        .collect(Collectors.joining("\n"));
        return events + "\n" + theatre.snapshot().sessions() + theatre.snapshot().counters();
    }

    private List<Kind> kinds(long after) {
        return theatre.eventsAfter(after).stream().map(event -> event.kind()).toList();
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException notYet) {
            return 0;
        }
    }
}

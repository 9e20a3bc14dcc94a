package dev.understudy.dispatcher.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * No bytes make a reader throw, and however they are cut, what is read is the same. Runs for about a second from a fixed
 * seed; {@code -Dfuzz.seconds=} and {@code -Dfuzz.seed=} make it longer or other.
 */
class ProtocolFuzzTest {
    private static final long SECONDS = Long.getLong("fuzz.seconds", 1);
    private static final long SEED = Long.getLong("fuzz.seed", 20260101);

    private static final List<String> CLIENTS =
            List.of(
                    "GET /a HTTP/1.1|Host: h||GET http://h/b?c HTTP/1.1|Host: h|Connection:"
                            + " close||",
                    "POST /a HTTP/1.1|Host: h|Content-Length: 5||12345GET / HTTP/1.0||",
                    "PUT /a HTTP/1.1|Transfer-Encoding: chunked||5|12345|0|X: y||GET /x"
                            + " HTTP/1.1|Host: h||",
                    "PRI * HTTP/2.0||SM||\0\0\0\4\0\0\0\0\0\0\0\1\1\4\0\0\0\1\u0082",
                    "\u0016\u0003\u0001\0@\1\0\0<\3\3");
    private static final List<String> SERVERS =
            List.of(
                    "HTTP/1.1 100 Continue||HTTP/1.1 200 OK|Content-Length: 5||12345",
                    "HTTP/1.1 200 OK|Transfer-Encoding: chunked||5|12345|a|0123456789|0||HTTP/1.1"
                            + " 404 No|Content-Length: 1||1",
                    "HTTP/1.0 200 OK|ETag: \"x\"||until the end",
                    "HTTP/1.1 204 No||HTTP/1.1 304 No|Content-Length: 5||HTTP/1.1 101 Up||");

    private final SplittableRandom random = new SplittableRandom(SEED);

    @Test
    void readsTheSameHoweverItIsCutAndNeverThrows() {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        int rounds = 0;
        int read = 0;
        for (; rounds < 2_000 || System.nanoTime() < end; rounds++) {
            byte[] client = mutate(CLIENTS.get(random.nextInt(CLIENTS.size())));
            byte[] server = mutate(SERVERS.get(random.nextInt(SERVERS.size())));
            try {
                String requests = requests(client, false);
                assertThat(requests(client, true)).isEqualTo(requests);
                String responses = responses(server, false);
                assertThat(responses(server, true)).isEqualTo(responses);
                String hello = hello(client, false);
                assertThat(hello(client, true)).isEqualTo(hello);
                read += requests.startsWith("[") || responses.startsWith("[") ? 1 : 0;
            } catch (RuntimeException | AssertionError e) {
                fail(
                        "seed %d, round %d: %s / %s"
                                .formatted(
                                        SEED,
                                        rounds,
                                        new String(client, StandardCharsets.ISO_8859_1),
                                        new String(server, StandardCharsets.ISO_8859_1)),
                        e);
            }
        }
        assertThat(read)
                .as("rounds in which something was read, of %d", rounds)
                .isGreaterThan(rounds / 4);
    }

    private byte[] mutate(String seed) {
        byte[] bytes = Bytes.lines(seed).getBytes(StandardCharsets.ISO_8859_1);
        for (int i = random.nextInt(4); i > 0; i--) {
            int at = random.nextInt(bytes.length);
            if (random.nextInt(3) == 0) {
                bytes[at] = (byte) random.nextInt(256);
            } else {
                bytes[at] = bytes[random.nextInt(bytes.length)];
            }
        }
        return bytes;
    }

    private String requests(byte[] bytes, boolean cut) {
        HttpRequestReader reader = new HttpRequestReader();
        feed(bytes, cut, reader::read);
        StringBuilder seen = new StringBuilder();
        reader.poll()
                .ifPresent(r -> seen.append("[").append(r).append(r.host()).append(r.bodyEnd()));
        reader.poll().ifPresent(r -> seen.append("[").append(r).append(r.start()));
        assertThat(reader.position()).isEqualTo(bytes.length);
        assertThat(reader.skippable()).isNotNegative();
        return seen + " " + reader.state() + reader.reason() + reader.notHttp();
    }

    private String responses(byte[] bytes, boolean cut) {
        HttpResponseReader reader = new HttpResponseReader();
        reader.expect("GET");
        reader.expect("GET");
        feed(bytes, cut, reader::read);
        StringBuilder seen = new StringBuilder();
        for (int i = 0; i < 3; i++) {
            reader.poll()
                    .ifPresent(
                            r -> seen.append("[").append(r).append(r.start()).append(r.bodyEnd()));
        }
        assertThat(reader.position()).isEqualTo(bytes.length);
        return seen
                + " "
                + reader.state()
                + reader.reason()
                + reader.content()
                + reader.leftOfChunk();
    }

    private String hello(byte[] bytes, boolean cut) {
        TlsHello hello = new TlsHello();
        feed(bytes, cut, hello::read);
        return hello.result() + " " + hello.name() + hello.protocols();
    }

    private void feed(byte[] bytes, boolean cut, Consumer<ByteBuf> reader) {
        int at = 0;
        while (at < bytes.length) {
            int step = cut ? 1 + random.nextInt(Math.min(9, bytes.length - at)) : bytes.length;
            reader.accept(Unpooled.wrappedBuffer(bytes, at, step));
            at += step;
        }
    }
}

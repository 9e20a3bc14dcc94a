package dev.understudy.dispatcher.recover;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What may be sent to a second server (RFC 9110 §9.2.2). */
@Tag("B07")
class RepeatableTest {
    private static final String END = " HTTP/1.1\r\n\r\n";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "GET /" + END,
                "GET /half",
                "HEAD /" + END,
                "OPTIONS *" + END,
                "TRACE /" + END,
                "DELETE /x" + END,
                "PUT /x HTTP/1.1\r\nContent-Length: 4\r\n\r\nPOST",
                "GET /" + END + "GET /next" + END,
                "GET /" + END + "HEAD /next",
            })
    void idempotentRequestsMay(String said) {
        assertThat(Repeatable.is(said)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST /" + END,
                "PATCH /" + END,
                "CONNECT x:443" + END,
                "get /" + END,
                "GE",
                "GET",
                "GET /" + END + "POST /" + END,
                "GET /" + END + "body that nobody announced",
                "\r\nGET /" + END,
                "SSH-2.0-OpenSSH\r\n",
                "EHLO x\r\n",
                "\0\1\2",
            })
    void everythingElseMayNot(String said) {
        assertThat(Repeatable.is(said)).isFalse();
    }

    @Test
    void tlsHelloMayButNotWhatFollowsIt() {
        String hello = "\u0016\u0003\u0001\u0001\u0002" + "x".repeat(258);

        assertThat(Repeatable.is(hello)).isTrue();
        assertThat(Repeatable.is(hello.substring(0, 100))).isTrue();
        assertThat(Repeatable.is(hello.substring(0, 2))).isTrue();
        assertThat(Repeatable.is(hello + "\u0016\u0003\u0001")).as("its second record").isTrue();
        assertThat(Repeatable.is(hello + "\u0017\u0003\u0003")).isFalse();
        assertThat(Repeatable.is(hello + "\u0014\u0003\u0003")).isFalse();
    }

    @Test
    void segmentsAreReadInTheirOrderAndEachByteOnce() {
        int first = -3;
        List<ByteBuf> packets =
                List.of(
                        segment(first - 1, ""),
                        segment(first + 6, "\r\n\r\nPO"),
                        segment(first, "GET"),
                        segment(first, "GET /x"),
                        segment(first + 12, "ST /"));

        assertThat(Repeatable.are(packets, first)).isFalse();
        assertThat(Repeatable.are(packets.subList(0, 1), first)).isTrue();
        assertThat(
                        Repeatable.are(
                                List.of(segment(first, "GET /x"), segment(first + 99, "POST ")),
                                first))
                .as("what stands behind missing bytes has not been executed")
                .isTrue();
        assertThat(Repeatable.are(List.of(segment(first + 5, "POST ")), first)).isTrue();
    }

    private static ByteBuf segment(int seq, String payload) {
        return TestPackets.tcp("10.0.0.1:4", "10.0.0.2:80").seq(seq).payload(payload).build();
    }
}

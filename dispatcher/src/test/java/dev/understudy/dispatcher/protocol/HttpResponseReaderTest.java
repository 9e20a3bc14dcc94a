package dev.understudy.dispatcher.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.understudy.dispatcher.protocol.HttpResponseReader.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpResponseReaderTest {
    private static final String PAGE =
            Bytes.lines(
                    "HTTP/1.1 200 OK|ETag: \"fox\"|Content-Length: 5|Accept-Ranges: bytes||hello");
    private static final String MISSING =
            Bytes.lines("HTTP/1.1 404 Not Found|Content-Length: 4||none");
    private static final String CHUNKED =
            Bytes.lines("HTTP/1.1 200 OK|Transfer-Encoding: chunked||4|hell|1|o|0|Checked: yes||");

    private final HttpResponseReader reader = new HttpResponseReader();

    private HttpResponse read(String text) {
        reader.read(Bytes.of(text));
        return reader.poll().orElseThrow(() -> new AssertionError("none: " + reader.reason()));
    }

    private HttpResponse head(String lines) {
        reader.expect("GET");
        return read(lines.replace("|", "\r\n") + "\r\n\r\n");
    }

    @Test
    void saysWhatCameAndWhereItLies() {
        reader.expect("GET");
        HttpResponse response = read(PAGE);

        assertThat(response.status()).isEqualTo(200);
        assertThat(response.start()).isZero();
        assertThat(response.headEnd()).isEqualTo(PAGE.length() - 5);
        assertThat(response.bodyEnd()).isEqualTo(PAGE.length());
        assertThat(response.framing()).isEqualTo(Framing.LENGTH);
        assertThat(response.bodyLength()).isEqualTo(5);
        assertThat(response.strongEtag()).contains("\"fox\"");
        assertThat(response.acceptsRanges()).isTrue();
        assertThat(response.close()).isFalse();
        assertThat(reader.idle()).isTrue();
    }

    @Test
    void theStatusIsKnownLongBeforeTheHead() {
        reader.expect("GET");
        for (int at = 0; at < 12; at++) {
            reader.read(Bytes.of(MISSING.substring(at, at + 1)));
            assertThat(reader.current()).as("after %d bytes", at + 1).isEmpty();
        }
        HttpResponse response = read(MISSING.substring(12, 13));
        assertThat(response.status()).isEqualTo(404);
        assertThat(response.headRead()).isFalse();
        assertThat(response.etag()).isEmpty();

        reader.read(Bytes.of(MISSING.substring(13)));
        assertThat(response.headRead()).isTrue();
        assertThat(response.bodyEnd()).isEqualTo(MISSING.length());
    }

    @Test
    void findsThePartsHoweverTheStreamIsCut() {
        String stream =
                PAGE
                        + "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                        + CHUNKED
                        + "HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"
                        + "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"
                        + "HTTP/1.0 200 OK\r\n\r\nuntil the end";
        List<String> whole = places(stream, stream.length());
        assertThat(whole)
                .containsExactly(
                        "200 0 73 78 LENGTH",
                        "103 78 115 115 NONE",
                        "200 115 162 196 CHUNKED",
                        "200 196 236 236 NONE",
                        "304 236 284 284 NONE",
                        "200 284 303 316 UNTIL_CLOSE");
        for (int at = 0; at < stream.length(); at++) {
            assertThat(places(stream, at)).as("cut at %d", at).isEqualTo(whole);
        }
    }

    private static List<String> places(String stream, int cut) {
        HttpResponseReader reader = new HttpResponseReader();
        List.of("GET", "GET", "HEAD", "GET", "GET").forEach(reader::expect);
        Bytes.cut(stream, cut, reader::read);
        assertThat(reader.closed()).isTrue();
        assertThat(reader.position()).isEqualTo(stream.length());
        List<String> places = new ArrayList<>();
        for (Optional<HttpResponse> r = reader.poll(); r.isPresent(); r = reader.poll()) {
            HttpResponse response = r.get();
            places.add(
                    response.status()
                            + " "
                            + response.start()
                            + " "
                            + response.headEnd()
                            + " "
                            + response.bodyEnd()
                            + " "
                            + response.framing());
        }
        return places;
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiterString = " -> ",
            textBlock =
                    """
                    GET  -> HTTP/1.1 200 OK|Content-Length: 7                             -> LENGTH
                    GET  -> HTTP/1.1 200 OK                                               -> UNTIL_CLOSE
                    GET  -> HTTP/1.1 200 OK|Transfer-Encoding: gzip                       -> UNTIL_CLOSE
                    GET  -> HTTP/1.1 200 OK|Transfer-Encoding: gzip, chunked              -> CHUNKED
                    HEAD -> HTTP/1.1 200 OK|Transfer-Encoding: chunked                    -> NONE
                    HEAD -> HTTP/1.1 404 Not Found|Content-Length: 7                      -> NONE
                    GET  -> HTTP/1.1 204 No Content                                       -> NONE
                    GET  -> HTTP/1.1 304 Not Modified|Content-Length: 7                   -> NONE
                    POST -> HTTP/1.1 205|Content-Length: 0                                -> NONE
                    GET  -> HTTP/1.1 200 OK|Content-Length: 7|Content-Length: 8           -> UNKNOWN
                    GET  -> HTTP/1.1 200 OK|Content-Length: 7|Transfer-Encoding: chunked  -> UNKNOWN
                    CONNECT -> HTTP/1.1 407 No|Content-Length: 7                          -> LENGTH
                    """)
    void framesByMethodStatusAndFields(String method, String lines, Framing framing) {
        reader.expect(method);
        HttpResponse response = read(lines.replace("|", "\r\n") + "\r\n\r\n");
        assertThat(response.framing()).isEqualTo(framing);
        assertThat(reader.ambiguous()).isEqualTo(framing == Framing.UNKNOWN);
    }

    @Test
    void knowsWhatResumingNeeds() {
        HttpResponse response =
                head(
                        "HTTP/1.1 206 Partial Content|ETag: W/\"fox\"|Last-Modified: Tue, 01 Jul"
                                + " 2025 10:00:00 GMT|Date: Tue, 01 Jul 2025 12:00:00"
                                + " GMT|Content-Range: bytes 5-9/10|Content-Encoding:"
                                + " gzip|Accept-Ranges: none|Connection: close|Content-Length: 5");
        assertThat(response.etag()).contains("W/\"fox\"");
        assertThat(response.strongEtag()).isEmpty();
        assertThat(response.lastModified()).contains("Tue, 01 Jul 2025 10:00:00 GMT");
        assertThat(response.date()).contains("Tue, 01 Jul 2025 12:00:00 GMT");
        assertThat(response.contentRange()).contains("bytes 5-9/10");
        assertThat(response.contentEncoding()).contains("gzip");
        assertThat(response.acceptsRanges()).isFalse();
        assertThat(response.close()).isTrue();
    }

    @Test
    void insideAChunkItKnowsHowMuchIsContentAndHowMuchIsLeft() {
        reader.expect("GET");
        String head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        read(head + "A\r\n01234");
        assertThat(reader.content()).isEqualTo(5);
        assertThat(reader.leftOfChunk()).isEqualTo(5);
        assertThat(reader.skippable()).isEqualTo(5);

        reader.skip(5);
        assertThat(reader.content()).isEqualTo(10);
        assertThat(reader.leftOfChunk()).isZero();
        reader.read(Bytes.of("\r\n3\r\nabc"));
        assertThat(reader.content()).isEqualTo(13);
        assertThatIllegalArgumentException().isThrownBy(() -> reader.skip(1));
    }

    @Test
    void ofABodyWithALengthContentIsCountedToo() {
        reader.expect("GET");
        read(PAGE.substring(0, PAGE.length() - 2));
        assertThat(reader.content()).isEqualTo(3);
        assertThat(reader.skippable()).isEqualTo(2);
        assertThat(reader.idle()).isFalse();
        reader.skip(2);
        assertThat(reader.idle()).isTrue();
    }

    @Test
    void aCloseInMidBodyIsTold() {
        reader.expect("GET");
        read(PAGE.substring(0, PAGE.length() - 1));
        assertThat(reader.closed()).isFalse();

        HttpResponseReader unanswered = new HttpResponseReader();
        unanswered.expect("GET");
        assertThat(unanswered.closed()).isFalse();

        HttpResponseReader done = new HttpResponseReader();
        done.expect("GET");
        done.read(Bytes.of(PAGE));
        assertThat(done.closed()).isTrue();
    }

    @Test
    void anInterimResponseAnswersNothing() {
        reader.expect("PUT");
        HttpResponse interim = read("HTTP/1.1 100 Continue\r\n\r\n");
        assertThat(interim.interim()).isTrue();
        assertThat(reader.owing()).isEqualTo(1);
        assertThat(read(PAGE).interim()).isFalse();
        assertThat(reader.owing()).isZero();
    }

    @Test
    void aSwitchOfProtocolsEndsReading() {
        HttpResponse response = head("HTTP/1.1 101 Switching Protocols|Upgrade: websocket");
        assertThat(response.interim()).isFalse();
        assertThat(reader.state()).isEqualTo(State.OPAQUE);
        assertThat(reader.ambiguous()).isFalse();
        assertThat(reader.skippable()).isEqualTo(Long.MAX_VALUE);
        assertThat(reader.reason()).contains("the protocol was switched");
    }

    @Test
    void anOpenedTunnelEndsReading() {
        reader.expect("CONNECT");
        read("HTTP/1.1 200 Connection established\r\n\r\nwhatever");
        assertThat(reader.state()).isEqualTo(State.OPAQUE);
        assertThat(reader.notHttp()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "220 mail.example",
                "SSH-2.0",
                "HTTP/2.0 200 OK",
                "HTTP/1.1 2x0 OK",
                "HTTP/1.1 099 OK",
                "HTTP/1.1 2000",
                "HTTP/1.1  200",
                "<html>"
            })
    void whatIsNotHttpIsToldApartEarly(String text) {
        reader.expect("GET");
        reader.read(Bytes.of(text));
        assertThat(reader.notHttp()).isTrue();
        assertThat(reader.poll()).isEmpty();
        assertThat(reader.state()).isEqualTo(State.OPAQUE);
    }

    @Test
    void aResponseThatNobodyAskedForIsReadAsOneToGet() {
        assertThat(read("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n").status())
                .isEqualTo(408);
        assertThat(reader.idle()).isTrue();
    }

    @Test
    void aHeadBeyondTheLimitsIsNotFollowed() {
        reader.expect("GET");
        HttpResponse response = read("HTTP/1.1 200 OK\r\nSet-Cookie: " + "x".repeat(8200));
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.headRead()).isFalse();
        assertThat(reader.state()).isEqualTo(State.OPAQUE);
        assertThat(reader.reason()).contains("a head is longer than 8192 bytes");
    }

    @Test
    void brokenChunksEndReading() {
        reader.expect("GET");
        read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n");
        assertThat(reader.ambiguous()).isTrue();
        assertThat(reader.state()).isEqualTo(State.OPAQUE);
    }
}

package dev.understudy.dispatcher.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.understudy.dispatcher.protocol.HttpRequestReader.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpRequestReaderTest {
    private static final String GET =
            "GET /images/fox.png?w=10 HTTP/1.1\r\nHost: shop.example\r\n\r\n";
    private static final String POST =
            Bytes.lines("POST /cart HTTP/1.1|Host: shop.example|Content-Length: 5||three");
    private static final String CHUNKED =
            Bytes.lines(
                    "PUT /page HTTP/1.1|Host: shop.example|Transfer-Encoding:"
                            + " chunked||5;name=value|hello|A|0123456789|0|Checked: yes||");

    private final HttpRequestReader reader = new HttpRequestReader();

    private HttpRequest read(String text) {
        reader.read(Bytes.of(text));
        return reader.poll()
                .orElseThrow(() -> new AssertionError("no request: " + reader.reason()));
    }

    private static HttpRequest head(String lines) {
        HttpRequestReader reader = new HttpRequestReader();
        reader.read(Bytes.of(lines.replace("|", "\r\n") + "\r\n\r\n"));
        assertThat(reader.reason()).isEmpty();
        return reader.poll().orElseThrow();
    }

    @Test
    void saysWhatIsAskedForAndWhereItLies() {
        HttpRequest request = read(GET);

        assertThat(request.method()).isEqualTo("GET");
        assertThat(request.target()).isEqualTo("/images/fox.png?w=10");
        assertThat(request.host()).isEqualTo("shop.example");
        assertThat(request.path()).isEqualTo("/images/fox.png");
        assertThat(request.query()).isEqualTo("w=10");
        assertThat(request.version()).isEqualTo("HTTP/1.1");
        assertThat(request.start()).isZero();
        assertThat(request.headEnd()).isEqualTo(GET.length());
        assertThat(request.bodyEnd()).isEqualTo(GET.length());
        assertThat(request.framing()).isEqualTo(Framing.NONE);
        assertThat(request.keepAlive()).isTrue();
        assertThat(request.idempotent()).isTrue();
        assertThat(reader.betweenRequests()).isTrue();
        assertThat(reader.pinned()).isFalse();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiterString = " -> ",
            textBlock =
                    """
                    GET / HTTP/1.1|Host: Shop.Example:8080                     -> shop.example /
                    GET / HTTP/1.1|hOST:shop.example                           -> shop.example /
                    GET / HTTP/1.1|HOST: \t shop.example \t                    -> shop.example /
                    GET / HTTP/1.1|Host: shop.example.                         -> shop.example /
                    GET / HTTP/1.1|Host: [2001:db8::1]:80                      -> [2001:db8::1] /
                    GET http://shop.example/a?b HTTP/1.1|Host: other.example   -> shop.example /a
                    GET HTTP://u:p@SHOP.example:81 HTTP/1.1|Host: o            -> shop.example /
                    GET http://shop.example?x=/y HTTP/1.1|Host: o              -> shop.example /
                    OPTIONS * HTTP/1.1|Host: shop.example                      -> shop.example *
                    GET /a/./b/../c HTTP/1.1|Host: h                           -> h /a/c
                    GET /../../etc/ HTTP/1.1|Host: h                           -> h /etc/
                    GET /%69mages/%2e%2e/x%2Fy HTTP/1.1|Host: h                -> h /x%2Fy
                    GET //a///b HTTP/1.1|Host: h                               -> h /a/b
                    GET /%zz%4 HTTP/1.1|Host: h                                -> h /%zz%4
                    """)
    void knowsTheEffectiveHostAndPath(String lines, String url) {
        HttpRequest request = head(lines);
        assertThat(request.host() + " " + request.path()).isEqualTo(url);
    }

    @Test
    void aRequestWithoutHostHasNone() {
        assertThat(head("GET / HTTP/1.0").host()).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiterString = " -> ",
            textBlock =
                    """
                    GET / HTTP/1.1|Connection: close                  -> closes
                    GET / HTTP/1.1|Connection: x, Close               -> closes
                    GET / HTTP/1.1|Connection: keep-alive             -> keeps
                    GET / HTTP/1.0                                    -> closes
                    GET / HTTP/1.0|connection: Keep-Alive             -> keeps
                    """)
    void knowsWhetherTheConnectionStays(String lines, String what) {
        assertThat(head(lines).keepAlive()).isEqualTo(what.equals("keeps"));
    }

    @Test
    void knowsWhatElseMatters() {
        assertThat(head("PUT / HTTP/1.1|Content-Length: 9|Expect: 100-Continue").expectsContinue())
                .isTrue();
        assertThat(head("GET / HTTP/1.1|Upgrade: h2c|Connection: Upgrade").upgrade()).isTrue();
        assertThat(head("GET / HTTP/1.1|Upgrade: h2c").upgrade()).isFalse();
        assertThat(head("GET / HTTP/1.1|Range: bytes=5-|If-Range: \"a\"").range()).isTrue();
        assertThat(head("GET / HTTP/1.1|Range: bytes=5-|If-Range: \"a\"").ifRange()).isTrue();
        assertThat(head("POST / HTTP/1.1|Content-Length: 0").framing()).isEqualTo(Framing.NONE);
        assertThat(head("POST / HTTP/1.1|Content-Length: 7, 7").bodyLength()).isEqualTo(7);
        assertThat(head("PATCH / HTTP/1.1").idempotent()).isFalse();
    }

    @Test
    void findsThePartsHoweverTheStreamIsCut() {
        String stream = GET + POST + CHUNKED + "\r\n" + GET;
        List<String> whole = places(stream, stream.length());
        assertThat(whole)
                .containsExactly(
                        "GET 0 57 57", "POST 57 119 124", "PUT 124 194 249", "GET 251 308 308");
        for (int at = 0; at < stream.length(); at++) {
            assertThat(places(stream, at)).as("cut at %d", at).isEqualTo(whole);
        }
        List<String> singly = new ArrayList<>();
        HttpRequestReader slow = new HttpRequestReader();
        List<HttpRequest> requests = new ArrayList<>();
        Bytes.singly(
                stream,
                bytes -> {
                    slow.read(bytes);
                    slow.poll().ifPresent(requests::add);
                });
        requests.forEach(request -> singly.add(place(request)));
        assertThat(singly).isEqualTo(whole);
        assertThat(slow.betweenRequests()).isTrue();
    }

    private static List<String> places(String stream, int cut) {
        HttpRequestReader reader = new HttpRequestReader();
        Bytes.cut(stream, cut, reader::read);
        assertThat(reader.position()).isEqualTo(stream.length());
        List<String> places = new ArrayList<>();
        for (Optional<HttpRequest> r = reader.poll(); r.isPresent(); r = reader.poll()) {
            places.add(place(r.get()));
        }
        return places;
    }

    private static String place(HttpRequest request) {
        return request.method()
                + " "
                + request.start()
                + " "
                + request.headEnd()
                + " "
                + request.bodyEnd();
    }

    @Test
    void aChunkedBodysEndIsUnknownUntilItHasCome() {
        HttpRequest request = read(CHUNKED.substring(0, CHUNKED.length() - 1));
        assertThat(request.bodyEnd()).isEqualTo(-1);
        assertThat(reader.state()).isEqualTo(State.BODY);

        reader.read(Bytes.of("\n"));
        assertThat(request.bodyEnd()).isEqualTo(CHUNKED.length());
        assertThat(reader.state()).isEqualTo(State.HEAD);
    }

    @Test
    void bodiesNeedNotBeLookedAt() {
        String head = "PUT /big HTTP/1.1\r\nHost: h\r\nContent-Length: 5000000000\r\n\r\n";
        HttpRequest put = read(head);
        assertThat(reader.skippable()).isEqualTo(5_000_000_000L);
        reader.skip(4_999_999_999L);
        assertThat(reader.state()).isEqualTo(State.BODY);
        reader.skip(1);
        assertThat(reader.state()).isEqualTo(State.HEAD);
        assertThat(reader.skippable()).isZero();
        assertThat(reader.position()).isEqualTo(put.bodyEnd());
        assertThat(read(GET).start()).isEqualTo(head.length() + 5_000_000_000L);
        assertThatIllegalArgumentException().isThrownBy(() -> reader.skip(1));
    }

    @Test
    void chunksNeedNotBeLookedAtEither() {
        read("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n10\r\nab");
        assertThat(reader.skippable()).isEqualTo(14);
        reader.skip(14);
        assertThat(reader.skippable()).isZero();
        reader.read(Bytes.of("\r\n0\r\n\r\n"));
        assertThat(reader.betweenRequests()).isTrue();
    }

    /** Each of these two readers may see other requests in: RFC 9112 §11.2. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiterString = " -> ",
            textBlock =
                    """
                    POST / HTTP/1.1|Content-Length: 5|Content-Length: 6            -> two different Content-Lengths
                    POST / HTTP/1.1|Content-Length: 5, 6                           -> two different Content-Lengths
                    POST / HTTP/1.1|Content-Length: 5|Transfer-Encoding: chunked   -> both Transfer-Encoding and Content-Length
                    POST / HTTP/1.1|Content-Length: +5                             -> Content-Length is no number
                    POST / HTTP/1.1|Content-Length: 0x5                            -> Content-Length is no number
                    POST / HTTP/1.1|Content-Length:                                -> two different Content-Lengths
                    POST / HTTP/1.1|Content-Length: 99999999999999999999           -> Content-Length is no number
                    POST / HTTP/1.0|Transfer-Encoding: chunked                     -> with HTTP/1.0
                    POST / HTTP/1.1|Transfer-Encoding: chunked, gzip               -> chunked is not the last
                    POST / HTTP/1.1|Transfer-Encoding: chunked, chunked            -> chunked is not the last
                    POST / HTTP/1.1|Transfer-Encoding: gzip                        -> last transfer coding is not chunked
                    POST / HTTP/1.1|Transfer-Encoding: xchunked                    -> last transfer coding is not chunked
                    POST / HTTP/1.1|Content-Length : 5                             -> a blank stands before a colon
                    GET / HTTP/1.1|Host: a|Host: b                                 -> two Host fields
                    GET / HTTP/1.1|X: a| folded                                    -> folded over two lines
                    GET / HTTP/1.1| Host: a                                        -> folded over two lines
                    GET / HTTP/1.1|no colon                                        -> a field has no name
                    GET / HTTP/1.1|: nameless                                      -> a field has no name
                    GET / HTTP/1.1|na(me: x                                        -> a field's name is no token
                    GET / HTTP/1.1|X: a~CR~b                                       -> a bare carriage return
                    GET / HTTP/1.1|X: a~NUL~b                                      -> a control character
                    GET / HTTP/1.1|X: a~LF~Y: b                                    -> a bare line feed
                    GET images HTTP/1.1|Host: h                                    -> none of the four forms
                    """)
    void whatIsAmbiguousIsSaidAndNoLongerFollowed(String lines, String why) {
        String head =
                lines.replace("|", "\r\n")
                                .replace("~CR~", "\r")
                                .replace("~LF~", "\n")
                                .replace("~NUL~", "\0")
                        + "\r\n\r\n";
        HttpRequest request = read(head + GET);

        assertThat(request.start()).isZero();
        assertThat(request.framing()).isEqualTo(Framing.UNKNOWN);
        assertThat(request.bodyEnd()).isEqualTo(-1);
        assertThat(reader.ambiguous()).isTrue();
        assertThat(reader.pinned()).isTrue();
        assertThat(reader.reason()).get().asString().contains(why);
        assertThat(reader.state()).isEqualTo(State.OPAQUE);
        assertThat(reader.poll()).isEmpty();
        assertThat(reader.position()).isEqualTo(head.length() + GET.length());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x\r\n",
                "-5\r\n",
                " 5\r\n",
                "5\nhello",
                "5\r\nhello0",
                "5\r\nhello\n",
                "5\rx",
                "1000000000000000\r\n",
                "0\r\nTrailer: x\n\n",
                "0\r\n\rx",
                "5;a\nb"
            })
    void brokenChunksAreAmbiguous(String body) {
        HttpRequest request =
                read("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + body);
        assertThat(reader.ambiguous()).isTrue();
        assertThat(reader.state()).isEqualTo(State.OPAQUE);
        assertThat(request.bodyEnd()).isEqualTo(-1);
    }

    @Test
    void whatFollowsARequestMustBeOne() {
        reader.read(Bytes.of(GET + "\0\1\2"));
        assertThat(reader.poll()).isPresent();
        assertThat(reader.ambiguous()).isTrue();
        assertThat(reader.notHttp()).isFalse();
    }

    /** How early: with the text before the bar it may still be HTTP, with the character after it not. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "SSH-2.0-OpenSSH_9.2|\r",
                "EHLO|\r",
                "EHLO mail.example|\r",
                "USER anonymous|\n",
                "|\u0016\u0003\u0001",
                "GET /|\r\n",
                "GET |\t",
                "GET | /",
                "GET / HTTP/|2",
                "GET / HTT|X",
                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA|A",
                "PRI * HTTP/2.0|x"
            })
    void whatIsNotHttpIsToldApartEarly(String text) {
        int bar = text.indexOf('|');
        String before = text.substring(0, bar);
        reader.read(Bytes.of(before));
        assertThat(reader.notHttp()).as("after '%s'", before).isFalse();
        reader.read(Bytes.of(text.substring(bar + 1)));
        assertThat(reader.notHttp()).isTrue();
        assertThat(reader.pinned()).isTrue();
        assertThat(reader.ambiguous()).isFalse();
        assertThat(reader.skippable()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aHeadBeyondTheLimitsIsNotRead() {
        reader.read(Bytes.of("GET /" + "x".repeat(4096)));
        assertThat(reader.notHttp()).isTrue();

        HttpRequestReader other = new HttpRequestReader();
        other.read(Bytes.of("GET / HTTP/1.1\r\nCookie: " + "x".repeat(8192)));
        assertThat(other.notHttp()).isTrue();
        assertThat(other.reason()).contains("a head is longer than 8192 bytes");

        assertThat(
                        head("GET /" + "x".repeat(4000) + " HTTP/1.1|Cookie: " + "y".repeat(8000))
                                .target())
                .hasSize(4001);
    }

    @Test
    void aTunnelIsNotLookedInto() {
        HttpRequest request =
                read("CONNECT shop.example:443 HTTP/1.1\r\nHost: x\r\n\r\n\u0016\u0003");
        assertThat(request.connect()).isTrue();
        assertThat(request.host()).isEqualTo("shop.example");
        assertThat(reader.pinned()).isTrue();
        assertThat(reader.ambiguous()).isFalse();
        assertThat(reader.state()).isEqualTo(State.OPAQUE);
    }

    @Test
    void authenticationOfTheConnectionPinsItButIsFollowed() {
        assertThat(
                        read("GET / HTTP/1.1\r\nAuthorization: Negotiate YII=\r\n\r\n")
                                .bindsConnection())
                .isTrue();
        assertThat(reader.pinned()).isTrue();
        assertThat(reader.ambiguous()).isFalse();
        assertThat(read(GET).path()).isEqualTo("/images/fox.png");
        assertThat(head("GET / HTTP/1.1|Authorization: Basic Zm94").bindsConnection()).isFalse();
    }

    @Test
    void afterASwitchOfProtocolsNothingIsRead() {
        read("GET /chat HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n");
        reader.switched();
        reader.read(Bytes.of(GET));
        assertThat(reader.poll()).isEmpty();
        assertThat(reader.pinned()).isTrue();
    }

    @Test
    void moreRequestsAtOnceThanAnyoneSendsPinTheConnection() {
        reader.read(Bytes.of(GET.repeat(257)));
        int polled = 0;
        while (reader.poll().isPresent()) {
            polled++;
        }
        assertThat(polled).isEqualTo(256);
        assertThat(reader.pinned()).isTrue();
        assertThat(reader.state()).isEqualTo(State.OPAQUE);
    }
}

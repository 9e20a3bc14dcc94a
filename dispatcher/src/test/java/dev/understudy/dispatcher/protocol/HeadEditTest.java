package dev.understudy.dispatcher.protocol;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rewritten heads, redirections and requests for the rest, byte for byte. */
class HeadEditTest {
    private static final UrlPattern OLD =
            new UrlPattern(Optional.empty(), Optional.of("/old/**"), Set.of(), List.of());

    private static String crlf(String lines) {
        return Bytes.lines(lines);
    }

    private static HttpRequest request(String head) {
        HttpRequestReader reader = new HttpRequestReader();
        reader.read(Bytes.of(head));
        return reader.poll().orElseThrow();
    }

    private static HttpResponse response(String lines) {
        HttpResponseReader reader = new HttpResponseReader();
        reader.expect("GET");
        reader.read(Bytes.of(crlf(lines + "||")));
        return reader.poll().orElseThrow();
    }

    @ParameterizedTest(name = "{0} by {1}")
    @CsvSource(
            delimiterString = " -> ",
            textBlock =
                    """
                    GET /old/a HTTP/1.1|Host: h|X: y||          -> /new          -> GET /new HTTP/1.1|Host: h|X: y||
                    GET /old/a/b?q=1 HTTP/1.1|hOST:  h |X: y||  -> /new/**       -> GET /new/a/b?q=1 HTTP/1.1|hOST:  h |X: y||
                    GET /old HTTP/1.0||                         -> /new/**       -> GET /new/ HTTP/1.0||
                    GET /old/a?q=1 HTTP/1.1|Host: h||           -> /find?p=2     -> GET /find?p=2 HTTP/1.1|Host: h||
                    GET /old/a HTTP/1.1|X: y|Host: h|Z:||       -> http://n:81/** -> GET /a HTTP/1.1|X: y|Host: n:81|Z:||
                    GET /old/a HTTP/1.0|X: y||                  -> http://n       -> GET / HTTP/1.0|X: y|Host: n||
                    GET http://h:8/old/a?q HTTP/1.1|Host: h||   -> /new/**        -> GET http://h:8/new/a?q HTTP/1.1|Host: h||
                    GET http://h/old/a HTTP/1.1|Host: h||       -> http://n/x     -> GET http://n/x HTTP/1.1|Host: n||
                    """)
    void aMovedPageIsAskedForWhereItIs(String head, String rewrite, String expected) {
        String before = crlf(head);
        byte[] after =
                UrlRewrite.parse(rewrite).apply(before.getBytes(ISO_8859_1), request(before), OLD);
        assertThat(new String(after, ISO_8859_1)).isEqualTo(crlf(expected));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "new", "/a b", "/**/b", "/a*", "http://", "ftp://h/a", "/ü"})
    void whereNoPageCanMoveIsRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> UrlRewrite.parse(text));
    }

    @Test
    void aRedirectionIsAWholeResponse() {
        HttpRequest request = request("GET /old/fox?q=1 HTTP/1.1\r\nHost: h\r\n\r\n");
        byte[] bytes = new Redirect(302, "http://10.20.0.12:8080/new/**").response(request, OLD);
        assertThat(new String(bytes, ISO_8859_1))
                .isEqualTo(
                        crlf(
                                "HTTP/1.1 302 Found|Location: http://10.20.0.12:8080/new/fox?q=1|"
                                        + "Content-Type: text/plain|Content-Length: 41|"
                                        + "Connection: close||"
                                        + "Go to http://10.20.0.12:8080/new/fox?q=1\n"));
    }

    @Test
    void aRedirectionToHeadHasNoBody() {
        HttpRequest request = request("HEAD /old/fox HTTP/1.1\r\nHost: h\r\n\r\n");
        for (int status : new int[] {301, 302, 303, 307, 308}) {
            byte[] bytes = new Redirect(status, "/found").response(request, OLD);
            HttpResponseReader reader = new HttpResponseReader();
            reader.expect("HEAD");
            reader.read(Bytes.of(new String(bytes, ISO_8859_1)));
            assertThat(reader.poll().orElseThrow().status()).isEqualTo(status);
            assertThat(reader.idle()).isTrue();
            assertThat(reader.position()).isEqualTo(bytes.length);
        }
    }

    @Test
    void theRestIsAskedForWithTheValidator() {
        String head = crlf("GET /big HTTP/1.1|Host: h|Accept: */*||");
        byte[] bytes = RangeRequest.of(head.getBytes(ISO_8859_1), 5_000_000_000L, "\"fox\"");
        assertThat(new String(bytes, ISO_8859_1))
                .isEqualTo(
                        crlf(
                                "GET /big HTTP/1.1|Host: h|Accept: */*|Range: bytes=5000000000-|"
                                        + "If-Range: \"fox\"||"));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiterString = " -> ",
            textBlock =
                    """
                    ETag: "fox"                                                                         -> "fox"
                    ETag: "fox"|Last-Modified: Tue, 01 Jul 2025 10:00:00 GMT                            -> "fox"
                    ETag: W/"fox"                                                                       -> none
                    ETag: W/"x"|Last-Modified: Tue, 01 Jul 2025 10:00:00 GMT|Date: Tue, 01 Jul 2025 10:00:01 GMT -> Tue, 01 Jul 2025 10:00:00 GMT
                    Last-Modified: Tue, 01 Jul 2025 10:00:00 GMT|Date: Tue, 01 Jul 2025 10:00:00 GMT    -> none
                    Last-Modified: Tue, 01 Jul 2025 10:00:00 GMT                                        -> none
                    Last-Modified: yesterday|Date: Tue, 01 Jul 2025 10:00:00 GMT                        -> none
                    ETag: fox                                                                           -> none
                    """)
    void onlyAStrongValidatorProvesAnything(String fields, String validator) {
        HttpResponse response = response("HTTP/1.1 200 OK|Accept-Ranges: bytes|" + fields);
        HttpRequest get = UrlPatternTest.request("GET /");
        assertThat(RangeRequest.validator(response).orElse("none")).isEqualTo(validator);
        assertThat(RangeRequest.possible(get, response)).isEqualTo(!validator.equals("none"));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiterString = " -> ",
            textBlock =
                    """
                    206 Partial|ETag: "fox"|Content-Range: bytes 5-9/10                       -> true
                    206 Partial|ETag: "fox"|Content-Range: bytes 4-9/10                       -> false
                    206 Partial|ETag: "fox"|Content-Range: bytes 5-8/10                       -> false
                    206 Partial|ETag: "fox"|Content-Range: bytes 5-10/11                      -> false
                    206 Partial|ETag: "fox"|Content-Range: bytes 5-9/*                        -> false
                    206 Partial|ETag: "cat"|Content-Range: bytes 5-9/10                       -> false
                    206 Partial|Content-Range: bytes 5-9/10                                   -> false
                    206 Partial|ETag: "fox"|Content-Range: bytes 5-9/10|Content-Encoding: br  -> false
                    206 Partial|ETag: "fox"                                                   -> false
                    200 OK|ETag: "fox"|Content-Length: 10                                     -> false
                    """)
    void onlyTheRestOfTheSameThingContinuesIt(String rest, boolean continues) {
        HttpResponse first = response("HTTP/1.1 200 OK|ETag: \"fox\"|Content-Length: 10");
        assertThat(RangeRequest.continues(first, response("HTTP/1.1 " + rest), 5, "\"fox\""))
                .isEqualTo(continues);
    }
}

package dev.understudy.dispatcher.protocol;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A chunked body that broke off anywhere goes on as if it had not. */
class ChunkSpliceTest {
    private static final String HEAD = Bytes.lines("HTTP/1.1 200 OK|Transfer-Encoding: chunked||");
    private static final String CONTENT = "hello, world: 0123456789";
    private static final String BODY = Bytes.lines("5|hello|009;x=y|, world: |a|0123456789|0||");
    private static final String NO_TRAILERS = "\r\n";
    private static final String TRAILERS = Bytes.lines("X-Sum: 1|X-End: y||");
    private static final String ENDED =
            BODY.substring(0, BODY.length() - NO_TRAILERS.length()) + TRAILERS;
    private static final int CUT_IN_EXTENSION = Bytes.lines("5|hello|0").length();
    private static final int CUT_AFTER_EXTENSION = Bytes.lines("5|hello|009;x=y|").length();

    /** The first {@code end} bytes of the body were sent; it goes on from {@code from}, by {@code step} bytes. */
    private static String resumed(int end, int from, int step) {
        HttpResponseReader reader = new HttpResponseReader();
        reader.expect("GET");
        reader.read(Bytes.of(HEAD + BODY.substring(0, end)));
        Optional<ChunkSplice> splice = splice(reader, HEAD.length() + from);
        if (splice.isEmpty()) {
            return "no";
        }
        ByteBuf out = Unpooled.buffer();
        int at = (int) splice.get().content();
        while (at < CONTENT.length()) {
            int length = Math.min(step, CONTENT.length() - at);
            assertThat(splice.get().write(Bytes.of(CONTENT), at, length, 0, out)).isTrue();
            at += length;
        }
        assertThat(splice.get().end(NO_TRAILERS, out)).isTrue();
        return BODY.substring(0, from) + out.toString(ISO_8859_1);
    }

    private static Optional<ChunkSplice> splice(HttpResponseReader reader, long from) {
        return reader.current().flatMap(answer -> reader.splice(answer, from));
    }

    private static String content(String body) {
        StringBuilder content = new StringBuilder();
        ByteBuf bytes = Bytes.of(body);
        ChunkedBody chunks = new ChunkedBody();
        for (int at = 0; at < body.length(); ) {
            int data = (int) chunks.skippable();
            if (data > 0) {
                content.append(body, at, at + data);
                chunks.skip(data);
                at += data;
            } else {
                at += chunks.read(bytes, at, 1);
            }
            assertThat(chunks.broken()).as(body).isFalse();
        }
        assertThat(chunks.ended()).as(body).isTrue();
        return content.toString();
    }

    @Test
    void whereverItBrokeOffTheClientGetsTheWholeOnce() {
        for (int end = 0; end < BODY.length(); end++) {
            for (int from = 0; from <= end; from++) {
                for (int step : new int[] {1, 4, 100}) {
                    String whole = resumed(end, from, step);
                    if (whole.equals("no")) {
                        continue;
                    }
                    String where = "sent " + end + ", acknowledged " + from + ", by " + step;
                    assertThat(content(whole)).as(where).isEqualTo(CONTENT);
                    // What was sent once must be the same the second time.
                    assertThat(whole).as(where).startsWith(BODY.substring(0, end));
                }
            }
        }
    }

    @Test
    void onlyInsideASizeLineItCannotGoOn() {
        StringBuilder refused = new StringBuilder();
        for (int end = 0; end < BODY.length(); end++) {
            refused.append(resumed(end, 0, 9).equals("no") ? 'x' : '.');
        }
        assertThat(refused)
                .hasToString(
                        "." // nothing sent
                                + "xx........" // 5, hello
                                + "xxxxxxxx............" // 009;x=y, the second chunk
                                + "xx............." // a, the third
                                + "xx.." // 0
                        );
        assertThat(resumed(CUT_IN_EXTENSION, 0, 9)).isEqualTo("no");
        assertThat(resumed(CUT_AFTER_EXTENSION, 0, 9)).isNotEqualTo("no");
    }

    @Test
    void whatTheClientHasIsForgotten() {
        HttpResponseReader reader = new HttpResponseReader();
        reader.expect("GET");
        reader.read(Bytes.of(HEAD + BODY.substring(0, CUT_AFTER_EXTENSION + 3)));
        assertThat(splice(reader, HEAD.length())).isPresent();
        reader.acknowledged(HEAD.length() + CUT_AFTER_EXTENSION);
        assertThat(splice(reader, HEAD.length())).isEmpty();
        ChunkSplice splice = splice(reader, HEAD.length() + CUT_AFTER_EXTENSION + 1).orElseThrow();
        assertThat(splice.content()).isEqualTo(6);
    }

    @Test
    void moreOrLessContentThanWasSentIsRefused() {
        HttpResponseReader reader = new HttpResponseReader();
        reader.expect("GET");
        reader.read(Bytes.of(HEAD + BODY.substring(0, BODY.length() - 1)));
        ByteBuf out = Unpooled.buffer();
        ChunkSplice more = splice(reader, HEAD.length()).orElseThrow();
        assertThat(more.write(Bytes.of(CONTENT + "!"), 0, CONTENT.length() + 1, 0, out)).isFalse();
        ChunkSplice less = splice(reader, HEAD.length()).orElseThrow();
        assertThat(less.write(Bytes.of(CONTENT), 0, CONTENT.length() - 1, 0, out)).isTrue();
        assertThat(less.end(NO_TRAILERS, out)).isFalse();
    }

    @Test
    void itIsKeptHowACompleteBodyWasCut() {
        HttpResponseReader reader = new HttpResponseReader();
        reader.expect("GET");
        reader.read(Bytes.of(HEAD + BODY));
        HttpResponse answer = reader.poll().orElseThrow();
        for (int from = 0; from <= BODY.length(); from++) {
            ChunkSplice splice = reader.splice(answer, HEAD.length() + from).orElseThrow();
            ByteBuf out = Unpooled.buffer();
            int at = (int) splice.content();
            assertThat(splice.write(Bytes.of(CONTENT), at, CONTENT.length() - at, 0, out)).isTrue();
            assertThat(splice.end(NO_TRAILERS, out)).isTrue();
            assertThat(BODY.substring(0, from) + out.toString(ISO_8859_1)).isEqualTo(BODY);
        }
    }

    @Test
    void trailersComeWhereverItBrokeOff() {
        for (int end = 0; end <= ENDED.length(); end++) {
            HttpResponseReader reader = new HttpResponseReader();
            reader.expect("GET");
            reader.read(Bytes.of(HEAD + ENDED.substring(0, end)));
            HttpResponse answer = reader.poll().orElseThrow();
            for (int from = 0; from <= end; from++) {
                Optional<ChunkSplice> splice = reader.splice(answer, HEAD.length() + from);
                if (splice.isEmpty()) {
                    assertThat(end).as("in a size line").isLessThan(ENDED.indexOf("X-Sum"));
                    continue;
                }
                ByteBuf out = Unpooled.buffer();
                int at = (int) splice.get().content();
                splice.get().write(Bytes.of(CONTENT), at, CONTENT.length() - at, 0, out);
                assertThat(splice.get().end(TRAILERS, out)).isTrue();
                assertThat(ENDED.substring(0, from) + out.toString(ISO_8859_1))
                        .as("sent " + end + ", acknowledged " + from)
                        .startsWith(ENDED.substring(0, end))
                        .endsWith("0\r\n" + TRAILERS);
            }
        }
    }

    @Test
    void otherTrailersThanWereBegunAreRefused() {
        HttpResponseReader reader = new HttpResponseReader();
        reader.expect("GET");
        reader.read(Bytes.of(HEAD + ENDED.substring(0, ENDED.indexOf("X-End") + 1)));
        ChunkSplice splice = splice(reader, HEAD.length() + ENDED.indexOf("X-Sum")).orElseThrow();
        ByteBuf out = Unpooled.buffer();
        assertThat(splice.end(NO_TRAILERS, out)).isFalse();
        assertThat(splice.end(Bytes.lines("X-Sum: 2|X-End: y||"), out)).isFalse();
        assertThat(splice.end(TRAILERS, out)).isTrue();
        assertThat(out.toString(ISO_8859_1)).isEqualTo(TRAILERS);
    }
}

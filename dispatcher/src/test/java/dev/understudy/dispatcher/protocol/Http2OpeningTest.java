package dev.understudy.dispatcher.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.protocol.HttpRequestReader.State;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP/2 with prior knowledge: bound by its first request, then left alone. */
class Http2OpeningTest {
    private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int SETTINGS = 4;
    private static final int WINDOW_UPDATE = 8;
    private static final int CONTINUATION = 9;
    private static final int END_HEADERS = 4;

    private final HttpRequestReader reader = new HttpRequestReader();

    private static ByteBuf frame(int type, int flags, int stream, ByteBuf payload) {
        return Unpooled.wrappedBuffer(
                Unpooled.buffer(9)
                        .writeMedium(payload.readableBytes())
                        .writeByte(type)
                        .writeByte(flags)
                        .writeInt(stream),
                payload);
    }

    private static ByteBuf block() {
        Http2Headers headers =
                new DefaultHttp2Headers()
                        .method("GET")
                        .scheme("http")
                        .authority("Shop.example:80")
                        .path("/images/fox.png?w=1");
        ByteBuf block = Unpooled.buffer();
        try {
            new DefaultHttp2HeadersEncoder().encodeHeaders(1, headers, block);
        } catch (Http2Exception e) {
            throw new AssertionError(e);
        }
        return block;
    }

    private static ByteBuf opening(ByteBuf... frames) {
        ByteBuf all = Unpooled.buffer();
        all.writeBytes(Bytes.of(PREFACE));
        all.writeBytes(frame(SETTINGS, 0, 0, Unpooled.wrappedBuffer(new byte[6])));
        for (ByteBuf frame : frames) {
            all.writeBytes(frame);
        }
        return all;
    }

    private static String bound(HttpRequestReader reader) {
        return reader.poll()
                .map(
                        r ->
                                r.method()
                                        + " "
                                        + r.host()
                                        + " "
                                        + r.path()
                                        + " "
                                        + r.query()
                                        + " "
                                        + r.version())
                .orElse("no");
    }

    @Test
    void theFirstRequestBindsAndTheConnectionIsPinned() {
        ByteBuf bytes =
                opening(
                        frame(WINDOW_UPDATE, 0, 0, Unpooled.buffer().writeInt(1 << 20)),
                        frame(HEADERS, END_HEADERS, 1, block()),
                        frame(DATA, 1, 1, Bytes.of("whatever")));
        reader.read(bytes);
        assertThat(bound(reader)).isEqualTo("GET shop.example /images/fox.png w=1 HTTP/2.0");
        assertThat(reader.pinned()).isTrue();
        assertThat(reader.ambiguous()).isFalse();
        assertThat(reader.state()).isEqualTo(State.OPAQUE);
        assertThat(reader.position()).isEqualTo(bytes.readableBytes());
    }

    @Test
    void itIsReadHoweverItIsCut() {
        byte[] bytes = ByteBufUtil.getBytes(opening(frame(HEADERS, END_HEADERS, 1, block())));
        for (int cut = 0; cut < bytes.length; cut++) {
            HttpRequestReader two = new HttpRequestReader();
            two.read(Unpooled.wrappedBuffer(bytes, 0, cut));
            assertThat(two.notHttp()).isFalse();
            assertThat(two.poll()).isEmpty();
            two.read(Unpooled.wrappedBuffer(bytes, cut, bytes.length - cut));
            assertThat(bound(two)).as("cut at %d", cut).startsWith("GET shop.example /images");
        }
    }

    @Test
    void paddingPriorityAndContinuationsAreTakenOff() {
        ByteBuf block = block();
        ByteBuf first =
                Unpooled.buffer()
                        .writeByte(3)
                        .writeInt(0)
                        .writeByte(16)
                        .writeBytes(block, 5)
                        .writeZero(3);
        reader.read(
                opening(
                        frame(HEADERS, 0x20 | 0x08, 1, first),
                        frame(CONTINUATION, 0, 1, block.readSlice(0)),
                        frame(CONTINUATION, END_HEADERS, 1, block)));
        assertThat(bound(reader)).startsWith("GET shop.example /images/fox.png");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0001ff 01 04 00000001", // a block larger than what follows, then nothing: still
                // waiting
            })
    void anUnfinishedBlockIsWaitedFor(String header) {
        reader.read(
                opening(
                        Unpooled.wrappedBuffer(
                                ByteBufUtil.decodeHexDump(header.replace(" ", "")))));
        assertThat(reader.state()).isEqualTo(State.HEAD);
        assertThat(reader.poll()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "000000 09 04 00000001", // a continuation of nothing
                "000000 01 04 00000000", // a request on the connection's own stream
                "ffffff 01 04 00000001", // a block beyond the limit
                "000001 01 0c 00000001 09", // more padding than block
                "000001 01 04 00000001 ff", // a block that is cut off
                "000001 01 04 00000001 84", // a path and no method
                "000000 01 00 00000001 000000 00 00 00000001", // data between headers
            })
    void whatDoesNotBeginWithARequestIsNotHttp(String frames) {
        reader.read(
                opening(
                        Unpooled.wrappedBuffer(
                                ByteBufUtil.decodeHexDump(frames.replace(" ", "")))));
        assertThat(reader.notHttp()).isTrue();
        assertThat(reader.pinned()).isTrue();
    }

    @Test
    void settingsWithoutEndAreGivenUp() {
        ByteBuf empty = frame(SETTINGS, 0, 0, Unpooled.buffer());
        for (int i = 0; i < 8_000 && !reader.notHttp(); i++) {
            reader.read(i == 0 ? opening() : empty);
        }
        assertThat(reader.notHttp()).isTrue();
    }
}

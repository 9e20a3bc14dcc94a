package dev.understudy.dispatcher.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.protocol.TlsHello.Result;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hellos of the JDK's own client, whole and in pieces. */
class TlsHelloTest {
    private static final int HEADER = 5;

    private final TlsHello hello = new TlsHello();

    private static byte[] hello(List<String> names, String... protocols) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, null, null);
            SSLEngine engine = context.createSSLEngine();
            engine.setUseClientMode(true);
            SSLParameters parameters = engine.getSSLParameters();
            parameters.setServerNames(
                    names.stream()
                            .map(SNIHostName::new)
                            .map(n -> (javax.net.ssl.SNIServerName) n)
                            .toList());
            parameters.setApplicationProtocols(protocols);
            engine.setSSLParameters(parameters);
            ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
            engine.wrap(ByteBuffer.allocate(0), out);
            return Arrays.copyOf(out.array(), out.position());
        } catch (GeneralSecurityException | SSLException e) {
            throw new AssertionError(e);
        }
    }

    /** The same handshake in records of at most {@code size} bytes. */
    private static byte[] inRecords(byte[] hello, int size) {
        ByteBuf out = Unpooled.buffer();
        for (int at = HEADER; at < hello.length; at += size) {
            int length = Math.min(size, hello.length - at);
            out.writeByte(22).writeShort(0x0301).writeShort(length).writeBytes(hello, at, length);
        }
        return Arrays.copyOf(out.array(), out.writerIndex());
    }

    @Test
    void readsNameAndProtocols() {
        byte[] bytes = hello(List.of("Shop.Example"), "h2", "http/1.1");
        assertThat(hello.read(Unpooled.wrappedBuffer(bytes))).isEqualTo(Result.NAME);
        assertThat(hello.name()).contains("shop.example");
        assertThat(hello.protocols()).containsExactly("h2", "http/1.1");
    }

    @Test
    void readsItHoweverItIsCut() {
        byte[] bytes = hello(List.of("shop.example"), "h2");
        for (int cut = 0; cut < bytes.length; cut++) {
            TlsHello two = new TlsHello();
            assertThat(two.read(Unpooled.wrappedBuffer(bytes, 0, cut))).isEqualTo(Result.NEED_MORE);
            assertThat(two.read(Unpooled.wrappedBuffer(bytes, cut, bytes.length - cut)))
                    .as("cut at %d", cut)
                    .isEqualTo(Result.NAME);
            assertThat(two.name()).contains("shop.example");
        }
        for (int size = 1; size < bytes.length; size += 13) {
            TlsHello records = new TlsHello();
            assertThat(records.read(Unpooled.wrappedBuffer(inRecords(bytes, size))))
                    .as("records of %d", size)
                    .isEqualTo(Result.NAME);
            assertThat(records.name()).contains("shop.example");
        }
    }

    @Test
    void aHelloWithoutANameIsOne() {
        assertThat(hello.read(Unpooled.wrappedBuffer(hello(List.of(), "h2"))))
                .isEqualTo(Result.NO_NAME);
        assertThat(hello.name()).isEmpty();
        assertThat(hello.protocols()).containsExactly("h2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1",
                "\u0016X",
                "\u0016\u0003\u0009",
                "\u0015\u0003\u0001",
                "SSH-2.0"
            })
    void whatIsNoTlsIsToldApartWithTheFirstBytes(String text) {
        assertThat(hello.read(Bytes.of(text))).isEqualTo(Result.NOT_TLS);
        assertThat(hello.name()).isEmpty();
    }

    @Test
    void anotherHandshakeMessageIsNoHello() {
        byte[] bytes = hello(List.of("shop.example"));
        bytes[HEADER] = 2;
        assertThat(hello.read(Unpooled.wrappedBuffer(bytes))).isEqualTo(Result.NOT_TLS);
    }

    @Test
    void aHelloThatNeverEndsIsGivenUp() {
        byte[] endless = new byte[17_000];
        endless[0] = 1;
        endless[1] = 0;
        endless[2] = 0x3F;
        endless[3] = (byte) 0xFF;
        ByteBuf record = Unpooled.buffer();
        for (int at = 0; at < endless.length; at += 1000) {
            record.writeByte(22).writeShort(0x0303).writeShort(1000).writeBytes(endless, at, 1000);
        }
        assertThat(hello.read(record)).isEqualTo(Result.NO_NAME);
    }

    @Test
    void aHelloThatClaimsToBeHugeIsGivenUpAtOnce() {
        assertThat(hello.read(Bytes.of("\u0016\u0003\u0001\u0000\u0010\u0001\u00ff\u00ff\u00ff")))
                .isEqualTo(Result.NO_NAME);
    }

    @Test
    void anEmptyRecordIsNoHandshake() {
        assertThat(hello.read(Bytes.of("\u0016\u0003\u0001\u0000\u0000")))
                .isEqualTo(Result.NOT_TLS);
    }

    @Test
    void aNameThatIsNoneIsNotTaken() {
        byte[] bytes = hello(List.of("shop.example"));
        String text = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
        bytes[text.indexOf("shop.example") + 3] = '/';
        assertThat(hello.read(Unpooled.wrappedBuffer(bytes))).isEqualTo(Result.NO_NAME);
    }
}

package dev.understudy.stack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.wire.PoisoningAllocator;
import dev.understudy.stack.wire.Tcp;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The sending half by itself, in the middle of a connection: whoever holds bytes for a peer hands them to one. */
class TcpSenderTest {
    private static final long MILLIS = 1_000_000L;

    private final PoisoningAllocator allocator = new PoisoningAllocator();
    private final List<String> sent = new ArrayList<>();
    private final Segment ack = new Segment();
    private TcpSender sender;
    private int first;
    private long now = 77 * MILLIS;

    private void begin(int firstSeq, int window) {
        first = firstSeq;
        SenderSetup setup = new SenderSetup(firstSeq, 10, 0, window, true, false, 0, 0, 1000, 100);
        sender =
                new TcpSender(
                        setup, NewReno::new, new RttEstimator(RttConfig.DEFAULT), this::transmit);
        sender.noDelay(true);
    }

    private void transmit(
            TcpSender from, int seq, int length, int flags, boolean again, long time) {
        ByteBuf frame = allocator.directBuffer(length + 1);
        from.copy(seq, length, frame, 0);
        String text = frame.toString(0, length, StandardCharsets.US_ASCII);
        frame.release();
        String fin = (flags & Tcp.FIN) != 0 ? "|" : "";
        sent.add((seq - first) + ":" + text + fin + (again ? " again" : ""));
    }

    private void write(String text) {
        ByteBuf data = allocator.directBuffer(text.length());
        data.writeCharSequence(text, StandardCharsets.US_ASCII);
        assertThat(sender.write(data)).isEqualTo(text.length());
        data.release();
        sender.flush(now);
    }

    private void acknowledge(int upTo, int window, int... sack) {
        ack.clear(5, first + upTo, Tcp.ACK, window);
        for (int i = 0; i < sack.length; i += 2) {
            ack.sack(first + sack[i], first + sack[i + 1]);
        }
        sender.onAck(ack, now);
    }

    private void expect(String... segments) {
        assertThat(sent).containsExactly(segments);
        sent.clear();
    }

    @AfterEach
    void nothingIsLeft() {
        sender.release();
        assertThat(allocator.live()).isZero();
        assertThat(sender.nextDeadline()).isEqualTo(Long.MAX_VALUE);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1000, -5, -12, Integer.MAX_VALUE - 7})
    void ownsItsBytesUntilTheyAreAcknowledged(int firstSeq) {
        begin(firstSeq, 1000);
        write("GET / HTTP/1.1 and more");
        sender.close();
        sender.flush(now);
        expect("0:GET / HTTP", "10:/1.1 and m", "20:ore", "23:|");
        assertThat(sender.allAcknowledged()).isFalse();
        now = sender.nextDeadline();
        sender.onDeadline(now);
        expect("23:| again");
        now = sender.nextDeadline();
        sender.onDeadline(now);
        expect("0:GET / HTTP again");
        acknowledge(10, 1000);
        expect("10:/1.1 and m again", "20:ore again", "23:| again");
        acknowledge(24, 1000);
        assertThat(sender.allAcknowledged()).isTrue();
        assertThat(sender.finAcknowledged()).isTrue();
        assertThat(sender.nextDeadline()).isEqualTo(Long.MAX_VALUE);
        expect();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -5, -25})
    void aHoleIsRepairedFromTheSameBytes(int firstSeq) {
        begin(firstSeq, 1000);
        write("0123456789abcdefghijABCDEFGHIJ9876543210");
        sent.clear();
        now += 50 * MILLIS;
        acknowledge(0, 1000, 10, 40);
        expect("0:0123456789 again");
        acknowledge(40, 1000);
        assertThat(sender.allAcknowledged()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -5})
    void afterTheUserTimeoutItHasFailed(int firstSeq) {
        begin(firstSeq, 1000);
        sender.userTimeout(2_000 * MILLIS);
        write("hello");
        long until = now + 2_000 * MILLIS;
        while (!sender.failed()) {
            long next = sender.nextDeadline();
            assertThat(next).isGreaterThan(now);
            now = next;
            sender.onDeadline(now);
        }
        assertThat(now).isEqualTo(until);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -5})
    void takesNoMoreThanItsBuffer(int firstSeq) {
        begin(firstSeq, 0);
        ByteBuf data = allocator.directBuffer(2000).writeZero(2000);
        assertThat(sender.write(data)).isEqualTo(1000);
        assertThat(data.readableBytes()).isEqualTo(1000);
        assertThat(sender.write(data)).isZero();
        data.release();
        assertThat(sender.room()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -5})
    void tinyWritesPinFewBuffers(int firstSeq) {
        begin(firstSeq, 0);
        for (int i = 0; i < 1000; i++) {
            write("x");
        }
        assertThat(allocator.live()).isLessThanOrEqualTo(2);
        assertThat(sender.queued()).isEqualTo(1000);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -5})
    void whatWasNeverSentCannotBeAcknowledged(int firstSeq) {
        begin(firstSeq, 1000);
        write("hello");
        acknowledge(6, 1000);
        assertThat(sender.unacknowledged()).isEqualTo(first);
    }
}

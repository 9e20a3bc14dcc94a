package dev.understudy.dispatcher.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.recover.StoreBudget;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes are shown in order, whatever their segments' order; what comes early waits, but not without end. */
class InOrderTest {
    private final StoreBudget budget = new StoreBudget(1 << 24, 1 << 16);
    private final StringBuilder shown = new StringBuilder();

    private InOrder from(int first) {
        InOrder.Reader reader =
                new InOrder.Reader() {
                    @Override
                    public void read(ByteBuf bytes, int index, int length) {
                        shown.append(bytes.toString(index, length, StandardCharsets.US_ASCII));
                    }

                    @Override
                    public long skippable() {
                        return 0;
                    }

                    @Override
                    public void skip(long bytes) {
                        throw new AssertionError("nothing may be skipped");
                    }
                };
        return new InOrder(reader, TestPackets.ALLOCATOR, budget, first);
    }

    private static boolean offer(InOrder stream, int seq, String text) {
        ByteBuf bytes = Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
        return stream.offer(seq, bytes, 0, text.length());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -3, Integer.MAX_VALUE - 2, 4711})
    void segmentsInAnyOrderAreShownInTheirs(int first) {
        InOrder stream = from(first);

        assertThat(offer(stream, first + 4, "efgh")).isTrue();
        assertThat(offer(stream, first + 2, "cde")).isTrue();
        assertThat(stream.hasGap()).isTrue();
        assertThat(offer(stream, first, "abc")).isTrue();

        assertThat(shown).hasToString("abcdefgh");
        assertThat(stream.next()).isEqualTo(first + 8);
        assertThat(budget.used()).isZero();
    }

    @Test
    void crumbsAheadOfAGapAreNotKeptWithoutEnd() {
        InOrder stream = from(0);
        int kept = 0;

        while (kept < 1 << 16 && offer(stream, 2 * kept + 2, "x")) {
            kept++;
        }

        assertThat(kept).isEqualTo(1 << 11);
        stream.release();
        assertThat(budget.used()).isZero();
    }
}

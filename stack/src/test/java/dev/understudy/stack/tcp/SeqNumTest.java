package dev.understudy.stack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("P10")
class SeqNumTest {
    @ParameterizedTest(name = "{0} is before {1}")
    @CsvSource({
        "0x00000000, 0x00000001",
        "0xFFFFFFFF, 0x00000000",
        "0xFFFFFFF0, 0x0000000F",
        "0x7FFFFFFF, 0x80000000",
        "0x80000000, 0xFFFFFFFF",
        "0x00000000, 0x7FFFFFFF",
        "0x90000000, 0x0FFFFFFF",
    })
    void ordersAcrossBothSeams(String earlier, String later) {
        int a = Integer.parseUnsignedInt(earlier.substring(2), 16);
        int b = Integer.parseUnsignedInt(later.substring(2), 16);
        assertThat(SeqNum.lt(a, b)).isTrue();
        assertThat(SeqNum.le(a, b)).isTrue();
        assertThat(SeqNum.gt(b, a)).isTrue();
        assertThat(SeqNum.ge(b, a)).isTrue();
        assertThat(SeqNum.lt(b, a)).isFalse();
        assertThat(SeqNum.le(b, a)).isFalse();
        assertThat(SeqNum.gt(a, b)).isFalse();
        assertThat(SeqNum.ge(a, b)).isFalse();
        assertThat(SeqNum.max(a, b)).isEqualTo(b);
        assertThat(SeqNum.max(b, a)).isEqualTo(b);
        assertThat(SeqNum.min(a, b)).isEqualTo(a);
        assertThat(SeqNum.min(b, a)).isEqualTo(a);
    }

    @Test
    void aNumberIsNeitherBeforeNorAfterItself() {
        for (int seq : new int[] {0, 1, -1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            assertThat(SeqNum.lt(seq, seq)).isFalse();
            assertThat(SeqNum.gt(seq, seq)).isFalse();
            assertThat(SeqNum.le(seq, seq)).isTrue();
            assertThat(SeqNum.ge(seq, seq)).isTrue();
        }
    }

    @Test
    void orderDoesNotDependOnWhereOnTheCircleItIs() {
        SplittableRandom random = new SplittableRandom(9293);
        for (int i = 0; i < 100_000; i++) {
            int base = random.nextInt();
            int distance = random.nextInt(1, Integer.MAX_VALUE);
            assertThat(SeqNum.lt(base, base + distance)).isTrue();
            assertThat(SeqNum.gt(base, base + distance)).isFalse();
        }
    }

    @ParameterizedTest(name = "{0} in [{1}, {2}): {3}")
    @CsvSource({
        "5, 5, 6, true",
        "6, 5, 6, false",
        "4, 5, 6, false",
        "5, 5, 5, false",
        "0, -2, 2, true",
        "-2, -2, 2, true",
        "2, -2, 2, false",
        "-3, -2, 2, false",
        "-2147483648, 2147483647, -2147483646, true",
        "-2147483646, 2147483647, -2147483646, false",
    })
    void withinIsAHalfOpenWindow(int x, int from, int to, boolean inside) {
        assertThat(SeqNum.within(x, from, to)).isEqualTo(inside);
    }

    @Test
    void peopleReadThemUnsigned() {
        assertThat(SeqNum.unsigned(-1)).isEqualTo(4294967295L);
        assertThat(SeqNum.unsigned(7)).isEqualTo(7L);
    }
}

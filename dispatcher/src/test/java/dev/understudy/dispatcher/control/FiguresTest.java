package dev.understudy.dispatcher.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.wire.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FiguresTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "999, 999",
        "1000, 1.0K",
        "1234, 1.2K",
        "10240, 10K",
        "1023488, 1.0M",
        "1073741824, 1.0G",
        "9223372036854775807, 8.0E"
    })
    void bytesAreShort(long bytes, String expected) {
        assertThat(Figures.bytes(bytes)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "-1, 0s",
        "999999999, 0s",
        "59000000000, 59s",
        "60000000000, 1m",
        "3600000000000, 1h",
        "86400000000000, 1d"
    })
    void agesAreShort(long nanos, String expected) {
        assertThat(Figures.age(nanos)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0 µs",
        "35400, 35 µs",
        "999600, 1.0 ms",
        "250000000, 250 ms",
        "2100000000, 2.1 s",
        "180000000000, 3 min"
    })
    void durationsHaveAUnit(long nanos, String expected) {
        assertThat(Figures.duration(nanos)).isEqualTo(expected);
    }

    @Test
    void noFigureOutgrowsItsColumn() {
        Seeds.each(
                1000,
                random -> {
                    long value = random.nextLong() >>> 1 + random.nextInt(63);
                    assertThat(Figures.bytes(value)).hasSizeLessThanOrEqualTo(5);
                    assertThat(Figures.age(value)).hasSizeLessThanOrEqualTo(4);
                });
        assertThat(Figures.bytes(Long.MAX_VALUE)).hasSizeLessThanOrEqualTo(5);
        assertThat(Figures.age(Long.MAX_VALUE)).hasSizeLessThanOrEqualTo(4);
    }
}

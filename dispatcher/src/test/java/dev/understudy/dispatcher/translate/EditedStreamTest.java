package dev.understudy.dispatcher.translate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.translate.EditedStream.Verdict;
import dev.understudy.stack.tcp.SeqNum;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lines of a stream are replaced by shorter and longer ones, however the stream is cut up, lost and sent again. */
@Tag("P61")
class EditedStreamTest {
    private static final int FIRST = 0xFFFFFF80;

    /** {@code GROW} becomes longer, {@code SHRINK} shorter. */
    private static final class Words implements EditedStream.Lines {
        @Override
        public boolean mayMatter(byte[] line, int length) {
            String begin = new String(line, 0, length, StandardCharsets.US_ASCII);
            return "GROW\r\n".startsWith(begin)
                    || "SHRINK\r\n".startsWith(begin)
                    || begin.startsWith("GROWx");
        }

        @Override
        public byte[] replaced(byte[] line, int length) {
            return switch (new String(line, 0, length, StandardCharsets.US_ASCII)) {
                case "GROW\r\n" -> bytes("GROWN BY SOME\r\n");
                case "SHRINK\r\n" -> bytes("S\r\n");
                default -> null;
            };
        }

        @Override
        public boolean ended() {
            return false;
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private final SequenceMap map = new SequenceMap(1000);
    private final EditedStream stream = new EditedStream(FIRST, map, new Words());

    private Verdict take(int seq, String text) {
        ByteBuf payload = Unpooled.wrappedBuffer(bytes(text));
        return stream.take(seq, payload, 0, text.length(), false);
    }

    private String travels() {
        return new String(
                stream.bytes(), stream.from(), stream.length(), StandardCharsets.US_ASCII);
    }

    @Test
    void longerLineShiftsAllBehindIt() {
        assertThat(take(FIRST, "GROW\r\nrest")).isEqualTo(Verdict.FORWARD);

        assertThat(travels()).isEqualTo("GROWN BY SOME\r\nrest");
        assertThat(stream.seq()).isEqualTo(FIRST - 1000);
        assertThat(map.map(FIRST + 6)).isEqualTo(FIRST - 1000 + 15);
        assertThat(map.unmap(FIRST - 1000 + 19)).isEqualTo(FIRST + 10);
    }

    @Test
    void beginningOfALineThatMayMatterIsHeldUntilTheLineIsWhole() {
        assertThat(take(FIRST, "SHR")).isEqualTo(Verdict.HELD);
        assertThat(stream.next()).isEqualTo(FIRST + 3);
        assertThat(take(FIRST, "SHR")).as("the same again").isEqualTo(Verdict.HELD);

        assertThat(take(FIRST + 3, "INK\r\n")).isEqualTo(Verdict.FORWARD);

        assertThat(travels()).isEqualTo("S\r\n");
        assertThat(stream.seq()).isEqualTo(FIRST - 1000);
    }

    @Test
    void whatComesAgainIsWhatTravelledBefore() {
        take(FIRST, "one\r\nGROW\r\n");
        take(FIRST + 11, "two\r\n");

        assertThat(take(FIRST, "one\r\nGROW\r\n")).isEqualTo(Verdict.FORWARD);
        assertThat(travels()).isEqualTo("one\r\nGROWN BY SOME\r\n");
        assertThat(take(FIRST + 7, "OW\r\n")).isEqualTo(Verdict.FORWARD);
        assertThat(travels()).as("a replaced line is always whole").isEqualTo("GROWN BY SOME\r\n");
        stream.acknowledged(FIRST - 1000 + 20);
        take(FIRST + 5, "GROW\r\ntwo\r\n");
        assertThat(travels()).as("without what was acknowledged").isEqualTo("two\r\n");
    }

    @Test
    void segmentBehindAGapMustComeAgain() {
        assertThat(take(FIRST + 1, "x")).isEqualTo(Verdict.DROPPED);
    }

    @Test
    void lineTooLongPassesUnread() {
        String line = "GROW" + "x".repeat(EditedStream.LONGEST_LINE);
        take(FIRST, line);
        assertThat(travels()).isEqualTo(line);
        take(FIRST + line.length(), "GROW\r\nGROW\r\n");
        assertThat(travels())
                .as("the first of them ends the line")
                .isEqualTo("GROW\r\nGROWN BY SOME\r\n");
    }

    @Test
    void whatNobodyAcknowledgesDoesNotFillTheHeap() {
        int seq = FIRST;
        String much = "x".repeat(1000);
        while (take(seq, much) != Verdict.DROPPED) {
            seq += much.length();
            assertThat(seq - FIRST).isLessThanOrEqualTo(EditedStream.MOST_BYTES);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void anySegmentationLossAndRepetitionGivesTheSameStream(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int run = 0; run < 2_000; run++) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < 12; i++) {
                text.append(
                        switch (random.nextInt(4)) {
                            case 0 -> "GROW\r\n";
                            case 1 -> "SHRINK\r\n";
                            case 2 -> "GR";
                            default -> "x".repeat(random.nextInt(9)) + "\r\n";
                        });
            }
            text.append("end\r\n");
            // Only whole lines are replaced; "GR" in front makes the line another one.
            String expected =
                    text.toString()
                            .replaceAll("(?m)^GROW\r\n", "GROWN BY SOME\r\n")
                            .replaceAll("(?m)^SHRINK\r\n", "S\r\n");
            assertThat(transfer(text.toString(), random)).isEqualTo(expected);
        }
    }

    /** A sender and a receiver with nothing but cumulative acknowledgements, over a path that loses. */
    private static String transfer(String text, SplittableRandom random) {
        SequenceMap map = new SequenceMap(-77);
        EditedStream stream = new EditedStream(FIRST, map, new Words());
        ByteBuf all = Unpooled.wrappedBuffer(bytes(text));
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        int begin = FIRST + 77;
        int una = FIRST;
        for (int steps = 0; una != FIRST + text.length(); steps++) {
            assertThat(steps).as("steps").isLessThan(20_000);
            int offset = una - FIRST + random.nextInt(3) * random.nextInt(8);
            if (random.nextInt(3) > 0) {
                offset = una - FIRST;
            }
            if (offset >= text.length()) {
                continue;
            }
            int count = 1 + random.nextInt(Math.min(20, text.length() - offset));
            Verdict verdict = stream.take(FIRST + offset, all, offset, count, false);
            if (verdict == Verdict.HELD && random.nextBoolean()) {
                una = SeqNum.max(una, stream.next());
            }
            if (verdict != Verdict.FORWARD || random.nextInt(4) == 0) {
                continue;
            }
            int gap = stream.seq() - (begin + received.size());
            if (gap <= 0 && stream.length() + gap > 0) {
                received.write(stream.bytes(), stream.from() - gap, stream.length() + gap);
                map.passed(begin + received.size());
            }
            if (random.nextInt(4) > 0) {
                int ack = begin + received.size();
                una = SeqNum.max(una, map.unmap(ack));
                map.acknowledged(ack);
                stream.acknowledged(ack);
            }
        }
        return received.toString(StandardCharsets.US_ASCII);
    }
}

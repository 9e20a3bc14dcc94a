package dev.understudy.dispatcher.translate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.wire.Seeds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * {@link SequenceMap} against a model that knows nothing of deltas: the sender's stream as a list of bytes, the receiver's
 * as another, and each byte knows where it went. Streams begin shortly before 2^32, so that each one wraps on the way.
 */
class SequenceMapModelTest {
    private static final int OURS = -1;
    private static final int GONE = -1;

    /** At an offset of the sender's stream: some bytes before it are taken out, some of ours are put in. */
    private record Edit(int at, int takeOut, int putIn) {}

    private static final class Model {
        final SequenceMap map;
        final List<Integer> received = new ArrayList<>();
        final int[] image;

        Model(int senderStart, int receiverStart, int[] steps) {
            map = new SequenceMap(senderStart - receiverStart);
            List<Edit> edits = edits(steps);
            int length = edits.get(edits.size() - 1).at() + 30;
            image = new int[length];
            Arrays.fill(image, 0);
            for (Edit edit : edits) {
                Arrays.fill(image, edit.at() - edit.takeOut(), edit.at(), GONE);
            }
            int next = 0;
            for (int offset = 0; offset < length; offset++) {
                for (Edit edit : edits) {
                    if (edit.at() == offset) {
                        for (int i = 0; i < edit.putIn(); i++) {
                            received.add(OURS);
                        }
                    }
                }
                next = received.size();
                if (image[offset] != GONE) {
                    image[offset] = next;
                    received.add(offset);
                }
            }
            for (Edit edit : edits) {
                int position = senderStart + edit.at();
                if (edit.takeOut() > 0) {
                    assertThat(map.append(position, map.delta() + edit.takeOut())).isTrue();
                }
                if (edit.putIn() > 0) {
                    assertThat(map.append(position, map.delta() - edit.putIn())).isTrue();
                }
            }
        }

        /** Three numbers a step: how far on, how many out, how many in. At most 3 edits, which are 6 epochs. */
        private static List<Edit> edits(int[] steps) {
            List<Edit> edits = new ArrayList<>();
            int at = 0;
            for (int i = 0; i + 2 < steps.length; i += 3) {
                int takeOut = steps[i + 1] / 2;
                at += 1 + takeOut + steps[i];
                edits.add(new Edit(at, takeOut, steps[i + 2] / 2));
            }
            return edits;
        }

        int expectedImage(int offset) {
            for (int i = offset; i < image.length; i++) {
                if (image[i] != GONE) {
                    if (i == offset) {
                        return image[i];
                    }
                    int at = image[i];
                    while (at > 0 && received.get(at - 1) == OURS) {
                        at--;
                    }
                    return at;
                }
            }
            throw new AssertionError("the stream ends with bytes that travel");
        }

        /** The most that the receiver's having its first {@code count} bytes proves. */
        int expectedAcknowledged(int count) {
            int proven = 0;
            while (proven < image.length
                    && (image[proven] == GONE
                            ? goneIsCovered(proven, count)
                            : image[proven] < count)) {
                proven++;
            }
            return proven;
        }

        /** Bytes that are gone count as acknowledged with the byte before them. */
        private boolean goneIsCovered(int offset, int count) {
            return expectedImage(offset) <= count;
        }

        int run(int offset) {
            if (image[offset] == GONE) {
                return 0;
            }
            int length = 1;
            while (offset + length < image.length
                    && image[offset + length] == image[offset] + length) {
                length++;
            }
            return length;
        }
    }

    private static int[] steps(SplittableRandom random) {
        return random.ints(9, 0, 13).toArray();
    }

    /** Shortly before 2^32, so that the stream wraps. */
    private static int nearTheEnd(SplittableRandom random) {
        return -random.nextInt(61);
    }

    @Test
    @Tag("P10")
    void everyByteIsWhereTheModelHasIt() {
        Seeds.each(
                600,
                random -> {
                    int senderStart = nearTheEnd(random);
                    int receiverStart = random.nextInt();
                    everyByteIsWhereTheModelHasItIn(
                            new Model(senderStart, receiverStart, steps(random)),
                            senderStart,
                            receiverStart);
                });
    }

    private static void everyByteIsWhereTheModelHasItIn(
            Model model, int senderStart, int receiverStart) {
        for (int offset = 0; offset < model.image.length; offset++) {
            int seq = senderStart + offset;
            assertThat(model.map.map(seq) - receiverStart)
                    .as("image of %d in %s", offset, model.map)
                    .isEqualTo(model.expectedImage(offset));
            if (model.image[offset] != GONE) {
                assertThat(model.map.unmap(model.map.map(seq))).as("inverse").isEqualTo(seq);
            }
            int run = model.run(offset);
            boolean last = offset + run == model.image.length;
            assertThat(model.map.crosses(seq, run)).isFalse();
            if (!last) {
                assertThat(model.map.carries(seq)).as("carries %d", offset).isEqualTo(run);
                assertThat(model.map.crosses(seq, run + 1)).isTrue();
            }
        }
    }

    @Test
    @Tag("P10")
    void acknowledgementsProveWhatTheModelSays() {
        Seeds.each(
                600,
                random -> {
                    int senderStart = random.nextInt();
                    int receiverStart = nearTheEnd(random);
                    acknowledgementsProveWhatTheModelSaysIn(
                            new Model(senderStart, receiverStart, steps(random)),
                            senderStart,
                            receiverStart);
                });
    }

    private static void acknowledgementsProveWhatTheModelSaysIn(
            Model model, int senderStart, int receiverStart) {
        int before = senderStart;
        for (int count = 0; count <= model.received.size(); count++) {
            int ack = model.map.unmap(receiverStart + count);
            assertThat(ack - senderStart)
                    .as("ACK %d in %s", count, model.map)
                    .isEqualTo(model.expectedAcknowledged(count));
            assertThat(ack - before).as("monotone").isNotNegative();
            before = ack;
        }
    }

    @Test
    void aSackBlockSurvivesExactlyIfItIsOneRunOfTheSendersBytes() {
        Seeds.each(
                400,
                random -> {
                    int senderStart = random.nextInt();
                    int receiverStart = nearTheEnd(random);
                    aSackBlockSurvivesExactlyIfItIsOneRunOfTheSendersBytesIn(
                            new Model(senderStart, receiverStart, steps(random)), receiverStart);
                });
    }

    private static void aSackBlockSurvivesExactlyIfItIsOneRunOfTheSendersBytesIn(
            Model model, int receiverStart) {
        List<Integer> received = model.received;
        for (int left = 0; left < received.size(); left++) {
            boolean whole = true;
            for (int right = left + 1; right <= received.size(); right++) {
                int offset = received.get(right - 1);
                whole &= offset != OURS && offset == received.get(left) + right - 1 - left;
                assertThat(model.map.blockCrosses(receiverStart + left, receiverStart + right))
                        .as("[%d, %d) in %s", left, right, model.map)
                        .isEqualTo(!whole);
            }
        }
    }

    @Test
    void forgettingPastEpochsChangesNothingThatIsStillToCome() {
        Seeds.each(
                400,
                random -> {
                    int senderStart = random.nextInt();
                    int receiverStart = nearTheEnd(random);
                    forgettingPastEpochsChangesNothingThatIsStillToComeIn(
                            new Model(senderStart, receiverStart, steps(random)),
                            senderStart,
                            receiverStart,
                            random.nextInt(101));
                });
    }

    private static void forgettingPastEpochsChangesNothingThatIsStillToComeIn(
            Model model, int senderStart, int receiverStart, int percent) {
        int size = model.received.size();
        int count = size * percent / 100;
        model.map.passed(receiverStart + size);
        model.map.acknowledged(receiverStart + count);

        for (int later = count; later <= size; later++) {
            assertThat(model.map.unmap(receiverStart + later) - senderStart)
                    .isEqualTo(model.expectedAcknowledged(later));
        }
        for (int offset = 0; offset < model.image.length; offset++) {
            int mapped = model.map.map(senderStart + offset) - receiverStart;
            if (model.expectedImage(offset) >= count && model.image[offset] != GONE) {
                assertThat(mapped).isEqualTo(model.image[offset]);
            } else {
                assertThat(mapped)
                        .as("old to the receiver")
                        .isLessThanOrEqualTo(Math.max(count, model.expectedImage(offset)));
            }
        }
    }
}

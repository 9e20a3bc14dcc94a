package dev.understudy.dispatcher.translate;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Single cases of {@link SequenceMap}; {@link SequenceMapModelTest} holds the whole against a model. */
class SequenceMapTest {

    @ParameterizedTest
    @CsvSource({
        "5000, 1000, 4000",
        "1000, 5000, -4000",
        "100, 4294967000, 396",
        "4294967000, 100, -396",
        "0, 2147483648, -2147483648"
    })
    @Tag("P11")
    @Tag("T2")
    void deltaIsTheNewServersIsnMinusTheOneThatTheClientSaw(long server, long seen, int delta) {
        assertThat(SequenceMap.delta((int) server, (int) seen)).isEqualTo(delta);
        SequenceMap map = new SequenceMap(SequenceMap.delta((int) server, (int) seen));
        assertThat(map.map((int) server)).isEqualTo((int) seen);
        assertThat(map.unmap((int) seen + 1)).isEqualTo((int) server + 1);
    }

    @Test
    @Tag("P10")
    void seqMinusDeltaAndAckPlusDeltaAcrossTheWrap() {
        SequenceMap map = new SequenceMap(1000);
        for (int i = -2000; i <= 2000; i++) {
            int seq = 500 + i;
            assertThat(map.map(seq)).isEqualTo(seq - 1000);
            assertThat(map.unmap(seq - 1000)).isEqualTo(seq);
        }
        assertThat(map.crosses(-5, 10)).isFalse();
        assertThat(map.blockCrosses(-5, 10)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {1000, 2147483640L, 4294967290L})
    void bytesPutInShiftWhatFollowsAndNotWhatPrecedes(long start) {
        int s = (int) start;
        SequenceMap map = new SequenceMap(0);
        assertThat(map.append(s + 10, -4)).isTrue();

        assertThat(map.map(s + 9)).as("older byte").isEqualTo(s + 9);
        assertThat(map.map(s + 10)).as("first byte behind").isEqualTo(s + 14);
        assertThat(map.unmap(s + 10)).as("ACK of all before").isEqualTo(s + 10);
        assertThat(map.unmap(s + 12)).as("ACK inside ours").isEqualTo(s + 10);
        assertThat(map.unmap(s + 14)).as("ACK of all ours").isEqualTo(s + 10);
        assertThat(map.unmap(s + 15)).as("ACK of one behind").isEqualTo(s + 11);
        assertThat(map.carries(s)).isEqualTo(10);
        assertThat(map.carries(s + 10)).isEqualTo(Integer.MAX_VALUE);
        assertThat(map.crosses(s + 5, 5)).isFalse();
        assertThat(map.crosses(s + 5, 6)).isTrue();
        assertThat(map.blockCrosses(s + 5, s + 10)).isFalse();
        assertThat(map.blockCrosses(s + 5, s + 11)).isTrue();
        assertThat(map.blockCrosses(s + 12, s + 20)).isTrue();
        assertThat(map.blockCrosses(s + 14, s + 20)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {1000, 2147483640L, 4294967290L})
    void bytesTakenOutMapToWhatFollowsAndAreAcknowledgedWithWhatPrecedes(long start) {
        int s = (int) start;
        SequenceMap map = new SequenceMap(0);
        assertThat(map.append(s + 10, 4)).isTrue();

        assertThat(map.map(s + 5)).isEqualTo(s + 5);
        assertThat(map.map(s + 6)).as("first of those taken out").isEqualTo(s + 6);
        assertThat(map.map(s + 9)).as("last of those taken out").isEqualTo(s + 6);
        assertThat(map.map(s + 10)).isEqualTo(s + 6);
        assertThat(map.unmap(s + 5)).isEqualTo(s + 5);
        assertThat(map.unmap(s + 6)).as("ACK exactly on the edge").isEqualTo(s + 10);
        assertThat(map.carries(s)).as("up to those taken out").isEqualTo(6);
        assertThat(map.carries(s + 7)).isZero();
        assertThat(map.crosses(s, 6)).isFalse();
        assertThat(map.crosses(s, 7)).isTrue();
        assertThat(map.crosses(s + 10, 1000)).isFalse();
        assertThat(map.crosses(s + 7, 0)).as("a pure ACK never crosses").isFalse();
        assertThat(map.blockCrosses(s + 2, s + 6)).isFalse();
        assertThat(map.blockCrosses(s + 2, s + 7)).isTrue();
    }

    @Test
    void bytesReplacedAreTakenOutAndPutInAtTheSamePosition() {
        SequenceMap map = new SequenceMap(0);
        assertThat(map.append(110, 10)).isTrue();
        assertThat(map.append(110, 10 - 25)).isTrue();

        assertThat(map.map(99)).isEqualTo(99);
        assertThat(map.map(105)).isEqualTo(100);
        assertThat(map.map(110)).isEqualTo(125);
        assertThat(map.unmap(100)).isEqualTo(110);
        assertThat(map.unmap(117)).isEqualTo(110);
        assertThat(map.unmap(126)).isEqualTo(111);
    }

    @Test
    void anEpochIsForgottenWhenTheReceiverHasAcknowledgedUpToItsEnd() {
        SequenceMap map = new SequenceMap(0);
        map.append(100, -4);
        map.passed(150);

        map.acknowledged(103);
        assertThat(map.epochs()).isEqualTo(2);
        map.acknowledged(104);
        assertThat(map.epochs()).isEqualTo(1);
        assertThat(map.map(100)).isEqualTo(104);
        assertThat(map.map(99)).as("an old byte stays old to the receiver").isLessThan(104);
    }

    @Test
    void anAcknowledgementOfWhatWasNeverPassedOnIsNotBelieved() {
        SequenceMap map = new SequenceMap(0);
        map.append(100, -4);
        map.passed(150);

        map.acknowledged(151);
        assertThat(map.epochs()).isEqualTo(2);
        map.acknowledged(150);
        assertThat(map.epochs()).isEqualTo(1);
    }

    @Test
    void onlyEpochsThatArePastAreForgotten() {
        SequenceMap map = new SequenceMap(0);
        map.append(100, -4);
        map.append(200, -8);
        map.append(300, 0);
        map.passed(400);

        map.acknowledged(208);
        assertThat(map.epochs()).isEqualTo(2);
        assertThat(map.map(291)).isEqualTo(299);
        assertThat(map.map(300)).isEqualTo(300);
        assertThat(map.toString()).isEqualTo("-8 | from 300: +0");
    }

    @Test
    void aFullMapTakesNoMoreAndStaysRight() {
        SequenceMap map = new SequenceMap(0);
        for (int i = 1; i < SequenceMap.MAX_EPOCHS; i++) {
            assertThat(map.append(100 * i, -i)).isTrue();
        }
        assertThat(map.epochs()).isEqualTo(SequenceMap.MAX_EPOCHS);
        assertThat(map.append(10_000, -100)).isFalse();
        assertThat(map.append(10_000, map.delta())).as("nothing new").isTrue();
        for (int i = 0; i < SequenceMap.MAX_EPOCHS; i++) {
            assertThat(map.map(100 * i + 50)).isEqualTo(100 * i + 50 + i);
        }
    }

    @Test
    void anEpochCannotBeginBeforeTheLastOneDid() {
        SequenceMap map = new SequenceMap(0);
        map.append(100, -4);
        assertThat(map.append(99, -8)).isFalse();
        assertThat(map.append(110, 20)).as("takes out more than the last epoch has").isFalse();
        assertThat(map.toString()).isEqualTo("+0 | from 104: -4");
    }

    @Test
    void aSpliceIsRememberedUntilTheNewSenderHasSentAllThatTheReceiverHad() {
        SequenceMap map = new SequenceMap(0);
        map.splice(300, 5000, 5100);
        map.passed(5050);

        map.acknowledged(5050);
        assertThat(map.unmap(5100)).as("the receiver had it out of order").isEqualTo(350);

        map.passed(5120);
        map.acknowledged(5100);
        assertThat(map.epochs()).isEqualTo(1);
        assertThat(map.unmap(5100)).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(longs = {1000, 2147483640L, 4294967290L})
    void aSpliceLetsNothingOfTheNewSenderThroughBeforeIt(long start) {
        int s = (int) start;
        SequenceMap map = new SequenceMap(77);
        map.append(500, 99);
        map.splice(s + 300, 5000, 5000);

        assertThat(map.delta()).isEqualTo(s + 300 - 5000);
        assertThat(map.map(s + 300)).isEqualTo(5000);
        assertThat(map.map(s + 310)).isEqualTo(5010);
        assertThat(map.carries(s + 299)).isZero();
        assertThat(map.crosses(s, 300)).isTrue();
        assertThat(map.crosses(s + 300, 60_000)).isFalse();
        assertThat(map.map(s + 290)).as("a pure ACK in the prefix").isEqualTo(5000);
        assertThat(map.unmap(4000)).as("an ACK from before").isEqualTo(s + 300);
        assertThat(map.unmap(5010))
                .as("an ACK of what only the sender before has sent")
                .isEqualTo(s + 300);
        map.passed(5006);
        assertThat(map.unmap(5010)).as("of which this one has sent a part").isEqualTo(s + 306);
        map.acknowledged(5010);
        assertThat(map.epochs()).as("not caught up yet").isEqualTo(2);
        map.passed(5100);
        assertThat(map.unmap(5010)).isEqualTo(s + 310);
        assertThat(map.blockCrosses(4900, 4950)).isTrue();

        map.acknowledged(5000);
        assertThat(map.carries(s + 299)).as("still held back").isZero();
        map.acknowledged(5001);
        assertThat(map.epochs()).isEqualTo(1);
    }

    @Test
    @Tag("T5")
    void theClientsNumbersStayOnlyWhereTheNewServerGetsAllEarlierBytesOrASynThatSkipsThem() {
        int clientIsn = -100;
        int request = clientIsn + 1 + 300;

        SequenceMap whole = new SequenceMap(SequenceMap.delta(clientIsn, clientIsn));
        assertThat(whole.map(request)).as("all replayed").isEqualTo(request);

        int skippingIsn = request - 1;
        SequenceMap skipping = new SequenceMap(0);
        assertThat(skipping.map(request)).as("ISN before the request").isEqualTo(skippingIsn + 1);

        SequenceMap moved = new SequenceMap(request - (clientIsn + 1));
        assertThat(moved.map(request)).as("the client's ISN again").isEqualTo(clientIsn + 1);
        assertThat(moved.unmap(clientIsn + 1 + 40)).isEqualTo(request + 40);
    }

    @Test
    void resetForgetsEverything() {
        SequenceMap map = new SequenceMap(5);
        map.append(100, 9);
        map.reset(0);
        assertThat(map.isIdentity()).isTrue();
        assertThat(map.map(50)).isEqualTo(50);
    }
}

package dev.understudy.dispatcher.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

/**
 * Every phase and every event: what leaves, and what the phase is afterwards. See {@code phases.csv} and, of UDP, {@code
 * datagram-phases.csv}.
 */
class PhaseTableTest {
    @ParameterizedTest(name = "{0}: {1}")
    @CsvFileSource(resources = "phases.csv", delimiter = '|')
    void everyEventInEveryPhase(String phase, String event, String expected) {
        Scene scene = Scene.of(phase);

        scene.happen(event);

        assertThat(scene.outcome()).isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvFileSource(resources = "datagram-phases.csv", delimiter = '|')
    void everyEventInEveryPhaseOfUdp(String phase, String event, String expected) {
        DatagramScene scene = DatagramScene.of(phase);

        scene.happen(event);

        assertThat(scene.outcome()).isEqualTo(expected);
    }
}

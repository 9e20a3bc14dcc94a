package dev.understudy.stack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What the sender makes of echoes: one in a round trip counts (RFC 3168 §6.1.2). */
class EcnTest {
    @Test
    void echoCountsAgainOnceWhatWasSentSinceIsAcknowledged() {
        Ecn ecn = new Ecn();
        assertThat(ecn.heed(1_000)).isTrue();
        ecn.acknowledged(1_000);
        assertThat(ecn.heed(2_000)).as("about what was sent before").isFalse();
        ecn.acknowledged(1_001);
        assertThat(ecn.heed(2_000)).isTrue();
    }

    @Test
    void echoCountsHoweverFarTheNumbersHaveCome() {
        Ecn ecn = new Ecn();
        assertThat(ecn.heed(1_000)).isTrue();
        int una = 1_000;
        for (int sent = 0; sent < 3; sent++) {
            una += 1 << 30;
            ecn.acknowledged(una);
        }
        assertThat(ecn.heed(una + 1)).isTrue();
    }

    @Test
    void heedingIsSaidOnce() {
        Ecn ecn = new Ecn();
        assertThat(ecn.takeCwr()).isFalse();
        ecn.heed(1_000);
        assertThat(ecn.takeCwr()).isTrue();
        assertThat(ecn.takeCwr()).isFalse();
    }
}

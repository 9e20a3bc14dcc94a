package dev.understudy.dispatcher.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.stack.wire.Endpoint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class EventTextTest {
    private static final Endpoint CLIENT = Endpoint.parse("10.0.0.1:40000");
    private static final Endpoint SERVER = Endpoint.parse("10.20.0.11:80");

    @ParameterizedTest
    @EnumSource(Kind.class)
    void everyKindIsAWholeSentence(Kind kind) {
        for (String detail : new String[] {"", "refused"}) {
            String sentence =
                    EventText.sentence(new Event(1, 0, 42, kind, CLIENT, SERVER, 3, detail));
            assertThat(sentence).endsWith(".").doesNotContain("null", "()", "  ");
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void anEventAboutNoSessionAndNoServerIsASentenceToo(Kind kind) {
        assertThat(EventText.line(new Event(1, 0, 0, kind, null, null, 0, "")))
                .endsWith(".")
                .doesNotContain("null", "#");
    }

    @ParameterizedTest
    @CsvSource({
        "refused, '10.20.0.11:80 refused; hidden from the client (cost 250 ms, 0 bytes).'",
        "timeout, '10.20.0.11:80 did not answer in time; hidden from the client (cost 250 ms, 0"
                + " bytes).'",
        "slow, '10.20.0.11:80 had not answered yet; hidden from the client (cost 250 ms, 0"
                + " bytes).'",
        "unreachable, '10.20.0.11:80 is unreachable; hidden from the client (cost 250 ms, 0"
                + " bytes).'"
    })
    void aHiddenFailureSaysHowItFailed(String detail, String expected) {
        Event event = new Event(7, 0, 42, Kind.HIDDEN, CLIENT, SERVER, 250_000_000, detail);
        assertThat(EventText.line(event)).isEqualTo("#42 10.0.0.1:40000: " + expected);
    }

    @ParameterizedTest
    @CsvSource({"1, 1 byte", "78, 78 bytes", "2_048, 2.0KB"})
    void aHiddenFailureSaysHowManyBytesHadToBeSentAgain(String bytes, String expected) {
        long count = Long.parseLong(bytes.replace("_", ""));
        Event event = new Event(7, 0, 42, Kind.HIDDEN, CLIENT, SERVER, 0, "reset", count, "");
        assertThat(EventText.sentence(event))
                .isEqualTo(
                        "10.20.0.11:80 reset the connection; hidden from the client (cost 0 µs, "
                                + expected
                                + ").");
    }

    @Test
    void anAttemptSaysWhyItGoesThere() {
        Event event = new Event(7, 0, 42, Kind.ATTEMPT, CLIENT, SERVER, 0, "", 0, "its turn");
        assertThat(EventText.sentence(event)).isEqualTo("a SYN goes to 10.20.0.11:80 (its turn).");
    }

    @Test
    void aTakeOverSaysHowLongItTook() {
        Event event = new Event(8, 0, 42, Kind.WON, CLIENT, SERVER, 1_234_567, "");
        assertThat(EventText.sentence(event))
                .isEqualTo("10.20.0.11:80 plays the part, 1.2 ms after the client's SYN.");
    }
}

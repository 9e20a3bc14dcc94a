package dev.understudy.tools.script.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.understudy.tools.script.ScriptFile;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * Every state × every kind of segment × every edge of the window × acknowledgement numbers, over both families, once with
 * the peer's numbers from 0 and once across their wrap-around. Each case is a script; what it expects is the {@link
 * Oracle}'s, from the RFCs.
 */
class MatrixTest {
    private static final List<Stage> STAGES =
            List.of(
                    Stage.CLOSED,
                    Stage.LISTEN,
                    Stage.SYN_SENT,
                    Stage.SYN_RECEIVED,
                    Stage.SYN_RECEIVED_ACTIVELY,
                    Stage.ESTABLISHED,
                    Stage.FIN_WAIT_1,
                    Stage.FIN_WAIT_2,
                    Stage.CLOSE_WAIT,
                    Stage.CLOSING,
                    Stage.LAST_ACK,
                    Stage.TIME_WAIT);

    /** From 0, and so that the window lies across 2^32. */
    private static final List<Numbers> NUMBERS = List.of(new Numbers(0), new Numbers(-5_000));

    /** Longer than an acknowledgement may be delayed, shorter than anything waits that was sent before. */
    private static final String QUIET = "+.1 %{ assert 1 == 1 }%\n";

    private static final Pattern ANSWER =
            Pattern.compile(
                    "(?<time>\\S+) > (?<flags>[A-Z]*\\.?)(?<rest> (?<seq>\\d+):.*)",
                    Pattern.DOTALL);

    @TestFactory
    @Tag("B15")
    Stream<DynamicContainer> everyArrivalIsAnsweredAsTheRfcsSay() {
        return STAGES.stream()
                .map(
                        stage ->
                                DynamicContainer.dynamicContainer(
                                        stage.name(), cases(stage).stream()));
    }

    private static List<DynamicTest> cases(Stage stage) {
        List<DynamicTest> tests = new ArrayList<>();
        for (Arriving arriving : Arriving.values()) {
            for (Edge edge : Edge.values()) {
                for (int ack : acknowledgements(stage, arriving)) {
                    for (Numbers numbers : NUMBERS) {
                        String name =
                                "%s %s%s%s"
                                        .formatted(
                                                arriving,
                                                edge,
                                                arriving.hasAck() ? " ack " + ack : "",
                                                numbers.initial() == 0 ? "" : ", wrapping");
                        for (String ip : List.of("ipv4", "ipv6")) {
                            tests.add(
                                    dynamicTest(
                                            name + ", " + ip,
                                            () ->
                                                    check(
                                                            stage,
                                                            arriving,
                                                            edge.seq(stage),
                                                            ack,
                                                            numbers,
                                                            ip)));
                        }
                    }
                }
            }
        }
        return tests;
    }

    /** What is acknowledged already, what may be, one more, and what is older than any window. */
    private static Set<Integer> acknowledgements(Stage stage, Arriving arriving) {
        Set<Integer> numbers = new TreeSet<>();
        if (!arriving.hasAck()) {
            numbers.add(0);
            return numbers;
        }
        numbers.add(stage.sndUna());
        numbers.add(stage.sndNxt());
        numbers.add(stage.sndNxt() + 1);
        if (stage.sndUna() > 0) {
            numbers.add(stage.sndUna() - 40_000);
        }
        return numbers;
    }

    private static void check(
            Stage stage, Arriving arriving, int seq, int ack, Numbers numbers, String ip) {
        Expected expected = new Oracle(numbers).of(stage, arriving, seq, ack);
        String script = script(stage, arriving, seq, ack, numbers, expected);
        assertThat(failure(script, ip)).as(script).isEmpty();
    }

    private static String failure(String script, String ip) {
        return new ScriptFile("case", script, ip, true).failure(Map.of());
    }

    private static String script(
            Stage stage, Arriving arriving, int seq, int ack, Numbers numbers, Expected expected) {
        return numbers.fill(
                stage.opening()
                        + arriving.line(numbers, seq, ack)
                        + expected.reply()
                        + QUIET
                        + state(expected)
                        + expected.after());
    }

    private static String state(Expected expected) {
        StringBuilder lines = new StringBuilder();
        if (!expected.info().isEmpty()) {
            lines.append("+0 %{ assert tcpi_state == ").append(expected.info()).append(" }%\n");
        }
        if (expected.readable() >= 0 && !expected.info().isEmpty()) {
            lines.append("+0 ioctl(4, SIOCINQ, [").append(expected.readable()).append("]) = 0\n");
        }
        return lines.toString();
    }

    /** A case that holds says something only if every other answer would have been noticed: none, or another number or flag. */
    @TestFactory
    Stream<DynamicTest> noOtherAnswerWouldDo() {
        return STAGES.stream()
                .map(stage -> dynamicTest(stage.name(), () -> refusesOtherAnswers(stage)));
    }

    private static void refusesOtherAnswers(Stage stage) {
        Numbers numbers = NUMBERS.get(0);
        Oracle oracle = new Oracle(numbers);
        Set<String> seen = new HashSet<>();
        for (Arriving arriving : Arriving.values()) {
            for (Edge edge : Edge.values()) {
                for (int ack : acknowledgements(stage, arriving)) {
                    int seq = edge.seq(stage);
                    Expected expected = oracle.of(stage, arriving, seq, ack);
                    if (!seen.add(arriving + expected.reply() + expected.info())) {
                        continue;
                    }
                    for (String other : others(expected.reply())) {
                        String script =
                                script(stage, arriving, seq, ack, numbers, expected.reply(other));
                        assertThat(failure(script, "ipv4")).as(script).isNotEmpty();
                    }
                }
            }
        }
        assertThat(seen).hasSizeGreaterThan(Arriving.values().length);
    }

    /** An answer instead of silence; else silence, and the answer with another flag, sequence or acknowledgement number. */
    private static List<String> others(String reply) {
        Matcher line = ANSWER.matcher(reply);
        if (!line.matches()) {
            return List.of("+0 > . 1:1(0) ack 1\n", "+0 > R 1:1(0)\n");
        }
        List<String> others = new ArrayList<>(List.of(Expected.SILENCE));
        boolean reset = line.group("flags").startsWith("R");
        others.add(line.replaceFirst("${time} > " + (reset ? "F." : "R") + "${rest}"));
        if (!line.group("flags").startsWith("S")) {
            // What is relative to our SYN is so by definition in the SYN itself.
            String seq = Long.toString(Long.parseLong(line.group("seq")) + 1 & 0xFFFF_FFFFL);
            others.add(reply.replaceFirst(" \\d+:\\d+\\(0\\)", " %s:%s(0)".formatted(seq, seq)));
        }
        if (reply.contains(" ack ")) {
            others.add(reply.replaceFirst(" ack \\d+", " ack 77777"));
        }
        return others;
    }
}

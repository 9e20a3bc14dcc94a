package dev.understudy.tools.script.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.understudy.stack.wire.Tcp;
import dev.understudy.tools.script.language.Action.Direction;
import dev.understudy.tools.script.language.Action.IcmpError;
import dev.understudy.tools.script.language.Action.SeqBase;
import dev.understudy.tools.script.language.Action.SystemCall;
import dev.understudy.tools.script.language.Action.TcpSegment;
import dev.understudy.tools.script.language.Action.Unsupported;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read from a script's text. */
class ScriptTest {
    private static Action only(String text) {
        List<Event> events = Script.parse(text).events();
        assertThat(events).hasSize(1);
        return events.get(0).action();
    }

    private static TcpSegment segment(String text) {
        return (TcpSegment) only("+0 " + text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0 write(4, ..., 1) = 1     | ABSOLUTE | 0          | 0",
                "0.25 write(4, ..., 1) = 1  | ABSOLUTE | 250000000  | 250000000",
                "+.1 write(4, ..., 1) = 1   | RELATIVE | 100000000  | 100000000",
                "+0.1~+0.2 > . 1:1(0) ack 1 | RELATIVE | 100000000  | 200000000",
                "1~1.5 > . 1:1(0) ack 1     | ABSOLUTE | 1000000000 | 1500000000",
                "* > . 1:1(0) ack 1         | ANY      | 0          | 9223372036854775807",
            })
    void timesAreAbsoluteRelativeRangesOrAny(String text, Timing.Kind kind, long from, long to) {
        assertThat(Script.parse(text).events().get(0).timing())
                .isEqualTo(new Timing(kind, from, to));
    }

    @ParameterizedTest
    @CsvSource({
        "S, 2",
        "S., 18",
        "., 16",
        "P., 24",
        "F., 17",
        "R, 4",
        "FPU., 57",
        "SEW, 194",
        "SE., 82",
    })
    void flagsAreTheHeadersBits(String letters, int bits) {
        assertThat(segment("< " + letters + " 0:0(0)").flags()).isEqualTo(bits);
    }

    @Test
    void aDashIsASegmentWithoutFlags() {
        assertThat(segment("< - 1:2(1)").flags()).isZero();
    }

    @Test
    void aSegmentHasRangeAcknowledgementWindowUrgentPointerAndOptions() {
        TcpSegment read =
                segment("> P. 1:1001(1000) ack 7 win 500 urg 3 <nop,nop,TS val 100 ecr 200>");
        assertThat(read.direction()).isEqualTo(Direction.EXPECTED);
        assertThat(read.flags()).isEqualTo(Tcp.PSH | Tcp.ACK);
        assertThat(read.seq()).isEqualTo(1);
        assertThat(read.length()).isEqualTo(1000);
        assertThat(read.ack()).contains(7L);
        assertThat(read.window()).contains(500);
        assertThat(read.urgent()).isEqualTo(3);
        assertThat(read.options().orElseThrow())
                .containsExactly(
                        new SegmentOption.Nop(),
                        new SegmentOption.Nop(),
                        new SegmentOption.Timestamps(100, 200));
    }

    @Test
    void everyOptionIsKnown() {
        TcpSegment read =
                segment("< S 0:0(0) win 1 <mss 1000,sackOK,nop,wscale 7,sack 1:2 3:4,eol>");
        assertThat(read.options().orElseThrow())
                .containsExactly(
                        new SegmentOption.Mss(1000),
                        new SegmentOption.SackPermitted(),
                        new SegmentOption.Nop(),
                        new SegmentOption.WindowScale(7),
                        new SegmentOption.Sack(
                                List.of(
                                        new SegmentOption.Block(1, 2),
                                        new SegmentOption.Block(3, 4))),
                        new SegmentOption.EndOfList());
    }

    @Test
    void threeDotsForOptionsAreAnyOptions() {
        assertThat(segment("> S 0:0(0) <...>").options()).isEmpty();
        assertThat(segment("> S 0:0(0)").options()).contains(List.of());
    }

    @Test
    void aRangeMayWrapAround() {
        assertThat(segment("< . 4294967295:1(2) ack 1").seq()).isEqualTo(0xFFFF_FFFFL);
    }

    @Test
    void sequenceNumbersMayBeAbsoluteOrAny() {
        assertThat(segment("> R. 0:0(0)! ack 2 win 0").base()).isEqualTo(SeqBase.ABSOLUTE);
        assertThat(segment("> S. ...(0) ack 2").base()).isEqualTo(SeqBase.ANY);
        assertThat(segment("> S. 5:5(0) ack 2").base()).isEqualTo(SeqBase.RELATIVE);
    }

    @Test
    void portsAndIpMarksMayBeSaid() {
        TcpSegment read = segment("> [ce] 8080 > 1234 . 1:1(0) ack 1");
        assertThat(read.ports()).isEqualTo(new Action.Ports(8080, 1234));
        assertThat(read.tos()).isEqualTo(new IpMarks(3, 3, -1));
        assertThat(segment("< (tos 0x28, flowlabel 0x1) S 0:0(0)").tos())
                .isEqualTo(new IpMarks(0xFF, 0x28, -1));
        assertThat(segment("> [ttl 255] S 0:0(0)").tos()).isEqualTo(new IpMarks(0, 0, 255));
    }

    @Test
    void anIcmpErrorQuotesASegment() {
        assertThat(only("+0 < icmp unreachable frag_needed mtu 1300 [1:1461(1460)]"))
                .isEqualTo(
                        new IcmpError(
                                Direction.INJECTED,
                                "unreachable",
                                "frag_needed",
                                1300,
                                Optional.of(1L),
                                1460));
        assertThat(only("+0 < icmp packet_too_big mtu 1280"))
                .isEqualTo(
                        new IcmpError(
                                Direction.INJECTED,
                                "packet_too_big",
                                "",
                                1280,
                                Optional.empty(),
                                0));
    }

    @Test
    void aSystemCallHasArgumentsResultErrnoAndNote() {
        SystemCall call =
                (SystemCall)
                        only(
                                "+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in"
                                        + " progress)");
        assertThat(call.name()).isEqualTo("connect");
        assertThat(call.arguments())
                .containsExactly(new Value.Whole(3), new Value.Anything(), new Value.Anything());
        assertThat(call.result()).isEqualTo(new Value.Whole(-1));
        assertThat(call.errno()).contains("EINPROGRESS");
        assertThat(call.end()).isEmpty();
    }

    @Test
    void aCallThatMayBlockSaysWhenItReturns() {
        assertThat(((SystemCall) only("0.2...0.35 read(4, ..., 1000) = 0")).end())
                .contains(350_000_000L);
        assertThat(((SystemCall) only("+.01...0.011 connect(3, ..., ...) = 0")).end())
                .contains(11_000_000L);
    }

    @Test
    void argumentsAreNumbersNamesStringsAlternativesArraysAndStructs() {
        SystemCall call =
                (SystemCall)
                        only(
                                "+0 f(0x10, O_RDWR | O_NONBLOCK, \"a\" \"b\"..., [1, 2], {fd=3,"
                                        + " events=POLLIN}, {sa_family = AF_INET, sin_port ="
                                        + " htons(80), sin_addr = inet_addr(\"1.2.3.4\")}) = 0x2"
                                        + " (flags O_RDWR)");
        assertThat(call.arguments())
                .extracting(Value::toString)
                .containsExactly(
                        "16",
                        "O_RDWR|O_NONBLOCK",
                        "\"ab\"",
                        "[1, 2]",
                        "{fd=3, events=POLLIN}",
                        "{sa_family=AF_INET, sin_port=htons(80),"
                                + " sin_addr=inet_addr(\"1.2.3.4\")}");
        assertThat(call.result()).isEqualTo(new Value.Whole(2));
    }

    @Test
    void commentsAreOfThreeKinds() {
        Script script =
                Script.parse(
                        """
                        // to the end of the line
                        # so is this
                        /* over
                           lines */ 0 close(3) = 0 // behind
                        +0 close(4) = 0 # behind
                        """);
        assertThat(script.events()).hasSize(2);
        assertThat(script.events().get(0).line()).isEqualTo(4);
        assertThat(script.events().get(1).line()).isEqualTo(5);
    }

    @Test
    void optionLinesAndDefines() {
        Script script =
                Script.parse(
                        """
                        --ip_version=ipv6
                        --tolerance_usecs=10000
                        --define=PEER_WINDOW=500
                        --strict
                        0 < S 0:0(0) win PEER_WINDOW <mss MSS>
                        """,
                        Map.of("MSS", "1000"));
        assertThat(script.option("ip_version")).contains("ipv6");
        assertThat(script.option("tolerance_usecs")).contains("10000");
        assertThat(script.option("strict")).contains("");
        TcpSegment syn = (TcpSegment) script.events().get(0).action();
        assertThat(syn.window()).contains(500);
        assertThat(syn.options().orElseThrow()).containsExactly(new SegmentOption.Mss(1000));
    }

    @Test
    void commandsStandAtATimeOrAtTheEnds() {
        Script script = Script.parse("`sysctl a=1`\n0 close(3) = 0\n+0 `sysctl b=2`\n`clean up`\n");
        assertThat(script.events())
                .extracting(Event::action)
                .filteredOn(Action.ShellCommand.class::isInstance)
                .extracting(action -> ((Action.ShellCommand) action).text())
                .containsExactly("sysctl a=1", "sysctl b=2", "clean up");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "+0 > udp (1000)",
                "+0 < gre : ipv4 1.1.1.1 > 2.2.2.2: . 1:1(0)",
                "+0 < S 0:0(0) win 1000 <mss 1000,FO,nop,nop>",
                "+0 > S 0:0(0) <md5 valid>",
                "+0 > S.5 0:0(0)",
                "+0 > SEWA 0:0(0)",
                "+0 > [ect01] . 1:1(0)",
                "#ifdef LINUX",
                "+0 < icmp echo_request id 1",
            })
    void whatWeDoNotHaveIsUnsupportedAndTheReadingGoesOn(String construct) {
        List<Event> events = Script.parse(construct + "\n+0 close(3) = 0\n").events();
        assertThat(events).hasSize(2);
        assertThat(events.get(0).action()).isInstanceOf(Unsupported.class);
        assertThat(events.get(1).action()).isInstanceOf(SystemCall.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "0 close(3)                    | 1 | 11 | expected '=' before the result of close",
                "0 < . 1:1000(1000) ack 1      | 1 | 7  | 1 + 1000 bytes is 1001, not 1000",
                "0 < X 1:1(0)                  | 1 | 5  | expected TCP flags (F S R P U E W, or ."
                        + " alone)",
                "0 < S 0:0(0) win 70000        | 1 | 18 | a window is from 0 to 65535, not 70000",
                "* close(3) = 0                | 1 | 1  | a range of times and * are for packets"
                        + " that are expected",
                "0.2~0.1 > . 1:1(0)            | 1 | 1  | a range of times runs backwards",
                "0 write(4, \"abc              | 1 | 12 | a string that does not end",
                "hello                         | 1 | 1  | expected a time in seconds, not 'hello'",
                "--define=A=A 0 < S 0:0(0) win A | 1 | 31 | 'A' is defined by itself",
            })
    void whatIsNoScriptIsAnErrorWithItsPlace(String text, int line, int column, String message) {
        assertThatThrownBy(() -> Script.parse(text))
                .isInstanceOfSatisfying(
                        SyntaxException.class,
                        e -> assertThat(e.position()).isEqualTo(new Position(line, column)))
                .hasMessageContaining(message);
    }

    @Test
    void noTextMakesTheReaderThrowAnythingElse() {
        String seed =
                """
                --ip_version=ipv4
                0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3 /* c */
                +0 < S 0:0(0) win 32792 <mss 1000,sackOK,TS val 1 ecr 0,wscale 7>
                +0.1~+0.2 > S. 0:0(0) ack 1 <...>
                +0 %{ assert tcpi_snd_cwnd == 10 }%
                +0 `sysctl`
                * > icmp unreachable frag_needed mtu 12 [1:2(1)]
                """;
        SplittableRandom random = new SplittableRandom(42);
        for (int round = 0; round < 5_000; round++) {
            StringBuilder text = new StringBuilder(seed);
            for (int edit = random.nextInt(1, 6); edit > 0; edit--) {
                int at = random.nextInt(text.length());
                switch (random.nextInt(3)) {
                    case 0 -> text.deleteCharAt(at);
                    case 1 -> text.insert(at, seed.charAt(random.nextInt(seed.length())));
                    default -> text.setCharAt(at, (char) random.nextInt(1, 128));
                }
            }
            try {
                assertThat(Script.parse(text.toString()).events()).isNotNull();
            } catch (SyntaxException expected) {
                assertThat(expected.position().line()).isPositive();
            }
        }
    }
}

package dev.understudy.tui.filter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.wire.Endpoint;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FilterTest {
    private record Thing(
            String name,
            String state,
            String server,
            long rttMillis,
            long bytes,
            int hidden,
            boolean marked) {}

    private static final Schema<Thing> SCHEMA =
            new Schema<>(
                    "thing",
                    List.of(
                            new Field.Text<>("name", "", Thing::name),
                            new Field.Choice<>(
                                    "state",
                                    "",
                                    List.of("opening", "relaying", "relocating"),
                                    Thing::state),
                            new Field.Address<>(
                                    "server",
                                    "",
                                    t ->
                                            t.server().isEmpty()
                                                    ? Optional.empty()
                                                    : Optional.of(Endpoint.parse(t.server()))),
                            new Field.Numeric<>(
                                    "rtt",
                                    "",
                                    Unit.TIME,
                                    t ->
                                            t.rttMillis() < 0
                                                    ? Field.UNKNOWN
                                                    : t.rttMillis() * 1_000_000),
                            new Field.Numeric<>("down", "", Unit.BYTES, Thing::bytes),
                            new Field.Numeric<>("hidden", "", Unit.COUNT, Thing::hidden),
                            new Field.Flag<>("marked", "", Thing::marked)));

    private static final List<Thing> THINGS =
            List.of(
                    new Thing("ann", "Relocating", "10.0.0.5:80", 60, 2048, 0, false),
                    new Thing("bob", "Relocating", "10.0.0.6:8080", 70, 100, 2, true),
                    new Thing("cid", "Relaying", "[2001:db8::5]:443", 2000, 5 << 20, 1, false),
                    new Thing("dan", "Opening", "", -1, 0, 0, false));

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "state=relocating and rtt>50ms and not server=10.0.0.5 | bob",
                "'' | ann bob cid dan",
                "state=reloc | ann bob",
                "state in (opening, relaying) | cid dan",
                "state!=relocating | cid dan",
                "state~lo | ann bob",
                "server=10.0.0.5 | ann",
                "server=10.0.0.6:8080 | bob",
                "server=:8080 | bob",
                "server=10.0.0.0/30 | ",
                "server=10.0.0.0/29 | ann bob",
                "server=2001:db8::5 | cid",
                "server=[2001:db8::5]:443 | cid",
                "server=2001:db8::/32 | cid",
                "server=10.0.* | ann bob",
                "not server | dan",
                "rtt>=60ms | ann bob cid",
                "rtt<0.065s | ann",
                "rtt>1s | cid",
                "rtt!=60ms | bob cid dan",
                "not rtt>1ms | dan",
                "down>1K | ann cid",
                "down=5MiB | cid",
                "hidden | bob cid",
                "hidden>1 or name=dan | bob dan",
                "hidden=0 or hidden=1 and rtt>1s | ann cid dan",
                "(hidden=0 or hidden=1) and rtt>1s | cid",
                "hidden=0 rtt=60ms | ann",
                "name=a* | ann",
                "name=*n | ann dan",
                "name!~n | bob cid",
                "name=\"ann\" or name=BOB | ann bob",
                "marked | bob",
                "!marked && state=relocating | ann",
                "marked=no and hidden | cid",
                "not not marked | bob"
            })
    void aFilterLetsThroughWhatItSays(String text, String names) {
        Filter<Thing> filter = Filter.parse(text, SCHEMA);
        assertThat(filter.mistake()).isEmpty();
        assertThat(THINGS.stream().filter(filter.condition()).map(Thing::name))
                .containsExactly(names == null ? new String[0] : names.split(" ", -1));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "rtt>blue | 4 | 4 | rtt takes a time, such as 50ms or 2s",
                "rtt> | 4 | 1 | rtt takes a time, such as 50ms or 2s",
                "rtt>5 parsecs | 6 | 7 | a thing has no 'parsecs'; there are name, state, server,"
                        + " rtt, ...",
                "rtt>5K | 4 | 2 | rtt takes a time, such as 50ms or 2s",
                "down>2s | 5 | 2 | down takes a size, such as 640K or 2M",
                "sever=10.0.0.1 | 0 | 5 | a thing has no 'sever': do you mean server?",
                "state=asleep | 6 | 6 | 'asleep' is none of opening, relaying, relocating",
                "state=re | 6 | 2 | 're' is none of opening, relaying, relocating",
                "state>opening | 5 | 1 | state has no order: = or != or ~",
                "server=10.0.0 | 7 | 6 | server takes 10.0.0.5, 10.0.0.5:80, :80, 10.0.0.0/8",
                "server=10.0.0.1/33 | 7 | 11 | server takes 10.0.0.5, 10.0.0.5:80, :80, 10.0.0.0/8",
                "name | 4 | 1 | = and a value belong behind 'name'",
                "hidden and | 10 | 1 | a field belongs here, such as name, state, server, rtt",
                "and hidden | 0 | 3 | a field belongs here, such as name, state, server, rtt",
                "(hidden | 0 | 1 | this bracket is not closed",
                "hidden) | 6 | 1 | and, or, or the end of the filter belongs here",
                "hidden in 3 | 7 | 2 | values in brackets belong behind 'in'",
                "hidden in (3 | 12 | 1 | , or ) belongs here",
                "= | 0 | 1 | a field belongs here, such as name, state, server, rtt"
            })
    void aMistakeHasAPlaceAndASentence(String text, int at, int length, String sentence) {
        Filter<Thing> filter = Filter.parse(text, SCHEMA);
        assertThat(filter.mistake()).contains(new Mistake(at, length, sentence));
        assertThat(THINGS).allMatch(filter.condition());
    }

    @Test
    void whateverIsTypedIsAnswered() {
        Random random = new Random(5);
        String signs = "rtt>50ms and not (server=10.0.0.5|state!~\"x\",in) &<=µ\t:/[]*";
        for (int i = 0; i < 50_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(40); n > 0; n--) {
                text.append(signs.charAt(random.nextInt(signs.length())));
            }
            Filter<Thing> filter = Filter.parse(text.toString(), SCHEMA);
            assertThat(THINGS.stream().filter(filter.condition()).count()).isBetween(0L, 4L);
            filter.mistake().ifPresent(m -> assertThat(m.at()).isBetween(0, text.length()));
        }
    }

    @Test
    void signsOfOtherLanguagesAreTaken() {
        assertThat(THINGS.stream().filter(Filter.parse("marked || !hidden", SCHEMA).condition()))
                .hasSize(3);
        assertThat(THINGS.stream().filter(Filter.parse("hidden&&marked", SCHEMA).condition()))
                .hasSize(1);
    }

    @Test
    void nestingHasALimit() {
        String text = "(".repeat(100_000) + "hidden" + ")".repeat(100_000);
        assertThat(Filter.parse(text, SCHEMA).mistake().orElseThrow().sentence())
                .isEqualTo("nested too deeply");
    }

    @Test
    void namesAreCompletedFromTheirBeginning() {
        assertThat(SCHEMA.completions("s")).containsExactly("state", "server");
    }
}

package dev.understudy.dispatcher.session.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.understudy.dispatcher.session.sim.Disturbance.Crossing;
import dev.understudy.dispatcher.session.sim.Disturbance.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * A POST whose server dies: at every packet that crosses a link, by losing power, by a kill that resets, by one that ends in
 * order, and by a RST of its connection alone; with bodies of many sizes, in many segments, with and without {@code Expect:
 * 100-continue}, alone and behind or before other requests, by turns over IPv4 and IPv6. No two servers execute it, unless it was declared that they may;
 * and the client has one answer or one error.
 *
 * <p>{@code -Dsim.deaths=N} plays so many instead of {@value #DEATHS}, in the same order, over again with more sizes.
 */
class PostDeathsTest {
    private static final int DEATHS = 10_000;

    private static final List<Kind> KINDS =
            List.of(Kind.HOST_DIES, Kind.PROCESS_DIES, Kind.PROCESS_ENDS, Kind.RST);

    private static final int[] PIECES = {1, 2, 3, 5};

    private int deaths;
    private int answered;
    private int hidden;
    private int repeated;

    @Test
    void noTwoServersExecuteAPostAndEachClientHasOneAnswerOrOneError() {
        int most = Integer.getInteger("sim.deaths", DEATHS);
        for (int round = 0; deaths < most; round++) {
            for (Scenario scenario : scenarios(round)) {
                dieEverywhere(scenario, most);
            }
        }
        System.out.printf(
                "%d deaths during a POST: %d clients answered, %d told the truth; %d failures"
                        + " hidden, %d declared requests executed again%n",
                deaths, answered, deaths - answered, hidden, repeated);
        assertThat(deaths).isEqualTo(most);
        assertThat(answered).isBetween(deaths / 4, deaths - deaths / 20);
        assertThat(repeated).isPositive();
    }

    private static List<Scenario> scenarios(int round) {
        List<Scenario> all = new ArrayList<>();
        for (int body : new int[] {0, 1, 900, 1_460, 4_000, 9_000}) {
            int size = body + 37 * round;
            int pieces = PIECES[(body + round) % PIECES.length];
            for (boolean expects : new boolean[] {false, true}) {
                if (!expects || size > 0) {
                    Ask post = new Ask("POST", "/1/300", size, expects, pieces);
                    Ask safe = new Ask("POST", "/safe/1/300", size, expects, pieces);
                    all.add(Scenarios.reading("POST " + post, post));
                    all.add(Scenarios.byUrl("POST by URL " + post, "honest", post));
                    all.add(Scenarios.byUrl("POST declared " + safe, "instant", safe));
                }
            }
            Ask between = new Ask("POST", "/2/2000", size, false, pieces);
            all.add(
                    Scenarios.reading(
                            "POST between " + between,
                            Ask.get("/1/100"),
                            between,
                            Ask.get("/3/100")));
            all.add(
                    Scenarios.reading("POST pipelined " + between, Ask.get("/1/100"), between)
                            .pipelining());
        }
        for (int i = 0; i < all.size(); i++) {
            Family family = (i + round) % 2 == 0 ? Family.IPV4 : Family.IPV6;
            all.set(i, all.get(i).over(family));
        }
        return all;
    }

    private void dieEverywhere(Scenario scenario, int most) {
        ScriptedWorld undisturbed = new ScriptedWorld(scenario, List.of(), false);
        assertThat(undisturbed.run()).isEmpty();
        assertThat(undisturbed.client().complete()).as(scenario.name()).isTrue();
        for (Crossing crossing : Crossing.values()) {
            for (int i = 0; i < undisturbed.crossed(crossing); i++) {
                for (Kind kind : KINDS) {
                    if (deaths < most) {
                        die(scenario, new Disturbance(crossing, i, kind));
                    }
                }
            }
        }
    }

    private void die(Scenario scenario, Disturbance death) {
        deaths++;
        ScriptedWorld world = new ScriptedWorld(scenario, List.of(death), false);
        Optional<String> violation = world.run();
        if (violation.isPresent() || world.client().hung()) {
            ScriptedWorld again = new ScriptedWorld(scenario, List.of(death), true);
            again.run();
            fail(
                    "%s, %s: %s%n%s",
                    scenario, death, violation.orElse("the client waits for ever"), again.trace());
        }
        answered += world.client().served() ? 1 : 0;
        hidden += (int) world.count("failures-hidden");
        repeated += world.repeated() ? 1 : 0;
    }
}

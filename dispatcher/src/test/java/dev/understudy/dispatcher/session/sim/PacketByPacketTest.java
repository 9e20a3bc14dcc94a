package dev.understudy.dispatcher.session.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.understudy.dispatcher.session.sim.Disturbance.Crossing;
import dev.understudy.dispatcher.session.sim.Disturbance.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every scenario, over IPv4 and over IPv6, is played once undisturbed, and then once for each packet that crosses a link in it and each thing that can
 * go wrong there.
 *
 * <ul>
 *   <li>The client gets what one healthy server would have sent, or one error; never other bytes.
 *   <li>It does not get an error where nobody died, nor where another server could go on.
 *   <li>It does not wait for what cannot come.
 *   <li>No request is executed twice that must not be.
 *   <li>Nothing is left: sessions, legs, bytes, buffers, connections of servers; and no deadline is missed.
 * </ul>
 *
 * A failure names scenario and disturbance: {@code -Dsim.play="keep-alive/FROM_SERVER:3:LOST"} plays it alone, with all that
 * happened. {@code -Dsim.pairs=N} plays so many pairs of disturbances instead of {@value #DEFAULT_PAIRS}, and {@code
 * -Dsim.survey=true} lists all that fails.
 */
class PacketByPacketTest {
    private static final int DEFAULT_PAIRS = 1_500;

    private final List<String> survey = new ArrayList<>();

    @ParameterizedTest
    @EnumSource(Family.class)
    void everyPacketAndEveryDisturbance(Family family) {
        String alone = System.getProperty("sim.play");
        if (alone != null) {
            alone(alone, family);
            return;
        }
        int plays = 0;
        int complete = 0;
        for (Scenario scenario : Scenarios.all(family)) {
            ScriptedWorld undisturbed = new ScriptedWorld(scenario, List.of(), false);
            judge(scenario, List.of(), undisturbed);
            for (Crossing crossing : Crossing.values()) {
                for (int i = 0; i < undisturbed.crossed(crossing); i++) {
                    for (Kind kind : Kind.values()) {
                        plays++;
                        complete += play(scenario, List.of(new Disturbance(crossing, i, kind)));
                    }
                }
            }
        }
        System.out.printf("%s: %d plays, %d of them complete%n", family, plays, complete);
        assertThat(survey).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void pairsOfDisturbances(Family family) {
        SplittableRandom random = new SplittableRandom(7 + family.ordinal());
        List<Scenario> scenarios = Scenarios.all(family);
        int pairs = Integer.getInteger("sim.pairs", DEFAULT_PAIRS);
        int complete = 0;
        List<ScriptedWorld> undisturbed = new ArrayList<>();
        for (Scenario scenario : scenarios) {
            ScriptedWorld world = new ScriptedWorld(scenario, List.of(), false);
            world.run();
            undisturbed.add(world);
        }
        for (int i = 0; i < pairs; i++) {
            int which = random.nextInt(scenarios.size());
            ScriptedWorld counted = undisturbed.get(which);
            complete +=
                    play(scenarios.get(which), List.of(any(random, counted), any(random, counted)));
        }
        System.out.printf("%s: %d pairs, %d of them complete%n", family, pairs, complete);
        assertThat(survey).isEmpty();
    }

    /** Behind the last packet of the undisturbed play there may be some of the disturbed one. */
    private static Disturbance any(SplittableRandom random, ScriptedWorld counted) {
        Crossing crossing = Crossing.values()[random.nextInt(Crossing.values().length)];
        return new Disturbance(
                crossing,
                random.nextInt(counted.crossed(crossing) + 4),
                Kind.values()[random.nextInt(Kind.values().length)]);
    }

    private int play(Scenario scenario, List<Disturbance> disturbances) {
        ScriptedWorld world = new ScriptedWorld(scenario, disturbances, false);
        judge(scenario, disturbances, world);
        return world.client().served() ? 1 : 0;
    }

    private void judge(Scenario scenario, List<Disturbance> disturbances, ScriptedWorld world) {
        Optional<String> wrong = wrong(scenario, disturbances, world);
        if (wrong.isEmpty()) {
            return;
        }
        String name =
                scenario
                        + "/"
                        + String.join(
                                "+", disturbances.stream().map(Disturbance::toString).toList());
        if (Boolean.getBoolean("sim.survey")) {
            System.out.println(name + "  " + wrong.get());
            survey.add(name);
            return;
        }
        ScriptedWorld again = new ScriptedWorld(scenario, disturbances, true);
        again.run();
        fail("%s: %s (alone: -Dsim.play=\"%s\")%n%s", name, wrong.get(), name, again.trace());
    }

    private static Optional<String> wrong(
            Scenario scenario, List<Disturbance> disturbances, ScriptedWorld world) {
        Optional<String> violation = world.run();
        if (violation.isPresent()) {
            return violation;
        }
        ScriptedClient client = world.client();
        boolean unread = !scenario.turns().isEmpty();
        if (client.hung() && !(unread && endedSilently(disturbances))) {
            return Optional.of("the client waits for ever");
        }
        if (disturbances.isEmpty() && quiet(world).isPresent()) {
            return quiet(world);
        }
        if (disturbances.stream().allMatch(d -> d.kind().harmless())) {
            return client.complete()
                    ? Optional.empty()
                    : Optional.of("an error, although nobody has died");
        }
        boolean mendable =
                scenario.hides()
                        && disturbances.size() == 1
                        && disturbances.get(0).kind() != Kind.CLIENT_RESETS;
        return mendable && !client.served()
                ? Optional.of("an error, although two servers are well")
                : Optional.empty();
    }

    /**
     * A machine without power says nothing, and a RST that is lost does not come again: whoever waits in the middle of an
     * answer waits, here as anywhere.
     */
    private static boolean endedSilently(List<Disturbance> disturbances) {
        return disturbances.stream()
                .anyMatch(d -> d.kind() == Kind.HOST_DIES || d.kind() == Kind.LOST);
    }

    private static Optional<String> quiet(ScriptedWorld world) {
        long blamed = world.count("failures-shown") + world.count("not-relocated");
        if (world.lasted() > 2_000_000_000L) {
            return Optional.of("the undisturbed conversation takes " + world.lasted() + " ns");
        }
        return blamed == 0 ? Optional.empty() : Optional.of("a failure where there is none");
    }

    private static void alone(String name, Family family) {
        int slash = name.lastIndexOf('/');
        Optional<Scenario> named =
                Scenarios.all(family).stream()
                        .filter(s -> s.toString().equals(name.substring(0, slash)))
                        .findFirst();
        if (named.isEmpty()) {
            return;
        }
        Scenario scenario = named.get();
        String what = name.substring(slash + 1);
        List<Disturbance> disturbances = what.isEmpty() ? List.of() : Disturbance.parseAll(what);
        ScriptedWorld world = new ScriptedWorld(scenario, disturbances, true);
        Optional<String> wrong = wrong(scenario, disturbances, world);
        System.out.println(world.trace());
        assertThat(wrong).isEmpty();
    }
}

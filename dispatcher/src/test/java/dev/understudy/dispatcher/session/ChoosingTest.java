package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.B;
import static dev.understudy.dispatcher.session.Stage.C;
import static dev.understudy.dispatcher.session.Stage.ORIGINAL;
import static dev.understudy.dispatcher.session.Stage.down;
import static dev.understudy.dispatcher.session.Stage.refusal;
import static dev.understudy.dispatcher.session.Stage.synAck;
import static dev.understudy.dispatcher.session.Stage.up;
import static dev.understudy.dispatcher.session.Talk.GET;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.Bind;
import dev.understudy.dispatcher.config.Route;
import dev.understudy.dispatcher.config.ServerConfig;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.Command;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.protocol.UrlPattern;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.TestPackets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every attempt says why this server is asked, and every hidden failure what it cost (B05). */
@Tag("B05")
class ChoosingTest {
    private int port = 40_000;

    /** One more client connects; returns why each server is asked for it, so far. */
    private List<String> connect(Stage stage) {
        long before = stage.dispatcher.events().newest();
        stage.client(Stage.syn("10.0.0.1:" + ++port, ORIGINAL).build());
        return reasons(stage, before);
    }

    private static List<String> reasons(Stage stage, long after) {
        return stage.dispatcher.events().after(after, 1_000).stream()
                .filter(event -> event.kind() == Kind.ATTEMPT)
                .map(Event::why)
                .toList();
    }

    private static Event hidden(Stage stage) {
        return stage.dispatcher.events().after(0, 1_000).stream()
                .filter(event -> event.kind() == Kind.HIDDEN)
                .reduce((first, second) -> second)
                .orElseThrow();
    }

    private void answer(Stage stage, String server) {
        stage.network(synAck(server, "10.9.0.2:" + port, 5000).build());
    }

    @ParameterizedTest
    @CsvSource({
        "STAGGERED,      first in the list",
        "IN_ORDER,       first in the list",
        "ROUND_ROBIN,    its turn",
        "WEIGHTED,       'drawn by lot, weight 1'",
        "HASH,           by the hash of the client's address",
        "LEAST_SESSIONS, fewest sessions: 0",
        "FASTEST,        nobody knows yet how fast it is",
        "ORIGINAL_FIRST, the original itself"
    })
    void aStrategyHasItsReason(Strategy strategy, String reason) {
        assertThat(connect(Stage.of(strategy))).containsExactly(reason);
    }

    @Test
    void aRaceAsksAllAtOnce() {
        assertThat(connect(Stage.of(Strategy.RACE)))
                .hasSize(3)
                .containsOnly("all are asked at once");
    }

    @Test
    void theFiguresThatDecidedAreSaid() {
        Stage fastest = Stage.plan().strategy(Strategy.FASTEST).servers(A).build();
        connect(fastest);
        fastest.pass(12);
        answer(fastest, A);
        assertThat(connect(fastest)).containsExactly("fastest: answers in 12 ms");

        Stage least = Stage.plan().strategy(Strategy.LEAST_SESSIONS).servers(A).build();
        connect(least);
        answer(least, A);
        assertThat(connect(least)).containsExactly("fewest sessions: 1");
    }

    @Test
    void whoFailedLatelyIsNamedByThoseThatComeAfter() {
        Stage stage = Stage.of(Strategy.IN_ORDER);
        stage.clientSyn();
        stage.network(refusal(A).build());
        stage.network(synAck(B, 9000).build());

        assertThat(reasons(stage, 0)).containsExactly("first in the list", "next in the list");
        assertThat(connect(stage)).containsExactly("next in the list; " + A + " failed lately");
        // Its memory fades: it is tried again, beside the next one.
        stage.pass(1_000);
        assertThat(connect(stage))
                .containsExactly("first in the list, on trial beside the next", "next in the list");
    }

    @Test
    void whereAllHaveFailedThatIsSaid() {
        Stage stage = Stage.plan().strategy(Strategy.IN_ORDER).servers(A).build();
        stage.clientSyn();
        stage.network(refusal(A).build());

        assertThat(connect(stage))
                .containsExactly("first in the list, though it failed lately: no other is left");
    }

    @Test
    void aDrainedServerIsNamed() {
        Stage stage = Stage.of(Strategy.IN_ORDER);
        stage.dispatcher.source().perform(new Command.Drain("", Endpoint.parse(A)), stage.now);

        assertThat(connect(stage)).containsExactly("next in the list; " + A + " is being drained");
    }

    @Test
    void whoIsListedBehindIsNotPassedOver() {
        Stage stage = Stage.of(Strategy.IN_ORDER);
        stage.dispatcher.source().perform(new Command.Drain("", Endpoint.parse(B)), stage.now);

        assertThat(connect(stage)).containsExactly("first in the list");
    }

    @Test
    void aRouteIsNamedWithItsPattern() {
        UrlPattern films =
                new UrlPattern(Optional.of("shop.example"), Optional.of("/a"), Set.of(), List.of());
        Stage stage =
                Stage.plan()
                        .strategy(Strategy.IN_ORDER)
                        .bind(
                                new Bind(
                                        Bind.By.URL,
                                        Bind.Accept.INSTANT,
                                        250_000_000L,
                                        List.of(
                                                Route.to(
                                                        films,
                                                        List.of(
                                                                ServerConfig.of(
                                                                        Endpoint.parse(C)))))))
                        .build();
        stage.clientSyn();
        int isn = TestPackets.parse(stage.pollClient()).seq();
        stage.client(up(1, isn + 1).flags("P.").payload(GET).build());

        assertThat(reasons(stage, 0))
                .containsExactly("route shop.example/a names it; first in the list");
    }

    @Test
    void aRefusalCostsNoBytes() {
        Stage stage = Stage.of(Strategy.IN_ORDER);
        stage.clientSyn();
        stage.pass(3);
        stage.network(refusal(A).build());
        stage.network(synAck(B, 9000).build());

        assertThat(hidden(stage).number()).isEqualTo(3 * Stage.MILLIS);
        assertThat(hidden(stage).bytes()).isZero();
    }

    @Test
    void aSilenceCostsAllTheTimeThatTheClientHasWaited() {
        Stage stage = Talk.asked(GET);
        stage.network(down(A, 5001, Talk.after(GET)).build());
        stage.flush();
        long asked = stage.now;
        while (stage.events().stream().noneMatch(Kind.RELOCATING::equals)) {
            stage.pass(100);
        }
        stage.network(synAck(B, 9000).build());

        assertThat(hidden(stage).text()).isEqualTo("timeout");
        assertThat(hidden(stage).number()).isEqualTo(stage.now - asked);
        assertThat(stage.now - asked).isGreaterThanOrEqualTo(2_000 * Stage.MILLIS);
    }

    @Test
    void aReplayCostsWhatIsSentAgain() {
        Stage stage = Talk.asked(GET);
        stage.network(down(A, 5001, 1).flags("R").build());
        assertThat(reasons(stage, 0)).containsExactly("first in the list", "next in the list");
        stage.pass(7);
        stage.network(synAck(B, 9000).build());

        assertThat(hidden(stage).number()).isEqualTo(7 * Stage.MILLIS);
        assertThat(hidden(stage).bytes()).isEqualTo(GET.length());
        assertThat(hidden(stage).server()).isEqualTo(Endpoint.parse(A));
    }
}

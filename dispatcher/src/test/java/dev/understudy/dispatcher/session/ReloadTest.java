package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.B;
import static dev.understudy.dispatcher.session.Stage.C;
import static dev.understudy.dispatcher.session.Stage.ORIGINAL;
import static dev.understudy.dispatcher.session.Stage.down;
import static dev.understudy.dispatcher.session.Stage.established;
import static dev.understudy.dispatcher.session.Stage.plan;
import static dev.understudy.dispatcher.session.Stage.refusal;
import static dev.understudy.dispatcher.session.Stage.synAck;
import static dev.understudy.dispatcher.session.Stage.up;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.control.Snapshot.ServerView;
import dev.understudy.stack.wire.TestPackets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Another configuration under live sessions: new ones follow it, live ones keep what they have. */
class ReloadTest {
    @Test
    @Tag("P50")
    @Tag("P07")
    void newSessionsGoToTheNewServerAndLiveOnesStay() {
        Stage stage = established(Strategy.IN_ORDER);

        stage.dispatcher.reload(plan().strategy(Strategy.IN_ORDER).servers(C).config(), stage.now);

        stage.client(up(1, 5001).payload("GET").build());
        stage.toNetwork().to(A).payload("GET");
        stage.client(TestPackets.tcp("10.0.0.1:41000", ORIGINAL).syn().seq(9).build());
        stage.toNetwork().to(C).flags("S");
        stage.network(down(A, 5001, 4).payload("200").build());
        stage.toClient().from(ORIGINAL).payload("200");
        assertThat(stage.events()).contains(Kind.RELOADED);
    }

    @Test
    @Tag("P50")
    void liveSessionFinishesAfterItsServiceIsGone() {
        Stage stage = established(Strategy.IN_ORDER);

        stage.dispatcher.reload(plan().originals("198.51.100.9:1").config(), stage.now);

        assertThat(stage.client(TestPackets.tcp("10.0.0.1:41000", ORIGINAL).syn().build()))
                .isFalse();
        stage.network(down(A, 5001, 1).rst().build());
        stage.toNetwork().to(B).flags("S");
        stage.network(synAck(B, 9000).build());
        stage.client(up(1, 5001).fin().build());
        stage.network(down(B, 9001, 2).fin().build());
        stage.client(up(2, 5002).build());
        assertThat(stage.events()).endsWith(Kind.CLOSED);
    }

    @Test
    @Tag("P07")
    void sessionThatIsOpeningKeepsItsCandidates() {
        Stage stage = Stage.of(Strategy.IN_ORDER);
        stage.clientSyn();
        stage.dispatcher.reload(plan().servers(C).config(), stage.now);
        stage.flush();

        stage.network(refusal(A).build());

        stage.toNetwork().to(B).flags("S");
    }

    @Test
    @Tag("P26")
    void whatWasLearnedOfAServerThatStaysIsKept() {
        Stage stage = Stage.of(Strategy.IN_ORDER);
        stage.clientSyn();
        stage.network(refusal(A).build());
        stage.network(synAck(B, 1).build());
        stage.flush();

        stage.dispatcher.reload(plan().strategy(Strategy.IN_ORDER).config(), stage.now);
        stage.client(TestPackets.tcp("10.0.0.1:41000", ORIGINAL).syn().seq(9).build());

        stage.toNetwork().to(B).flags("S");
        stage.silent();
    }

    @Test
    @Tag("P50")
    void serverThatStaysKeepsItsSessionsAndLearnsFromThem() {
        Stage stage = established(Strategy.LEAST_SESSIONS);

        stage.dispatcher.reload(plan().strategy(Strategy.LEAST_SESSIONS).config(), stage.now);

        assertThat(stage.snapshot().servers().stream().map(ServerView::sessions))
                .containsExactly(1, 0, 0);
        stage.network(down(A, 5001, 1).rst().build());
        assertThat(stage.snapshot().servers().get(0).up()).isFalse();
        assertThat(stage.snapshot().servers().get(0).sessions()).isZero();
    }

    @Test
    @Tag("P48")
    void refusedConfigurationIsOnRecordAndChangesNothing() {
        Stage stage = Stage.of(Strategy.IN_ORDER);

        stage.dispatcher.reloadRefused("line 3: no servers", stage.now);
        stage.clientSyn();

        stage.toNetwork().to(A);
        assertThat(stage.events()).startsWith(Kind.RELOAD_REFUSED);
    }
}

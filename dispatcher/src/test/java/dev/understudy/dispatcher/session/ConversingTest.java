package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.B;
import static dev.understudy.dispatcher.session.Stage.CLIENT;
import static dev.understudy.dispatcher.session.Stage.ISN;
import static dev.understudy.dispatcher.session.Stage.ORIGINAL;
import static dev.understudy.dispatcher.session.Stage.OURS;
import static dev.understudy.dispatcher.session.Stage.down;
import static dev.understudy.dispatcher.session.Stage.synAck;
import static dev.understudy.dispatcher.session.Stage.up;
import static dev.understudy.dispatcher.session.Talk.ALL;
import static dev.understudy.dispatcher.session.Talk.GET;
import static dev.understudy.dispatcher.session.Talk.OK;
import static dev.understudy.dispatcher.session.Talk.POST;
import static dev.understudy.dispatcher.session.Talk.after;
import static dev.understudy.dispatcher.session.Talk.answered;
import static dev.understudy.dispatcher.session.Talk.asked;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.Limits;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.TestPackets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A session whose conversation is read along: HTTP between the client and whichever server has the part. */
class ConversingTest {
    @Test
    void requestAndAnswerPass() {
        Stage stage = asked(GET);

        stage.network(down(A, 5001, after(GET)).flags("P.").payload(OK).build());

        stage.toClient().from(ORIGINAL).to(CLIENT).seq(5001).ack(ISN + after(GET)).payload(OK);
        stage.silent();
        assertThat(stage.session().storedPackets()).isPositive();
    }

    @Test
    void sessionThatIsReadAlongOutlivesTheTimeOfAHandshake() {
        Stage stage = asked(GET);
        stage.network(down(A, 5001, after(GET)).flags("P.").payload(OK).build());
        stage.client(up(after(GET), 5001 + OK.length()).build());

        stage.pass(Relaying.HALF_OPEN_NANOS / Stage.MILLIS + 1_000);

        assertThat(stage.session().phase()).isEqualTo("relaying");
        assertThat(stage.snapshot().counters()).containsEntry("half-open", 0L);
    }

    @Test
    @Tag("P19")
    void secondRequestOfAConnectionIsReplayedToo() {
        Stage stage = answered();
        stage.client(up(after(GET), 5006).flags("P.").build());
        stage.client(up(after(GET), 5001 + OK.length()).flags("P.").payload(GET).build());
        stage.flush();

        stage.network(down(A, 5001 + OK.length(), after(GET, GET)).flags("R.").build());

        stage.toNetwork().to(B).flags("S").seq(ISN + after(GET) - 1);
        stage.network(
                TestPackets.tcp(B, OURS)
                        .flags("S.")
                        .seq(9000)
                        .ack(ISN + after(GET))
                        .mss(1460)
                        .sackPermitted()
                        .timestamps(7, 1000)
                        .windowScale(9)
                        .build());
        stage.toNetwork().to(B).flags(".").seq(ISN + after(GET)).ack(9001);
        stage.toNetwork().to(B).seq(ISN + after(GET)).payload(GET);
        stage.network(down(B, 9001, after(GET, GET)).flags("P.").payload(OK).build());
        stage.toClient().from(ORIGINAL).seq(5001 + OK.length()).payload(OK);
        stage.silent();
        stage.client(up(after(GET, GET), 5001 + 2 * OK.length()).build());
        stage.toNetwork().to(B).seq(ISN + after(GET, GET)).ack(9001 + OK.length());
    }

    @Test
    @Tag("B04")
    void serverThatClosesAnIdleConnectionIsNotMissed() {
        Stage stage = answered();

        stage.network(down(A, 5001 + OK.length(), after(GET)).flags("F.").build());

        assertThat(stage.framesToClient()).isZero();
        stage.toNetwork().to(A).flags("F.").seq(ISN + after(GET)).ack(5002 + OK.length());
        assertThat(stage.session().phase()).isEqualTo("binding");
        stage.client(up(after(GET), 5001 + OK.length()).flags("P.").payload(GET).build());
        Packet syn = TestPackets.parse(stage.pollNetwork());
        assertThat(syn.seq()).isEqualTo(ISN + after(GET) - 1);
        assertThat(syn.srcPort()).as("not that of the leg before").isNotEqualTo(40_000);
        stage.network(
                TestPackets.tcp(A, "10.9.0.2:" + syn.srcPort())
                        .flags("R.")
                        .seq(0)
                        .ack(ISN + after(GET))
                        .build());
        stage.toNetwork().to(B).flags("S").seq(ISN + after(GET) - 1);
    }

    @Test
    @Tag("P20")
    void serverThatResetsBehindItsWholeAnswerIsNotMissed() {
        Stage stage = asked(GET);
        stage.network(down(A, 5001, after(GET)).flags("P.").payload(OK).build());
        stage.toClient().payload(OK);

        stage.network(down(A, 5001 + OK.length(), 0).flags("R").build());

        stage.silent();
        stage.client(up(after(GET), 5001 + OK.length()).build());
        stage.client(up(after(GET), 5001 + OK.length()).flags("P.").payload(GET).build());
        stage.toNetwork().to(B).flags("S").seq(ISN + GET.length());
    }

    @Test
    @Tag("P20")
    void nothingIsAskedAgainBeforeTheClientHasSaidWhatItHas() {
        Stage stage = asked(GET);
        stage.network(down(A, 5001, after(GET)).flags("P.").payload(OK).build());
        stage.flush();
        stage.network(down(A, 5001 + OK.length(), 0).flags("R").build());

        stage.client(up(1, 5001).flags("P.").payload(GET).build());
        stage.silent();
        stage.client(up(after(GET), 5001).flags("P.").payload(GET).build());
        stage.silent();

        stage.client(up(after(GET, GET), 5001 + OK.length()).build());
        stage.toNetwork().to(B).flags("S").seq(ISN + GET.length());
    }

    @Test
    void prematureCloseOfAPostIsTheClients() {
        Stage stage = asked(POST);

        stage.network(down(A, 5001, after(POST)).flags("F.").build());

        stage.toClient().flags("F.").seq(5001);
        stage.silent();
        assertThat(stage.count(Counter.NOT_RELOCATED)).isEqualTo(1);
    }

    @Test
    void whatIsNotHttpIsRelayedAsItIs() {
        Stage stage = asked("\0\1\2 whatever");

        stage.network(down(A, 5001, after("\0\1\2 whatever")).flags("P.").payload("\7\7").build());

        stage.toClient().seq(5001).payload("\7\7");
        stage.silent();
        stage.client(up(after("\0\1\2 whatever"), 5003).fin().build());
        stage.toNetwork().to(A).flags("F.");
        stage.network(down(A, 5003, after("\0\1\2 whatever") + 1).fin().build());
        stage.toClient().flags("F.");
        stage.client(up(after("\0\1\2 whatever") + 1, 5004).build());
        assertThat(stage.events()).endsWith(Kind.CLOSED);
        stage.flush();
        stage.pass(120_000);
        assertThat(stage.dispatcher.idle()).isTrue();
    }

    @Test
    void orderlyCloseEndsTheSessionAndLeavesNothing() {
        Stage stage = answered();

        stage.client(up(after(GET), 5001 + OK.length()).fin().build());
        stage.toNetwork().to(A).flags("F.");
        stage.network(down(A, 5001 + OK.length(), after(GET) + 1).fin().build());
        stage.toClient().flags("F.").seq(5001 + OK.length());
        stage.client(up(after(GET) + 1, 5002 + OK.length()).build());

        assertThat(stage.events()).endsWith(Kind.CLOSED);
        stage.flush();
        stage.pass(120_000);
        assertThat(stage.dispatcher.idle()).isTrue();
    }

    @Test
    @Tag("P10")
    void whatCannotBeFollowedIsTranslatedOnce() {
        Stage stage =
                Stage.plan()
                        .strategy(Strategy.IN_ORDER)
                        .recover(ALL)
                        .limits(new Limits(10, 10, 900, 900))
                        .build()
                        .establish();
        stage.client(up(1, 5001).flags("P.").payload(GET).build());
        stage.network(down(A, 5001, 1).rst().build());
        stage.network(synAck(B, 9000).build());
        stage.flush();

        // It comes before a head that has not come, and is more than may be kept.
        stage.network(down(B, 9101, after(GET)).payload("x".repeat(1000)).build());

        stage.toClient().seq(5101).payloadLength(1000);
        assertThat(stage.session().phase()).isEqualTo("relaying");
    }
}

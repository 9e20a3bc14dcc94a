package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.B;
import static dev.understudy.dispatcher.session.Stage.C;
import static dev.understudy.dispatcher.session.Stage.ISN;
import static dev.understudy.dispatcher.session.Stage.ORIGINAL;
import static dev.understudy.dispatcher.session.Stage.OURS;
import static dev.understudy.dispatcher.session.Stage.down;
import static dev.understudy.dispatcher.session.Stage.refusal;
import static dev.understudy.dispatcher.session.Stage.synAck;
import static dev.understudy.dispatcher.session.Stage.up;
import static dev.understudy.dispatcher.session.Talk.GET;
import static dev.understudy.dispatcher.session.Talk.OK;
import static dev.understudy.dispatcher.session.Talk.POST;
import static dev.understudy.dispatcher.session.Talk.after;
import static dev.understudy.dispatcher.session.Talk.asked;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.control.Event.Kind;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An answer that counts as a failure is held back while another server is asked for a better one. */
class RefusedAnswerTest {
    private static final String MISSING = "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone";

    @Test
    @Tag("P21")
    void anotherServersAnswerReplacesA404() {
        Stage stage = asked(GET);

        stage.network(down(A, 5001, after(GET)).flags("P.").payload(MISSING).build());

        stage.toNetwork().from(OURS).to(B).flags("S").seq(ISN);
        stage.silent();
        stage.network(synAck(B, 9000).build());
        stage.toNetwork().to(B).flags(".").seq(ISN + 1).noPayload();
        stage.toNetwork().to(B).seq(ISN + 1).payload(GET);
        stage.network(down(B, 9001, after(GET)).flags("P.").payload(OK).build());
        stage.toNetwork().to(A).flags("R").seq(ISN + after(GET));
        stage.toClient().from(ORIGINAL).seq(5001).payload(OK);
        stage.silent();
        assertThat(stage.events())
                .containsSubsequence(Kind.RELOCATING, Kind.RELOCATED, Kind.HIDDEN);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8, 9, 12, 13, 30})
    @Tag("P21")
    void a404IsHeldBackInAnySegmentation(int cut) {
        Stage stage = asked(GET);

        stage.network(
                down(A, 5001, after(GET)).flags("P.").payload(MISSING.substring(0, cut)).build());
        stage.network(
                down(A, 5001 + cut, after(GET))
                        .flags("P.")
                        .payload(MISSING.substring(cut))
                        .build());

        assertThat(stage.framesToClient()).isZero();
        stage.toNetwork().to(B).flags("S").seq(ISN);
    }

    /** Its server sends nothing more before it has an acknowledgement (RFC 896). */
    @Test
    @Tag("P21")
    void serverWhoseHeadIsHeldBackIsNotLeftWaiting() {
        Stage stage = asked(GET);
        stage.network(
                down(A, 5001, after(GET)).flags("P.").payload(MISSING.substring(0, 5)).build());
        stage.silent();

        stage.pass(40);
        stage.toNetwork().to(A).flags(".").seq(ISN + after(GET)).ack(5006);
        stage.network(down(A, 5006, after(GET)).flags("P.").payload(MISSING.substring(5)).build());

        assertThat(stage.framesToClient()).isZero();
        stage.toNetwork().to(B).flags("S").seq(ISN);
    }

    @Test
    @Tag("P21")
    void whatWasAcknowledgedForTheClientIsDeliveredToItWhateverGetsLost() {
        Stage stage = asked(GET);
        stage.network(down(A, 5001, after(GET)).flags("P.").payload(OK.substring(0, 5)).build());
        stage.pass(40);
        stage.toNetwork().to(A).ack(5006);
        stage.network(down(A, 5006, after(GET)).flags("P.").payload(OK.substring(5, 20)).build());
        stage.toNetwork().to(A).ack(5021);
        assertThat(stage.framesToClient()).isZero();

        stage.network(down(A, 5021, after(GET)).flags("P.").payload(OK.substring(20)).build());

        stage.toClient().from(ORIGINAL).seq(5001).payload(OK.substring(0, 20));
        stage.toClient().from(ORIGINAL).seq(5021).payload(OK.substring(20));
        stage.pass(1100);
        stage.toClient().from(ORIGINAL).seq(5001).payload(OK.substring(0, 20));
        stage.flush();
        stage.client(up(after(GET), 5001 + OK.length()).build());
        stage.toNetwork().to(A).ack(5001 + OK.length());
        stage.pass(10_000);
        assertThat(stage.framesToClient()).isZero();
    }

    @Test
    @Tag("P22")
    void whenAllAnswer404TheClientGetsOneRealOne() {
        Stage stage = asked(GET);
        stage.network(down(A, 5001, after(GET)).flags("P.").payload(MISSING).build());
        stage.network(synAck(B, 9000).build());
        stage.network(down(B, 9001, after(GET)).flags("P.").payload(MISSING).build());
        stage.network(synAck(C, 100).build());
        stage.flush();

        stage.network(down(C, 101, after(GET)).flags("P.").payload(MISSING).build());

        stage.toNetwork().to(B).flags("R");
        stage.toClient().from(ORIGINAL).seq(5001).payload(MISSING);
        stage.silent();
        assertThat(stage.session().server()).hasToString(C);
    }

    @Test
    @Tag("P22")
    void requestThatCameMeanwhileIsReadWithTheServerThatIsTakenUpAgain() {
        Stage stage = asked(GET);
        stage.network(down(A, 5001, after(GET)).flags("P.").payload(MISSING).build());
        String head = GET.replace("GET", "HEAD");
        stage.client(up(after(GET), 5001).flags("P.").payload(head).build());
        stage.network(refusal(B).build());
        stage.network(refusal(C).build());
        stage.toClient().payload(MISSING);
        stage.flush();
        String fields = OK.replace("hello", "");
        int sent = after(GET, head);
        int end = after(MISSING, fields);
        stage.network(down(A, 5000 + after(MISSING), sent).flags("P.").payload(fields).build());
        stage.toClient().payload(fields);
        stage.client(up(sent, 5000 + end).timestamps(1005, 77_000).build());
        stage.flush();

        stage.network(down(A, 5000 + end, sent).rst().build());

        // Nothing was outstanding, as whoever reads along knows: the client needs not be told.
        assertThat(stage.framesToClient()).isZero();
        assertThat(stage.events()).contains(Kind.RESTORED, Kind.PARKED);
    }

    @Test
    @Tag("P22")
    void answersBehindTheOneThatWasPutAsideAreTakenUpWithIt() {
        Stage stage = asked(GET);
        stage.client(up(after(GET), 5001).flags("P.").payload(GET).build());
        int sent = after(GET, GET);
        stage.network(down(A, 5001, sent).flags("P.").payload(MISSING + OK).build());
        stage.network(synAck(B, 9000).build());
        stage.network(down(B, 9001, 1).rst().build());
        stage.network(refusal(C).build());
        stage.toClient().payload(MISSING + OK);
        int end = after(MISSING, OK);
        stage.client(up(sent, 5000 + end).timestamps(1005, 77_000).build());
        stage.flush();

        stage.network(down(A, 5000 + end, sent).rst().build());

        assertThat(stage.framesToClient()).isZero();
        assertThat(stage.events()).contains(Kind.RESTORED, Kind.PARKED);
    }

    @Test
    @Tag("P22")
    void a404IsDeliveredAfterAllWhenNobodyElseAnswers() {
        Stage stage = asked(GET);
        stage.network(down(A, 5001, after(GET)).flags("P.").payload(MISSING).build());
        stage.network(refusal(B).build());
        stage.flush();

        stage.network(refusal(C).build());

        stage.toClient().from(ORIGINAL).seq(5001).payload(MISSING);
        stage.silent();
        assertThat(stage.session().server()).hasToString(A);
        stage.client(up(after(GET), 5001 + MISSING.length()).build());
        stage.toNetwork().to(A).ack(5001 + MISSING.length());
    }

    @Test
    @Tag("B07")
    void postThatWasAnswered404IsNotRepeated() {
        Stage stage = asked(POST);

        stage.network(down(A, 5001, after(POST)).flags("P.").payload(MISSING).build());

        stage.toClient().seq(5001).payload(MISSING);
        stage.silent();
    }
}

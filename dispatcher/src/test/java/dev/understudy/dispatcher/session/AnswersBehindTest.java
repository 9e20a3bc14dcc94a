package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.B;
import static dev.understudy.dispatcher.session.Stage.C;
import static dev.understudy.dispatcher.session.Stage.ISN;
import static dev.understudy.dispatcher.session.Stage.ORIGINAL;
import static dev.understudy.dispatcher.session.Stage.down;
import static dev.understudy.dispatcher.session.Stage.refusal;
import static dev.understudy.dispatcher.session.Stage.synAck;
import static dev.understudy.dispatcher.session.Stage.up;
import static dev.understudy.dispatcher.session.Talk.GET;
import static dev.understudy.dispatcher.session.Talk.OK;
import static dev.understudy.dispatcher.session.Talk.after;
import static dev.understudy.dispatcher.session.Talk.asked;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.control.Event.Kind;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A client asks for two things at once, and its server has both answered before the client has acknowledged the first. */
class AnswersBehindTest {
    private static final String MISSING = "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone";
    private static final String BOTH = GET + GET;
    private static final int FIRST_END = 5000 + after(OK);

    private static Stage answeredBoth(String second, String flags) {
        Stage stage = asked(BOTH);
        stage.network(down(A, 5001, after(BOTH)).flags(flags).payload(OK + second).build());
        stage.toClient().from(ORIGINAL).seq(5001).payload(OK);
        return stage;
    }

    private static void acknowledgeFirst(Stage stage) {
        stage.client(up(after(BOTH), FIRST_END).timestamps(1005, 77_000).build());
    }

    private static void answerFromB(Stage stage) {
        stage.network(synAck(B, 9000).ack(ISN + after(GET)).build());
        stage.toNetwork().to(B).flags(".").seq(ISN + after(GET)).noPayload();
        stage.toNetwork().to(B).seq(ISN + after(GET)).payload(GET);
        stage.network(down(B, 9001, after(BOTH)).flags("P.").payload(OK).build());
    }

    @Test
    @Tag("P21")
    void a404IsHeldBackThoughItsServerClosesBehindIt() {
        Stage stage = answeredBoth(MISSING, "FP.");
        stage.silent();

        acknowledgeFirst(stage);

        stage.toNetwork().to(B).flags("S").seq(ISN + after(GET) - 1);
        answerFromB(stage);
        stage.toClient().from(ORIGINAL).seq(FIRST_END).payload(OK);
        assertThat(stage.events()).containsSubsequence(Kind.RELOCATED, Kind.HIDDEN);
    }

    @Test
    @Tag("P22")
    void closeOfTheServerComesAfterA404ThatNobodyReplaces() {
        Stage stage = answeredBoth(MISSING, "FP.");
        acknowledgeFirst(stage);
        stage.flush();
        stage.network(refusal(B).ack(ISN + after(GET)).build());
        stage.network(refusal(C).ack(ISN + after(GET)).build());
        stage.toClient().seq(5001).flags("P.").payload(OK + MISSING);
        int end = FIRST_END + MISSING.length();
        stage.client(up(after(BOTH), end).timestamps(1006, 77_000).build());
        stage.flush();

        stage.network(down(A, end, after(BOTH)).flags("F.").build());

        stage.client(up(after(BOTH), end).flags("P.").payload(GET).build());
        stage.toNetwork().to(A).flags("F.");
        stage.toNetwork().flags("S");
        assertThat(stage.framesToClient()).isZero();
    }

    @Test
    @Tag("P19")
    void whatADeadServerAnsweredBehindAGivenAnswerIsAskedOfAnother() {
        Stage stage = answeredBoth(MISSING, "P.");

        stage.network(down(A, 5001, after(BOTH)).rst().build());
        stage.silent();
        acknowledgeFirst(stage);

        stage.toNetwork().to(B).flags("S").seq(ISN + after(GET) - 1);
        answerFromB(stage);
        stage.toClient().from(ORIGINAL).seq(FIRST_END).payload(OK);
    }
}

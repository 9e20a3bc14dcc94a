package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.B;
import static dev.understudy.dispatcher.session.Stage.ISN;
import static dev.understudy.dispatcher.session.Stage.ORIGINAL;
import static dev.understudy.dispatcher.session.Stage.down;
import static dev.understudy.dispatcher.session.Stage.synAck;
import static dev.understudy.dispatcher.session.Stage.up;
import static dev.understudy.dispatcher.session.Talk.GET;
import static dev.understudy.dispatcher.session.Talk.OK;
import static dev.understudy.dispatcher.session.Talk.POST;
import static dev.understudy.dispatcher.session.Talk.after;
import static dev.understudy.dispatcher.session.Talk.asked;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.control.Counter;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A server that has said 100 or 103 and nothing else has not begun its answer (RFC 9110 §15.2). */
class InterimAnswerTest {
    private static final String HINTS = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    private static final String CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";
    private static final String PUT_HEAD =
            POST.replace("POST", "PUT").replace("\r\n\r\nhi", "\r\nExpect: 100-continue\r\n\r\n");
    private static final String MISSING = "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone";

    private static Stage hinted() {
        Stage stage = asked(GET);
        stage.network(down(A, 5001, after(GET)).flags("P.").payload(HINTS).build());
        stage.toClient().seq(5001).payload(HINTS);
        return stage;
    }

    private static void acknowledged(Stage stage) {
        stage.client(up(after(GET), 5000 + after(HINTS)).timestamps(1005, 77_000).build());
        stage.toNetwork().to(A).ack(5000 + after(HINTS));
    }

    private static void answeredByB(Stage stage) {
        stage.toNetwork().to(B).flags("S").seq(ISN);
        stage.network(synAck(B, 9000).build());
        stage.toNetwork().to(B).flags(".").seq(ISN + 1).noPayload();
        stage.toNetwork().to(B).seq(ISN + 1).payload(GET);
        stage.network(down(B, 9001, after(GET)).flags("P.").payload(OK).build());
    }

    @Test
    @Tag("P19")
    void serverThatResetsBehindItIsReplaced() {
        Stage stage = hinted();
        acknowledged(stage);

        stage.network(down(A, 5000 + after(HINTS), after(GET)).rst().build());

        answeredByB(stage);
        stage.toClient().from(ORIGINAL).seq(5000 + after(HINTS)).payload(OK);
        stage.silent();
    }

    @Test
    @Tag("P19")
    void serverThatBreaksOffInTheHeadBehindItIsReplaced() {
        Stage stage = asked(GET);
        String head = OK.substring(0, 20);
        stage.network(down(A, 5001, after(GET)).flags("P.").payload(HINTS + head).build());
        stage.toClient().seq(5001).payload(HINTS);
        acknowledged(stage);

        stage.network(down(A, 5000 + after(HINTS), after(GET)).rst().build());

        answeredByB(stage);
        stage.toClient().from(ORIGINAL).seq(5000 + after(HINTS)).payload(OK);
    }

    @Test
    @Tag("P21")
    void a404BehindItIsHeldBack() {
        Stage stage = hinted();
        acknowledged(stage);

        stage.network(
                down(A, 5000 + after(HINTS), after(GET)).flags("P.").payload(MISSING).build());

        answeredByB(stage);
        stage.toNetwork().to(A).flags("R");
        stage.toClient().from(ORIGINAL).seq(5000 + after(HINTS)).payload(OK);
        stage.silent();
    }

    @Test
    void whatTheClientMayLackOfItCannotBeGivenByAnother() {
        Stage stage = hinted();

        stage.network(down(A, 5001, after(GET)).rst().build());

        stage.toClient().flags("R");
        assertThat(stage.count(Counter.NOT_RELOCATED)).isEqualTo(1);
    }

    @Test
    @Tag("P19")
    void uploadThatWasInvitedIsReplayedWhole() {
        Stage stage = asked(PUT_HEAD);
        stage.network(down(A, 5001, after(PUT_HEAD)).flags("P.").payload(CONTINUE).build());
        stage.client(
                up(after(PUT_HEAD), 5000 + after(CONTINUE))
                        .timestamps(1005, 77_000)
                        .flags("P.")
                        .payload("hi")
                        .build());
        stage.flush();

        stage.network(down(A, 5000 + after(CONTINUE), after(PUT_HEAD)).rst().build());

        stage.toNetwork().to(B).flags("S").seq(ISN);
        stage.network(synAck(B, 9000).build());
        stage.toNetwork().to(B).flags(".").noPayload();
        stage.toNetwork().to(B).seq(ISN + 1).payload(PUT_HEAD + "hi");
        stage.network(
                down(B, 9001, after(PUT_HEAD, "hi")).flags("P.").payload(CONTINUE + OK).build());
        stage.toClient().from(ORIGINAL).seq(5000 + after(CONTINUE)).payload(CONTINUE + OK);
    }
}

package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.B;
import static dev.understudy.dispatcher.session.Stage.ISN;
import static dev.understudy.dispatcher.session.Stage.down;
import static dev.understudy.dispatcher.session.Stage.synAck;
import static dev.understudy.dispatcher.session.Stage.up;
import static dev.understudy.dispatcher.session.Talk.GET;
import static dev.understudy.dispatcher.session.Talk.after;
import static dev.understudy.dispatcher.session.Talk.asked;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A client that has said FIN behind its requests, and whose server is lost: the next one gets the FIN where it belongs. */
@Tag("P25")
class HalfClosedTest {
    private static final String HEAD =
            "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nETag: \"v1\"\r\nAccept-Ranges: bytes\r\n\r\n";
    private static final int BODY = 5001 + HEAD.length();

    /** Six of ten bytes are delivered and acknowledged. */
    private static Stage inTheMiddle() {
        Stage stage = asked(GET);
        stage.network(down(A, 5001, after(GET)).flags("P.").payload(HEAD + "012345").build());
        stage.client(up(after(GET), BODY + 6).timestamps(1005, 77_000).build());
        stage.flush();
        return stage;
    }

    /** A is lost, and B has taken the connection: what it got. */
    private static List<Packet> moved(Stage stage) {
        stage.network(down(A, BODY + 6, after(GET)).flags("R.").build());
        stage.flush();
        stage.network(synAck(B, 9000).build());
        List<Packet> sent = new ArrayList<>();
        stage.departed(sent::add, packet -> {});
        return sent;
    }

    @Test
    @Tag("B03")
    void finFollowsTheRequestToTheServerThatGoesOn() {
        Stage stage = inTheMiddle();
        stage.client(up(after(GET), BODY + 6).fin().build());

        List<Packet> sent = moved(stage);

        Packet last = sent.get(sent.size() - 1);
        assertThat(last.has(Tcp.FIN)).isTrue();
        assertThat(stage.session().serverState()).isEqualTo("FIN-WAIT-1");
    }

    @Test
    @Tag("B03")
    void finDoesNotOvertakeARequestOfWhichAPartIsMissing() {
        Stage stage = inTheMiddle();
        stage.client(
                up(after(GET) + 9, BODY + 6).flags("P.").payload(GET.substring(9)).fin().build());

        List<Packet> sent = moved(stage);

        assertThat(sent).noneMatch(packet -> packet.has(Tcp.FIN));
        int asked = 1 + sent.stream().mapToInt(Packet::payloadLength).sum();
        String partial =
                HEAD.replace("200 OK", "206 Partial Content")
                        .replace("10", "4")
                        .replace("\r\n\r\n", "\r\nContent-Range: bytes 6-9/10\r\n\r\n");
        stage.network(down(B, 9001, asked).flags("P.").payload(partial + "6789").build());
        stage.flush();
        stage.client(up(after(GET), BODY + 10).flags("P.").payload(GET).fin().build());
        stage.toNetwork().to(B).seq(ISN + asked).payload(GET).flags("F.");
    }

    @Test
    void finIsReplayedBehindTheRequest() {
        Stage stage = asked(GET);
        stage.client(up(after(GET), 5001).fin().build());
        stage.network(down(A, 5001, after(GET)).rst().build());
        stage.flush();

        stage.network(synAck(B, 9000).build());

        stage.toNetwork().to(B).flags(".");
        stage.toNetwork().to(B).payload(GET);
        assertThat(stage.session().serverState()).isEqualTo("FIN-WAIT-1");
    }
}

package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.B;
import static dev.understudy.dispatcher.session.Stage.ISN;
import static dev.understudy.dispatcher.session.Stage.ORIGINAL;
import static dev.understudy.dispatcher.session.Stage.down;
import static dev.understudy.dispatcher.session.Stage.plan;
import static dev.understudy.dispatcher.session.Stage.synAck;
import static dev.understudy.dispatcher.session.Stage.up;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.ServiceConfig.Protocol;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.TestPackets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** UDP flows that are announced on a session have its server. */
@Tag("P60")
class RtspSessionTest {
    private static final String SETUP =
            """
            SETUP rtsp://203.0.113.10/film RTSP/1.0
            CSeq: 1
            Transport: RTP/AVP;unicast;client_port=4588-4589

            """
                    .replace("\n", "\r\n");
    private static final String OK =
            """
            RTSP/1.0 200 OK
            CSeq: 1
            Transport: RTP/AVP;unicast;client_port=4588-4589;server_port=6256-6257;source=10.20.0.2
            Session: 7

            """
                    .replace("\n", "\r\n");

    /** A session that A had and B has now: B's ISN is 9000, A's was 5000. */
    private static Stage relocated() {
        Stage stage = plan().protocol(Protocol.RTSP).strategy(Strategy.IN_ORDER).build();
        stage.establish();
        stage.network(down(A, 5001, 1).rst().build());
        stage.network(synAck(B, 9000).build());
        stage.flush();
        return stage;
    }

    @Test
    void flowsFollowARelocatedSessionToItsServer() {
        Stage stage = relocated();
        assertThat(stage.session().delta()).isEqualTo(4000);
        stage.client(up(1, 5001).payload(SETUP).build());
        stage.toNetwork().to(B).payload(SETUP);
        stage.network(down(B, 9001, 1 + SETUP.length()).payload(OK).build());
        stage.toClient()
                .from(ORIGINAL)
                .seq(5001)
                .payload(OK.replace("source=10.20.0.2", "source=203.0.113.10"));

        stage.network(TestPackets.udp("10.20.0.2:6256", "10.9.0.2:4588").payload("RTP").build());
        stage.toClient().from("203.0.113.10:6256").to("10.0.0.1:4588").payload("RTP");
        stage.client(TestPackets.udp("10.0.0.1:4589", "203.0.113.10:6257").payload("RTCP").build());
        stage.toNetwork().from("10.9.0.2:4589").to("10.20.0.2:6257").payload("RTCP");
        stage.silent();
        assertThat(stage.snapshot().sessions()).hasSize(3);
    }

    @Test
    void twoClientsMayNameTheSamePorts() {
        Stage stage = relocated();
        stage.client(up(1, 5001).payload(SETUP).build());
        stage.flush();
        String other = "10.0.0.2:40000";
        stage.client(TestPackets.tcp(other, ORIGINAL).syn().seq(ISN).build());
        Packet syn = TestPackets.parse(stage.pollNetwork());
        String ours = "10.9.0.2:" + syn.srcPort();
        stage.network(TestPackets.tcp(B, ours).flags("S.").seq(100).ack(ISN + 1).build());
        stage.flush();

        stage.client(TestPackets.tcp(other, ORIGINAL).seq(ISN + 1).ack(101).payload(SETUP).build());

        String sent = TestPackets.payload(stage.pollNetwork());
        assertThat(sent).doesNotContain("4588").contains("client_port=");
        String range = sent.replaceAll("(?s).*client_port=(\\d+-\\d+).*", "$1");
        int port = Integer.parseInt(range.substring(0, range.indexOf('-')));
        stage.network(
                TestPackets.tcp(B, ours)
                        .seq(101)
                        .ack(ISN + 1 + sent.length())
                        .payload(OK.replace("4588-4589", range))
                        .build());
        stage.toClient()
                .to(other)
                .ack(ISN + 1 + SETUP.length())
                .payload(OK.replace("source=10.20.0.2", "source=203.0.113.10"));
        stage.network(
                TestPackets.udp("10.20.0.2:6256", "10.9.0.2:" + port).payload("yours").build());
        stage.toClient().from("203.0.113.10:6256").to("10.0.0.2:4588").payload("yours");
    }

    @Test
    void flowsEndWhenNothingIsSaidAnyMore() {
        Stage stage = relocated();
        stage.client(up(1, 5001).payload(SETUP).build());
        stage.network(down(B, 9001, 1 + SETUP.length()).payload(OK).build());
        stage.client(up(1 + SETUP.length(), 5001).rst().build());
        assertThat(stage.snapshot().sessions()).hasSize(2);

        stage.pass(400_000);

        assertThat(stage.dispatcher.idle()).isTrue();
        assertThat(stage.dispatcher.nextDeadline()).isEqualTo(Long.MAX_VALUE);
    }
}

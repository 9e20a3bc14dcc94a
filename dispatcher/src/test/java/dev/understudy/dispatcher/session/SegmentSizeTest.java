package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.B;
import static dev.understudy.dispatcher.session.Stage.ISN;
import static dev.understudy.dispatcher.session.Stage.OURS;
import static dev.understudy.dispatcher.session.Stage.down;
import static dev.understudy.dispatcher.session.Stage.synAck;
import static dev.understudy.dispatcher.session.Talk.asked;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** No end is led to send more than both links take, and what we owe keeps to the path. The links take 1500 bytes. */
@Tag("P67")
class SegmentSizeTest {
    private static final int JUMBO = 8960;
    private static final String CLIENT6 = "[fd00::1]:40000";
    private static final String ORIGINAL6 = "[2001:db8::10]:80";
    private static final String A6 = "[2001:db8:1::a]:80";

    /** A request of more than a segment. */
    private static final String LONG =
            "GET /" + "a".repeat(2000) + " HTTP/1.1\r\nHost: shop.example\r\n\r\n";

    @Test
    void serverOnAWiderLinkOffersTheClientNoMoreThanFits() {
        Stage stage = Stage.of(Strategy.IN_ORDER);
        stage.client(Stage.syn().mss(JUMBO).build());
        stage.toNetwork().mss(1460);

        stage.network(synAck(A, 5000).mss(JUMBO).build());

        stage.toClient().flags("S.").mss(1460);
    }

    @Test
    void headersOfIpv6AreLonger() {
        Stage stage =
                Stage.plan().originals(ORIGINAL6).servers(A6).strategy(Strategy.IN_ORDER).build();
        stage.client(Stage.syn(CLIENT6, ORIGINAL6).mss(JUMBO).build());
        stage.toNetwork().mss(1440);

        stage.network(synAck(A6, CLIENT6, 5000).mss(JUMBO).build());

        stage.toClient().flags("S.").mss(1440);
    }

    /** B has got a request that A had before it. */
    private static Stage replayed(int mss) {
        Stage stage = asked(LONG);
        stage.network(down(A, 5001, 1).rst().build());
        stage.network(synAck(B, 9000).mss(mss).build());
        return stage;
    }

    private static List<Packet> data(Stage stage) {
        List<Packet> data = new ArrayList<>();
        stage.departed(
                packet -> {
                    if (packet.payloadLength() > 0) {
                        data.add(packet);
                    }
                },
                packet -> {});
        return data;
    }

    @Test
    void whatIsReplayedFitsOurLinkWhateverTheServerTakes() {
        assertThat(data(replayed(JUMBO)))
                .hasSize(2)
                .allSatisfy(p -> assertThat(p.end() - p.l3()).isLessThanOrEqualTo(1500));
    }

    @Test
    void whatIsReplayedFitsThePathOnceThatIsKnown() {
        Stage stage = replayed(1460);
        assertThat(data(stage)).hasSize(2);

        stage.network(tooBig(1, 600).build());

        List<Packet> again = data(stage);
        assertThat(again)
                .hasSizeGreaterThan(3)
                .allSatisfy(p -> assertThat(p.end() - p.l3()).isLessThanOrEqualTo(600));
        assertThat(again.get(0).seq()).isEqualTo(ISN + 1);
        assertThat(again.stream().mapToInt(Packet::payloadLength).sum()).isEqualTo(LONG.length());
    }

    @Test
    void errorAboutWhatIsNotUnderWayMakesNothingSmaller() {
        Stage stage = replayed(1460);
        stage.flush();

        stage.network(tooBig(-9, 600).build());
        stage.network(tooBig(70_000, 600).build());

        assertThat(data(stage)).isEmpty();
        stage.pass(1_000);
        // The end of it, in one piece.
        assertThat(data(stage).get(0).payloadLength()).isGreaterThan(560);
    }

    private static TestPackets.ErrorBuilder tooBig(int offset, int mtu) {
        ByteBuf sent = TestPackets.tcp(OURS, B).seq(ISN + offset).ack(9001).build();
        return TestPackets.error(
                        "10.20.0.254", Icmp.UNREACHABLE, Icmp.CODE_FRAGMENTATION_NEEDED, sent)
                .rest(mtu);
    }
}

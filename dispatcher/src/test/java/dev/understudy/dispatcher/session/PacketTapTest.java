package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.B;
import static dev.understudy.dispatcher.session.Stage.C;
import static dev.understudy.dispatcher.session.Stage.refusal;
import static dev.understudy.dispatcher.session.Stage.synAck;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.ServiceConfig.Protocol;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.TracedPacket;
import dev.understudy.dispatcher.control.TracedPacket.Way;
import dev.understudy.dispatcher.control.Watch;
import dev.understudy.stack.wire.TcpFlags;
import dev.understudy.stack.wire.TestPackets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a watcher sees of a session is what crossed the dispatcher's doors, in both of its forms. */
class PacketTapTest {
    private final Stage stage = Stage.of(Strategy.IN_ORDER);

    @Test
    void nothingIsRecordedUnlessSomebodyAsks() {
        stage.establish();

        assertThat(stage.dispatcher.packets().on()).isFalse();
        assertThat(stage.dispatcher.packets().sessions()).isEmpty();
    }

    @Test
    void anArmedWatchShowsANewSessionFromItsSynOn() {
        stage.dispatcher.packets().watch(Watch.ALL_NEW);

        stage.clientSyn();
        stage.network(refusal(A).build());
        stage.network(synAck(B, 9000).build());
        stage.client(Stage.up(1, 9001).timestamps(1001, 77_000).build());

        assertThat(ladder())
                .containsExactly(
                        "1 PASSED up " + A + " S seq 0",
                        "2 HELD down " + A + " R. seq 1",
                        "3 MADE up " + B + " S seq 0",
                        "4 PASSED down " + B + " S. seq 0",
                        "5 PASSED up " + B + " . seq 1");
    }

    @Test
    void ofUdpItShowsAConversationFromItsFirstDatagramOn() {
        Stage names = Stage.plan().protocol(Protocol.UDP).strategy(Strategy.RACE).build();
        names.dispatcher.packets().watch(Watch.ALL_NEW);

        names.client(TestPackets.udp(Stage.CLIENT, Stage.ORIGINAL).payload("who?").build());
        names.network(TestPackets.udp(B, Stage.OURS).payload("me").build());
        names.client(TestPackets.udp(Stage.CLIENT, Stage.ORIGINAL).payload("and now?").build());

        assertThat(names.dispatcher.packets().packets(1, 0, 100))
                .extracting(p -> (p.up() ? "up " : "down ") + p.server() + " " + p.length())
                .containsExactly(
                        "up " + A + " 4",
                        "up " + B + " 4",
                        "up " + C + " 4",
                        "down " + B + " 2",
                        "up " + B + " 8");
    }

    @Test
    void aRelocationShowsBothLegsAndTheDelta() {
        stage.dispatcher.packets().watch(Watch.ALL_NEW);
        stage.establish(5000);
        stage.client(
                Stage.up(1, 5001)
                        .timestamps(1001, 77_000)
                        .payload("GET / HTTP/1.1\r\n\r\n")
                        .build());

        stage.network(Stage.down(A, 5001, 1).flags("R").build());
        stage.network(synAck(B, 9000).build());

        List<TracedPacket> packets = stage.dispatcher.packets().packets(1, 0, 100);
        TracedPacket replayed = packets.get(packets.size() - 1);
        assertThat(replayed.way()).isEqualTo(Way.MADE);
        assertThat(replayed.server()).hasToString(B);
        assertThat(replayed.serverSeq()).isEqualTo(1);
        assertThat(replayed.serverAck()).isEqualTo(1);
        assertThat(replayed.delta()).isEqualTo(4000);
        assertThat(replayed.length()).isEqualTo(18);
        assertThat(replayed.retransmission()).isFalse();
    }

    @Test
    void anAnswerThatWaitsOnlyForItsStatusToBeReadIsPassedOn() {
        Stage reading = Talk.stage();
        reading.dispatcher.packets().open(1);

        reading.client(Stage.up(1, 5001).flags("P.").payload(Talk.GET).build());
        reading.network(
                Stage.down(A, 5001, Talk.after(Talk.GET)).flags("P.").payload(Talk.OK).build());

        assertThat(reading.dispatcher.packets().packets(1, 0, 100))
                .extracting(TracedPacket::way)
                .containsExactly(Way.PASSED, Way.PASSED);
    }

    @Test
    void whatIsHeldBackIsNotWhatIsMadeMeanwhile() {
        Stage reading = Talk.asked(Talk.GET);
        reading.dispatcher.packets().open(1);

        reading.network(
                Stage.down(A, 5001, Talk.after(Talk.GET))
                        .flags("P.")
                        .payload("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                        .build());

        assertThat(reading.dispatcher.packets().packets(1, 0, 100))
                .extracting(p -> p.way() + " " + p.up())
                .containsExactly("HELD false", "MADE true");
    }

    @Test
    void bothFormsOfAPacketAreKept() {
        stage.dispatcher.packets().watch(Watch.ALL_NEW);
        stage.establish();

        List<TracedPacket> packets = stage.dispatcher.packets().packets(1, 0, 100);
        TracedPacket synAck = packets.get(1);
        assertThat(address(synAck.before(), 12)).isEqualTo("10.20.0.1");
        assertThat(address(synAck.after(), 12)).isEqualTo("203.0.113.10");
        assertThat(synAck.lengthBefore()).isEqualTo(60);
        assertThat(synAck.lengthAfter()).isEqualTo(60);
    }

    @Test
    void aRetransmissionIsMarked() {
        stage.dispatcher.packets().watch(Watch.ALL_NEW);
        stage.establish();

        stage.client(Stage.up(1, 5001).timestamps(1001, 77_000).payload("hello").build());
        stage.client(Stage.up(1, 5001).timestamps(1002, 77_000).payload("hello").build());

        List<TracedPacket> packets = stage.dispatcher.packets().packets(1, 0, 100);
        assertThat(packets.subList(packets.size() - 2, packets.size()))
                .extracting(TracedPacket::retransmission)
                .containsExactly(false, true);
    }

    @Test
    void aSessionCanBeJoinedInTheMiddle() {
        stage.establish();
        stage.dispatcher.packets().open(1);

        stage.client(Stage.up(1, 5001).timestamps(1001, 77_000).payload("hello").build());

        assertThat(ladder()).containsExactly("1 PASSED up " + A + " . seq 1");
    }

    @Test
    void theRingForgetsTheOldestAndTheGapTells() {
        stage.dispatcher.packets().watch(new Watch(true, 2, 4, 64));
        stage.establish();
        for (int i = 0; i < 10; i++) {
            stage.client(Stage.up(1, 5001).timestamps(1001, 77_000).build());
        }

        assertThat(stage.dispatcher.packets().packets(1, 0, 100))
                .extracting(TracedPacket::number)
                .containsExactly(10L, 11L, 12L, 13L);
    }

    private List<String> ladder() {
        return stage.dispatcher.packets().packets(1, 0, 100).stream()
                .map(
                        p ->
                                p.number()
                                        + " "
                                        + p.way()
                                        + (p.up() ? " up " : " down ")
                                        + (p.server() == null ? "-" : p.server())
                                        + " "
                                        + TcpFlags.toString(p.flags())
                                        + " seq "
                                        + (p.touchesClient() ? p.seq() : p.serverSeq()))
                .toList();
    }

    private static String address(byte[] packet, int at) {
        return (packet[at] & 0xFF)
                + "."
                + (packet[at + 1] & 0xFF)
                + "."
                + (packet[at + 2] & 0xFF)
                + "."
                + (packet[at + 3] & 0xFF);
    }
}

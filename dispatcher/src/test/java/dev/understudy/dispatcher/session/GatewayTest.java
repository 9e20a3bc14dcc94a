package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.CLIENT;
import static dev.understudy.dispatcher.session.Stage.ISN;
import static dev.understudy.dispatcher.session.Stage.ORIGINAL;
import static dev.understudy.dispatcher.session.Stage.OURS;
import static dev.understudy.dispatcher.session.Stage.plan;
import static dev.understudy.dispatcher.session.Stage.synAck;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Many connections behind one network-side address: nothing is mixed up. */
class GatewayTest {
    private static final String OTHER_CLIENT = "10.0.0.2:40000";

    @Test
    @Tag("P56")
    void twoClientsWithTheSamePortGetTheirOwnAnswers() {
        Stage stage = Stage.of(Strategy.IN_ORDER);
        stage.clientSyn();
        stage.toNetwork().from(OURS);
        stage.client(TestPackets.tcp(OTHER_CLIENT, ORIGINAL).syn().seq(7).build());
        Packet second = TestPackets.parse(stage.pollNetwork());
        assertThat(second.srcPort()).isNotEqualTo(40000);
        String port = Endpoint.of(second.srcHi(), second.srcLo(), second.srcPort()).toString();

        stage.network(TestPackets.tcp(A, port).flags("S.").seq(900).ack(8).build());
        stage.toClient().from(ORIGINAL).to(OTHER_CLIENT).seq(900).ack(8);
        stage.network(synAck(A, 500).build());
        stage.toClient().from(ORIGINAL).to(CLIENT).seq(500);
        stage.silent();
    }

    @Test
    @Tag("P03")
    @Tag("P56")
    void onePortToTwoOriginalsThatAreOneServerIsTwoSessions() {
        String other = "203.0.113.11:80";
        Stage stage =
                plan().strategy(Strategy.IN_ORDER).originals(ORIGINAL, other).servers(A).build();
        stage.clientSyn();
        stage.toNetwork().from(OURS).to(A);
        stage.client(TestPackets.tcp(CLIENT, other).syn().seq(7).build());
        Packet second = TestPackets.parse(stage.pollNetwork());
        String port = Endpoint.of(second.srcHi(), second.srcLo(), second.srcPort()).toString();
        assertThat(port).isNotEqualTo(OURS);

        stage.network(TestPackets.tcp(A, port).flags("S.").seq(900).ack(8).build());
        stage.toClient().from(other).to(CLIENT).seq(900);
        stage.network(synAck(A, 500).build());
        stage.toClient().from(ORIGINAL).to(CLIENT).seq(500);
    }

    @Test
    @Tag("P66")
    void originalAndServersMayBePrivate() {
        Stage stage = plan().originals("192.168.7.7:443").servers("172.16.0.9:8443").build();
        stage.client(TestPackets.tcp(CLIENT, "192.168.7.7:443").syn().seq(ISN).build());
        stage.toNetwork().from(OURS).to("172.16.0.9:8443");
        stage.network(synAck("172.16.0.9:8443", 1).build());
        stage.toClient().from("192.168.7.7:443");
    }

    @Test
    @Tag("P37")
    void directServerTakesOverFromADeadVirtualAddress() {
        String virtual = "198.51.100.1:80";
        Stage stage = plan().strategy(Strategy.IN_ORDER).servers(virtual, A).build();
        stage.clientSyn();
        stage.toNetwork().to(virtual);
        stage.pass(2_000);
        stage.toNetwork().to(virtual).flags("R");
        stage.toNetwork().to(A).flags("S");
        stage.network(synAck(A, 1).build());
        stage.toClient().from(ORIGINAL).flags("S.");
    }

    @Test
    @Tag("P14")
    @Tag("P03")
    void tenThousandSessionsDoNotTalkAcross() {
        Stage stage = plan().strategy(Strategy.ROUND_ROBIN).build();
        int sessions = 10_000;
        Map<String, Integer> byLeg = new HashMap<>();
        for (int i = 0; i < sessions; i++) {
            stage.client(TestPackets.tcp(client(i), ORIGINAL).syn().seq(i).build());
            Packet syn = TestPackets.parse(stage.pollNetwork());
            byLeg.put(leg(syn), i);
            stage.network(
                    TestPackets.tcp(to(syn), from(syn)).flags("S.").seq(7L * i).ack(i + 1).build());
            stage.toClient().from(ORIGINAL).to(client(i)).seq(7L * i);
            stage.client(TestPackets.tcp(client(i), ORIGINAL).seq(i + 1).ack(7L * i + 1).build());
            stage.flush();
        }
        assertThat(byLeg).hasSize(sessions);
        assertThat(stage.snapshot().sessions()).hasSize(sessions);

        SplittableRandom random = new SplittableRandom(5);
        for (int n = 0; n < sessions; n++) {
            int i = random.nextInt(sessions);
            stage.client(
                    TestPackets.tcp(client(i), ORIGINAL)
                            .seq(i + 1)
                            .ack(7L * i + 1)
                            .payload("to " + i)
                            .build());
            ByteBuf frame = stage.pollNetwork();
            Packet sent = TestPackets.parse(frame);
            assertThat(byLeg).containsEntry(leg(sent), i);
            assertThat(TestPackets.payload(frame)).isEqualTo("to " + i);
            stage.network(
                    TestPackets.tcp(to(sent), from(sent))
                            .seq(7L * i + 1)
                            .ack(i + 1)
                            .payload("for " + i)
                            .build());
            stage.toClient().from(ORIGINAL).to(client(i)).payload("for " + i);
        }
        stage.silent();
    }

    private static String client(int i) {
        return "10.0." + (i >> 8 & 3) + "." + (1 + (i & 0x7F)) + ":" + (20_000 + i);
    }

    private static String from(Packet packet) {
        return Endpoint.of(packet.srcHi(), packet.srcLo(), packet.srcPort()).toString();
    }

    private static String to(Packet packet) {
        return Endpoint.of(packet.dstHi(), packet.dstLo(), packet.dstPort()).toString();
    }

    private static String leg(Packet packet) {
        return from(packet) + ">" + to(packet);
    }
}

package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.B;
import static dev.understudy.dispatcher.session.Stage.C;
import static dev.understudy.dispatcher.session.Stage.CLIENT;
import static dev.understudy.dispatcher.session.Stage.ISN;
import static dev.understudy.dispatcher.session.Stage.ORIGINAL;
import static dev.understudy.dispatcher.session.Stage.OURS;
import static dev.understudy.dispatcher.session.Stage.synAck;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.Snapshot;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.TcpFlags;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.StringJoiner;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

/** Every phase and every event: what leaves, and what the phase is afterwards. See {@code phases.csv}. */
class PhaseTableTest {
    @ParameterizedTest(name = "{0}: {1}")
    @CsvFileSource(resources = "phases.csv", delimiter = '|')
    void everyEventInEveryPhase(String phase, String event, String expected) {
        Scene scene = Scene.of(phase);

        scene.happen(event);

        assertThat(scene.outcome()).isEqualTo(expected);
    }

    /** A session in some phase, and where its numbers stand. */
    private record Scene(Stage stage, String server, int up, int ack, int down) {
        /**
         * @param up where the client's next byte is, behind its ISN
         * @param ack what the client acknowledges
         * @param down where the server's next byte is, in its own numbers
         */
        Scene {
            stage.flush();
        }

        static Scene of(String phase) {
            Stage stage = Stage.of(Strategy.IN_ORDER);
            return switch (phase) {
                case "opening" -> {
                    stage.clientSyn();
                    yield new Scene(stage, A, 1, 0, 5001);
                }
                case "half-open" -> {
                    stage.clientSyn();
                    stage.network(synAck(A, 5000).build());
                    yield new Scene(stage, A, 1, 5001, 5001);
                }
                case "relaying" -> new Scene(stage.establish(), A, 1, 5001, 5001);
                case "responding" -> {
                    stage.establish();
                    stage.network(Stage.down(A, 5001, 1).payload("220").build());
                    yield new Scene(stage, A, 1, 5004, 5004);
                }
                case "relocating" -> {
                    stage.establish();
                    stage.network(Stage.down(A, 5001, 1).rst().build());
                    yield new Scene(stage, B, 1, 5001, 9001);
                }
                case "moved" -> new Scene(RelocatingTest.moved(5000, 9000), B, 1, 5001, 9001);
                case "client-fin" -> {
                    stage.establish();
                    stage.client(Stage.up(1, 5001).fin().build());
                    yield new Scene(stage, A, 2, 5001, 5001);
                }
                case "server-fin" -> {
                    stage.establish();
                    stage.network(Stage.down(A, 5001, 1).fin().build());
                    yield new Scene(stage, A, 1, 5002, 5002);
                }
                case "closed" -> {
                    stage.establish();
                    stage.network(Stage.down(A, 5001, 1).fin().build());
                    stage.client(Stage.up(1, 5002).fin().build());
                    stage.network(Stage.down(A, 5002, 2).build());
                    yield new Scene(stage, A, 2, 5002, 5002);
                }
                case "reset" -> {
                    stage.establish();
                    stage.client(Stage.up(1, 5001).rst().build());
                    yield new Scene(stage, A, 1, 5001, 5001);
                }
                default -> throw new IllegalArgumentException(phase);
            };
        }

        void happen(String event) {
            boolean damaged = event.endsWith(", damaged");
            String what = damaged ? event.substring(0, event.indexOf(',')) : event;
            UnaryOperator<TestPackets.TcpBuilder> wire =
                    packet -> damaged ? packet.badChecksum() : packet;
            switch (what) {
                case "client SYN, same ISN" -> stage.client(wire.apply(Stage.syn()).build());
                case "client SYN" ->
                        stage.client(wire.apply(client(0).syn().seq(42).mss(1460)).build());
                case "client data" ->
                        stage.client(wire.apply(client(0).flags("P.").payload("GET /")).build());
                case "client ACK" -> stage.client(wire.apply(client(0)).build());
                case "client FIN" -> stage.client(wire.apply(client(0).fin()).build());
                case "client RST" -> stage.client(wire.apply(client(0).rst()).build());
                case "client RST in window" -> stage.client(client(7).rst().build());
                case "server SYN+ACK" ->
                        stage.network(wire.apply(synAck(server, down - 1)).build());
                case "server SYN+ACK of another SYN" ->
                        stage.network(synAck(server, 33).ack(ISN + 7).build());
                case "server data" ->
                        stage.network(wire.apply(server(0).flags("P.").payload("200")).build());
                case "server ACK" -> stage.network(wire.apply(server(0)).build());
                case "server FIN" -> stage.network(wire.apply(server(0).fin()).build());
                case "server RST" -> stage.network(wire.apply(server(0).rst()).build());
                case "server RST in window" -> stage.network(server(7).rst().build());
                case "server RST outside" -> stage.network(server(10_000_000).rst().build());
                case "server refusal" -> stage.network(wire.apply(Stage.refusal(server)).build());
                case "unreachable" -> stage.network(error(Icmp.CODE_HOST_UNREACHABLE, -1).build());
                case "unreachable of another segment" ->
                        stage.network(error(Icmp.CODE_HOST_UNREACHABLE, 9).build());
                case "too big" -> stage.network(error(Icmp.CODE_FRAGMENTATION_NEEDED, -1).build());
                case "deadline" -> {
                    stage.now = Math.max(stage.now, stage.dispatcher.nextDeadline());
                    stage.dispatcher.onDeadline(stage.now);
                }
                default -> throw new IllegalArgumentException(event);
            }
        }

        private TestPackets.TcpBuilder client(int beyond) {
            return TestPackets.tcp(CLIENT, ORIGINAL).seq(ISN + up + beyond).ack(ack);
        }

        private TestPackets.TcpBuilder server(int beyond) {
            return TestPackets.tcp(server, OURS).seq(down + beyond).ack(ISN + up);
        }

        private TestPackets.ErrorBuilder error(int code, int beyond) {
            ByteBuf sent = TestPackets.tcp(OURS, server).seq(ISN + up + beyond).build();
            return TestPackets.error("10.20.0.254", Icmp.UNREACHABLE, code, sent);
        }

        /** What left, {@code ^} to servers and {@code v} to the client, and the phase. */
        String outcome() {
            StringJoiner text = new StringJoiner(" ");
            for (ByteBuf frame = stage.pollNetwork(); frame != null; frame = stage.pollNetwork()) {
                text.add("^" + describe(frame));
            }
            for (ByteBuf frame = stage.pollClient(); frame != null; frame = stage.pollClient()) {
                text.add("v" + describe(frame));
            }
            return text.add("-> " + phase()).toString();
        }

        private static String describe(ByteBuf frame) {
            Packet packet = TestPackets.parse(frame);
            if (!packet.isTcp()) {
                return "icmp";
            }
            String to = Endpoint.of(packet.dstHi(), packet.dstLo(), packet.dstPort()).toString();
            int server = List.of(A, B, C).indexOf(to);
            return TcpFlags.toString(packet.flags())
                    + (server < 0 ? "" : ":" + "ABC".charAt(server));
        }

        private String phase() {
            Snapshot snapshot = stage.snapshot();
            if (!snapshot.sessions().isEmpty()) {
                return snapshot.sessions().get(0).phase();
            }
            return snapshot.counters().get("shadows") > 0 ? "time-wait" : "gone";
        }
    }
}

package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.B;
import static dev.understudy.dispatcher.session.Stage.C;
import static dev.understudy.dispatcher.session.Stage.CLIENT;
import static dev.understudy.dispatcher.session.Stage.ORIGINAL;
import static dev.understudy.dispatcher.session.Stage.OURS;

import dev.understudy.dispatcher.config.ServiceConfig.Protocol;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.Snapshot.SessionView;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.StringJoiner;

/**
 * A UDP session in some phase.
 *
 * @param server who has it, or is being asked
 */
record DatagramScene(Stage stage, String server) implements Play {
    static final List<String> PHASES = List.of("asking", "asking again", "exchanging", "owing");

    /** What the client has said last. */
    private static final String SAID = "who?";

    DatagramScene {
        stage.flush();
    }

    static DatagramScene of(String phase) {
        Stage stage = Stage.plan().protocol(Protocol.UDP).strategy(Strategy.IN_ORDER).build();
        DatagramScene scene = new DatagramScene(stage, A);
        scene.happen("client datagram");
        return switch (phase) {
            case "asking" -> scene.after();
            case "asking again" -> {
                scene.happen("answer");
                scene.happen("client datagram");
                scene.happen("unreachable");
                yield new DatagramScene(stage, B);
            }
            case "exchanging" -> scene.after("answer");
            case "owing" -> scene.after("answer", "client datagram");
            default -> throw new IllegalArgumentException(phase);
        };
    }

    private DatagramScene after(String... events) {
        for (String event : events) {
            happen(event);
        }
        return new DatagramScene(stage, server);
    }

    @Override
    public void happen(String event) {
        boolean damaged = event.endsWith(", damaged");
        String what = damaged ? event.substring(0, event.indexOf(',')) : event;
        switch (what) {
            case "client datagram" -> stage.client(datagram(CLIENT, ORIGINAL, damaged));
            case "answer" -> stage.network(datagram(server, OURS, damaged));
            case "answer of a server that was not asked" ->
                    stage.network(datagram(C, OURS, damaged));
            case "answer of a host that is no server" ->
                    stage.network(datagram("192.0.2.66:80", OURS, damaged));
            case "answer of another port" ->
                    stage.network(datagram(besides(server), OURS, damaged));
            case "answer to another port" ->
                    stage.network(datagram(server, besides(OURS), damaged));
            case "unreachable" -> error(Icmp.CODE_PORT_UNREACHABLE, OURS, server, SAID, damaged);
            case "unreachable, of another length" ->
                    error(Icmp.CODE_PORT_UNREACHABLE, OURS, server, "a guess", damaged);
            case "unreachable, to another port" ->
                    error(Icmp.CODE_PORT_UNREACHABLE, OURS, besides(server), SAID, damaged);
            case "unreachable, from another port" ->
                    error(Icmp.CODE_PORT_UNREACHABLE, besides(OURS), server, SAID, damaged);
            case "unreachable, a server that was not asked" ->
                    error(Icmp.CODE_PORT_UNREACHABLE, OURS, C, SAID, damaged);
            case "too big" -> error(Icmp.CODE_FRAGMENTATION_NEEDED, OURS, server, SAID, damaged);
            case "too big, of another length" ->
                    error(Icmp.CODE_FRAGMENTATION_NEEDED, OURS, server, "a guess", damaged);
            case "deadline" -> {
                stage.now = Math.max(stage.now, stage.dispatcher.nextDeadline());
                stage.dispatcher.onDeadline(stage.now);
            }
            default -> throw new IllegalArgumentException(event);
        }
    }

    private static String besides(String end) {
        Endpoint endpoint = Endpoint.parse(end);
        return new Endpoint(endpoint.address(), endpoint.port() + 1).toString();
    }

    private static ByteBuf datagram(String from, String to, boolean damaged) {
        TestPackets.UdpBuilder datagram = TestPackets.udp(from, to).payload(SAID);
        return (damaged ? datagram.badChecksum() : datagram).build();
    }

    private void error(int code, String from, String to, String said, boolean damaged) {
        ByteBuf sent = TestPackets.udp(from, to).payload(said).build();
        TestPackets.ErrorBuilder error =
                TestPackets.error("10.20.0.254", Icmp.UNREACHABLE, code, sent);
        stage.network((damaged ? error.badChecksum() : error).build());
    }

    /** What left, {@code ^} to servers and {@code v} to the client, and the phase. */
    String outcome() {
        StringJoiner text = new StringJoiner(" ");
        stage.departed(
                packet -> text.add("^" + kind(packet) + Stage.initial(packet)),
                packet -> text.add("v" + kind(packet)));
        List<SessionView> sessions = stage.snapshot().sessions();
        String phase = sessions.isEmpty() ? "gone" : sessions.get(0).phase();
        return text.add("-> " + phase).toString();
    }

    private static String kind(Packet packet) {
        return packet.isUdp() ? "udp" : "icmp";
    }
}

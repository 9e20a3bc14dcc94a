package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.B;
import static dev.understudy.dispatcher.session.Stage.CLIENT;
import static dev.understudy.dispatcher.session.Stage.ISN;
import static dev.understudy.dispatcher.session.Stage.MILLIS;
import static dev.understudy.dispatcher.session.Stage.ORIGINAL;
import static dev.understudy.dispatcher.session.Stage.OURS;
import static dev.understudy.dispatcher.session.Stage.synAck;

import dev.understudy.dispatcher.config.Bind;
import dev.understudy.dispatcher.config.Bind.Accept;
import dev.understudy.dispatcher.config.Bind.By;
import dev.understudy.dispatcher.config.Route;
import dev.understudy.dispatcher.config.ServerConfig;
import dev.understudy.dispatcher.config.ServiceConfig.Protocol;
import dev.understudy.dispatcher.config.ServiceConfig.Recover;
import dev.understudy.dispatcher.config.ServiceConfig.Statuses;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.Snapshot;
import dev.understudy.dispatcher.control.Snapshot.SessionView;
import dev.understudy.dispatcher.protocol.Redirect;
import dev.understudy.dispatcher.protocol.UrlPattern;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.TcpFlags;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;
import java.util.function.UnaryOperator;

/**
 * A session in some phase, and where its numbers stand.
 *
 * @param ends whose addresses its packets have
 * @param up where the client's next byte is, behind its ISN
 * @param acked what the server acknowledges of that, in its leg's numbers behind the client's ISN
 * @param ack what the client acknowledges
 * @param down where the server's next byte is, in its own numbers
 */
record Scene(Stage stage, Ends ends, int up, int acked, int ack, int down) implements Play {
    /** The client, whom it speaks to, as whom we speak to the server, and the server. */
    record Ends(String client, String original, String ours, String server) {
        static Ends with(String server) {
            return new Ends(CLIENT, ORIGINAL, OURS, server);
        }
    }

    static final List<String> PHASES =
            List.of(
                    "opening",
                    "half-open",
                    "relaying",
                    "responding",
                    "relocating",
                    "moved",
                    "client-fin",
                    "server-fin",
                    "closed",
                    "reset",
                    "binding",
                    "bound",
                    "asked",
                    "answered",
                    "refused",
                    "parked",
                    "resuming",
                    "resumed",
                    "answering",
                    "called",
                    "accepted");

    /** A data connection of FTP, which the server begins: it was announced on the control connection. */
    private static final Ends DATA =
            new Ends("10.0.0.1:40001", "203.0.113.10:20", "10.9.0.2:40001", "10.20.0.1:20");

    private static final String PORT = "PORT 10,0,0,1,156,65\r\n";

    private static final String GET = "GET /a HTTP/1.1\r\nHost: shop.example\r\n\r\n";
    private static final String GONE = "GET /gone HTTP/1.1\r\nHost: shop.example\r\n\r\n";
    private static final String MISSING = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    private static final String TAG = "ETag: \"v1\"\r\nAccept-Ranges: bytes\r\n";
    private static final String BEGUN =
            "HTTP/1.1 200 OK\r\n" + TAG + "Content-Length: 50\r\n\r\nhello";
    private static final String WHOLE =
            "HTTP/1.1 200 OK\r\n" + TAG + "Content-Length: 5\r\n\r\nhello";
    private static final String REST =
            "HTTP/1.1 206 Partial Content\r\n"
                    + TAG
                    + "Content-Range: bytes 5-49/50\r\nContent-Length: 45\r\n\r\n";

    private static final Recover READING =
            new Recover(true, true, true, true, List.of(new Statuses(404, 404)), true);

    Scene {
        stage.flush();
    }

    private Scene(Stage stage, String server, int up, int ack, int down) {
        this(stage, server, up, up, ack, down);
    }

    private Scene(Stage stage, String server, int up, int acked, int ack, int down) {
        this(stage, Ends.with(server), up, acked, ack, down);
    }

    String server() {
        return ends.server;
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
            case "called" -> called();
            case "accepted" -> {
                Scene scene = called();
                scene.happen("client SYN+ACK");
                yield new Scene(scene.stage, DATA, 1, 1, 5001, 5001);
            }
            default -> read(phase);
        };
    }

    /** The server has called where the client listens. */
    private static Scene called() {
        Stage stage =
                Stage.plan().protocol(Protocol.FTP).strategy(Strategy.IN_ORDER).build().establish();
        stage.client(Stage.up(1, 5001).flags("P.").payload(PORT).build());
        int said = 1 + PORT.length();
        stage.network(Stage.down(A, 5001, said).flags("P.").payload("200 Yes.\r\n").build());
        stage.client(Stage.up(said, 5011).build());
        Scene scene = new Scene(stage, DATA, 0, 0, 5001, 5001);
        scene.happen("server SYN");
        // Nothing but the call itself has a deadline any more.
        stage.pass(Announcements.LIFE_NANOS / MILLIS);
        return new Scene(stage, DATA, 0, 0, 5001, 5001);
    }

    /** A session whose conversation is read along. */
    private static Scene read(String phase) {
        int asked = 1 + GET.length();
        return switch (phase) {
            case "binding" -> late("");
            case "bound" -> late(GET);
            case "answering" -> late(GONE);
            case "asked" -> new Scene(asking(), A, asked, 5001, 5001);
            case "answered" -> answered(BEGUN);
            case "refused" -> {
                Stage stage = asking();
                stage.network(Stage.down(A, 5001, asked).payload(MISSING).build());
                yield new Scene(stage, B, asked, 1, 5001, 9001);
            }
            case "parked" -> {
                Scene scene = answered(WHOLE);
                scene.stage.network(scene.server(0).rst().build());
                yield new Scene(scene.stage, A, asked, scene.ack, scene.down);
            }
            case "resuming" -> resuming();
            case "resumed" -> {
                Scene scene = resuming();
                scene.stage.network(scene.server(0).flags("P.").payload(REST).build());
                yield new Scene(
                        scene.stage, B, asked, scene.acked, scene.ack, 9001 + REST.length());
            }
            default -> throw new IllegalArgumentException(phase);
        };
    }

    /** The client's handshake was answered by us, and it has said this. */
    private static Scene late(String said) {
        Route gone =
                new Route(
                        new UrlPattern(Optional.empty(), Optional.of("/gone"), Set.of(), List.of()),
                        List.<ServerConfig>of(),
                        Optional.empty(),
                        Optional.of(new Redirect(302, "http://10.20.0.3/")),
                        false);
        Stage stage =
                Stage.plan()
                        .strategy(Strategy.IN_ORDER)
                        .bind(new Bind(By.URL, Accept.INSTANT, 250 * MILLIS, List.of(gone)))
                        .build();
        stage.clientSyn();
        int ack = TestPackets.parse(stage.pollClient()).seq() + 1;
        stage.client(Stage.up(1, ack).build());
        if (!said.isEmpty()) {
            stage.client(Stage.up(1, ack).flags("P.").payload(said).build());
        }
        return new Scene(stage, A, 1 + said.length(), 1, ack, 5001);
    }

    private static Stage asking() {
        Stage stage = Stage.plan().strategy(Strategy.IN_ORDER).recover(READING).build().establish();
        stage.client(Stage.up(1, 5001).flags("P.").payload(GET).build());
        return stage;
    }

    private static Scene answered(String answer) {
        Stage stage = asking();
        int asked = 1 + GET.length();
        int end = 5001 + answer.length();
        stage.network(Stage.down(A, 5001, asked).flags("P.").payload(answer).build());
        stage.client(Stage.up(asked, end).build());
        return new Scene(stage, A, asked, end, end);
    }

    /** B has got the request for the rest. */
    private static Scene resuming() {
        Scene scene = answered(BEGUN);
        Stage stage = scene.stage;
        stage.network(scene.server(0).rst().build());
        stage.flush();
        stage.network(synAck(B, 9000).build());
        stage.pollNetwork();
        Packet request = TestPackets.parse(stage.pollNetwork());
        return new Scene(stage, B, scene.up, 1 + request.payloadLength(), scene.ack, 9001);
    }

    @Override
    public void happen(String event) {
        boolean damaged = event.endsWith(", damaged");
        String what = damaged ? event.substring(0, event.indexOf(',')) : event;
        UnaryOperator<TestPackets.TcpBuilder> wire =
                packet -> damaged ? packet.badChecksum() : packet;
        switch (what) {
            case "client SYN, same ISN" ->
                    stage.client(wire.apply(Stage.syn(ends.client, ends.original)).build());
            case "client SYN" ->
                    stage.client(wire.apply(client(0).syn().seq(42).mss(1460)).build());
            case "client data" ->
                    stage.client(wire.apply(client(0).flags("P.").payload("GET /")).build());
            case "client ACK" -> stage.client(wire.apply(client(0)).build());
            case "client FIN" -> stage.client(wire.apply(client(0).fin()).build());
            case "client RST" -> stage.client(wire.apply(client(0).rst()).build());
            case "client SYN+ACK" -> stage.client(wire.apply(client(-up).flags("S.")).build());
            case "client SYN+ACK of another SYN" ->
                    stage.client(client(-up).flags("S.").ack(ack + 7).build());
            case "client refusal" -> stage.client(wire.apply(client(0).flags("R.").seq(0)).build());
            case "client RST in window" -> stage.client(client(7).rst().build());
            case "server SYN" ->
                    stage.network(wire.apply(server(-1).flags("S").ack(0).mss(1460)).build());
            case "server SYN+ACK" ->
                    stage.network(wire.apply(synAck(ends.server, ends.ours, down - 1)).build());
            case "server SYN+ACK of another SYN" ->
                    stage.network(synAck(ends.server, ends.ours, 33).ack(ISN + 7).build());
            case "server data" ->
                    stage.network(wire.apply(server(0).flags("P.").payload("200")).build());
            case "server ACK" -> stage.network(wire.apply(server(0)).build());
            case "server FIN" -> stage.network(wire.apply(server(0).fin()).build());
            case "server RST" -> stage.network(wire.apply(server(0).rst()).build());
            case "server RST in window" -> stage.network(server(7).rst().build());
            case "server RST outside" -> stage.network(server(10_000_000).rst().build());
            case "server refusal" ->
                    stage.network(wire.apply(server(-down).flags("R.").ack(ISN + 1)).build());
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

    TestPackets.TcpBuilder client(int beyond) {
        return TestPackets.tcp(ends.client, ends.original).seq(ISN + up + beyond).ack(ack);
    }

    TestPackets.TcpBuilder server(int beyond) {
        return TestPackets.tcp(ends.server, ends.ours).seq(down + beyond).ack(ISN + acked);
    }

    /** An ICMP error about a segment of ours. */
    TestPackets.ErrorBuilder error(int code, int beyond) {
        ByteBuf sent = TestPackets.tcp(ends.ours, ends.server).seq(ISN + acked + beyond).build();
        return TestPackets.error("10.20.0.254", Icmp.UNREACHABLE, code, sent);
    }

    /** What left, {@code ^} to servers and {@code v} to the client, and the phase. */
    String outcome() {
        StringJoiner text = new StringJoiner(" ");
        stage.departed(
                packet -> text.add("^" + describe(packet)),
                packet -> text.add("v" + describe(packet)));
        return text.add("-> " + phase()).toString();
    }

    private static String describe(Packet packet) {
        if (!packet.isTcp()) {
            return "icmp";
        }
        return TcpFlags.toString(packet.flags()) + Stage.initial(packet);
    }

    private String phase() {
        Snapshot snapshot = stage.snapshot();
        for (SessionView session : snapshot.sessions()) {
            if (session.client().toString().equals(ends.client)) {
                return session.phase();
            }
        }
        return snapshot.counters().get("shadows") > 0 ? "time-wait" : "gone";
    }
}

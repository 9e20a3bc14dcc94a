package dev.understudy.dispatcher.session.sim;

import dev.understudy.dispatcher.session.sim.Scenario.Turn;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A client that says its lines on one connection, and looks at every byte that it gets. */
final class ScriptedClient {
    static final long PATIENCE = 100_000_000_000L;
    private static final long PAUSE = 100_000_000L;
    private static final int PORT = 40_000;

    final IpAddress address;
    private final ScriptedWorld world;
    private final Ground ground;
    private final Scenario scenario;
    private final long giveUpAt;
    private ModelTcp tcp;
    private int asked;
    private int answered;
    private int readAt;
    private boolean bodySent;
    private boolean closed;
    private boolean judged;
    private boolean hung;
    private long askAt;
    private long endedAt;
    private int lawfulOf = -1;
    private List<String> lawful = List.of();

    /** The server that has answered first, where servers say different things; -1 while none has. */
    private int voice = -1;

    ScriptedClient(ScriptedWorld world) {
        this.world = world;
        this.scenario = world.scenario;
        this.address = world.family.client(1);
        this.ground =
                new Ground(
                        world.builder,
                        world::fromClient,
                        what -> world.violated("the client: " + what));
        this.giveUpAt = world.now() + PATIENCE;
    }

    /** Connects. */
    void begin() {
        world.at(giveUpAt, this::step);
        tcp =
                ModelTcp.connect(
                        new Ends(address, PORT, world.family.original(), ScriptedWorld.PORT),
                        world.isn(),
                        1_000_000,
                        world.offer,
                        ground,
                        world.now());
        world.wake(tcp);
    }

    void receive(Packet packet) {
        if (packet.isTcp() && packet.dstPort() == PORT) {
            tcp.receive(packet, world.now());
            step();
            world.wake(tcp);
        }
    }

    void reset() {
        tcp.abort(world.now());
        step();
    }

    /** Whether it has had every answer whole, and the end of the connection in order. */
    boolean complete() {
        return answered == exchanges() && tcp.state == ModelTcp.State.CLOSED;
    }

    /** Whether it has had every answer whole. */
    boolean served() {
        return answered == exchanges();
    }

    /** Whether only its own patience has ended the connection. */
    boolean hung() {
        return hung;
    }

    long endedAt() {
        return endedAt;
    }

    private int exchanges() {
        return Math.max(scenario.asks().size(), scenario.turns().size());
    }

    void step() {
        if (judged) {
            return;
        }
        long now = world.now();
        read();
        speak(now);
        if (!closed && (answered == exchanges() || tcp.peerClosed()) && tcp.connected()) {
            closed = true;
            tcp.close(now);
        }
        if (now >= giveUpAt && !tcp.over()) {
            hung = true;
            tcp.abort(now);
        }
        if (tcp.over()) {
            judge();
        }
        world.wake(tcp);
    }

    private void speak(long now) {
        while (tcp.connected()
                && !closed
                && now >= askAt
                && asked < exchanges()
                && (scenario.pipelined() || asked == answered)) {
            if (scenario.asks().isEmpty()) {
                String said = scenario.turns().get(asked).said();
                write(List.of(said.getBytes(StandardCharsets.ISO_8859_1)), now);
            } else {
                Ask ask = scenario.asks().get(asked);
                bodySent = !ask.expects();
                write(ask.opening(), now);
            }
            asked++;
            read();
        }
    }

    /** Each piece is a segment, or several, of its own. */
    private void write(List<byte[]> pieces, long now) {
        for (byte[] piece : pieces) {
            tcp.write(piece, now);
        }
    }

    private void read() {
        while (answered < asked && answer(world.text(tcp, readAt))) {
            answered++;
            askAt = scenario.drains() ? world.now() + PAUSE : 0;
            world.at(askAt, this::step);
            world.answered(answered);
        }
    }

    /** Reads one answer, if it has come whole. */
    private boolean answer(String got) {
        if (!scenario.asks().isEmpty() && !bodySent && got.startsWith(Pages.CONTINUE)) {
            bodySent = true;
            write(scenario.asks().get(answered).rest(), world.now());
        }
        List<String> lawful = lawful(answered);
        for (int i = 0; i < lawful.size(); i++) {
            if (got.startsWith(lawful.get(i))) {
                readAt += lawful.get(i).length();
                voice = scenario.turns().isEmpty() ? -1 : voice < 0 ? i : voice;
                return true;
            }
        }
        return false;
    }

    /** What may come, in a conversation that is not understood from the server that has answered before. */
    private List<String> lawful(int exchange) {
        if (lawfulOf != exchange) {
            lawfulOf = exchange;
            lawful =
                    scenario.turns().isEmpty()
                            ? scenario.pages().lawful(scenario.asks().get(exchange))
                            : voices(exchange);
        }
        return lawful;
    }

    private List<String> voices(int exchange) {
        List<String> each = new ArrayList<>();
        Turn turn = scenario.turns().get(exchange);
        for (int server = 0; server < world.servers(); server++) {
            if (voice < 0 || voice == server) {
                StringBuilder text = new StringBuilder();
                for (int i = 0; i < turn.answered(); i++) {
                    text.append((char) (ModelServer.content(server, exchange, i) & 0xFF));
                }
                each.add(text.toString());
            }
        }
        return each;
    }

    private void judge() {
        judged = true;
        endedAt = world.now();
        String rest = world.text(tcp, readAt);
        world.note(
                () ->
                        "the client has ended: "
                                + tcp.state
                                + ", "
                                + answered
                                + " of "
                                + exchanges()
                                + " answers and "
                                + rest.length()
                                + " bytes");
        boolean lawful =
                rest.isEmpty()
                        || answered < exchanges()
                                && lawful(answered).stream().anyMatch(l -> l.startsWith(rest));
        if (!lawful) {
            world.violated("the client got bytes that no healthy server would have sent");
        }
    }
}

package dev.understudy.dispatcher.session.sim;

import dev.understudy.dispatcher.session.sim.Scenario.Turn;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** A machine with one listening process, which does what its scenario says until one of them dies. */
final class ScriptedServer {
    private record Key(IpAddress address, int port) {}

    private static final class Connection {
        ModelTcp tcp;
        int readAt;
        int turn;
        boolean continued;
        boolean closed;
    }

    final int index;
    final IpAddress address;
    private final ScriptedWorld world;
    private final Map<Key, Connection> connections = new LinkedHashMap<>();
    private final Ground ground;
    private boolean dead;
    private boolean listening = true;
    private boolean gagged;

    ScriptedServer(int index, ScriptedWorld world) {
        this.index = index;
        this.address = world.family.server(index + 1);
        this.world = world;
        this.ground =
                new Ground(world.builder, this::send, what -> world.violated(this + ": " + what));
    }

    // ---- ends

    void hostDies() {
        dead = true;
        world.at(world.now(), () -> connections.values().forEach(c -> c.tcp.vanish()));
    }

    /** Nobody listens any more; a RST goes out instead of what was about to be sent, if something was (else null). */
    void processDies(Packet instead) {
        listening = false;
        resetAll(instead);
    }

    /** Its connections are gone; whoever asks after them is told so. */
    void resetAll(Packet instead) {
        if (instead != null && !instead.has(Tcp.SYN)) {
            ground.send(
                    new Ends(
                            address,
                            instead.srcPort(),
                            new IpAddress(instead.dstHi(), instead.dstLo()),
                            instead.dstPort()),
                    instead.seq(),
                    instead.ack(),
                    Tcp.RST | Tcp.ACK,
                    0,
                    null,
                    null);
        }
        // The rest of what is being sent at this moment is not sent.
        gagged = instead != null;
        world.at(
                world.now(),
                () -> {
                    gagged = false;
                    connections.values().forEach(connection -> connection.tcp.forget());
                });
    }

    void resetAllNow() {
        connections.values().forEach(connection -> connection.tcp.abort(world.now()));
    }

    void processEnds() {
        listening = false;
        for (Connection connection : connections.values()) {
            connection.closed = true;
            connection.tcp.endNow(world.now());
            world.wake(connection.tcp);
        }
    }

    /** Whether a connection is left that nobody will ever end. */
    boolean hasOrphans() {
        return !dead && connections.values().stream().anyMatch(c -> !c.tcp.over());
    }

    // ---- in and out

    void receive(Packet packet) {
        if (dead || !packet.isTcp()) {
            return;
        }
        Key key = new Key(new IpAddress(packet.srcHi(), packet.srcLo()), packet.srcPort());
        Connection connection = connections.get(key);
        boolean syn = packet.has(Tcp.SYN) && !packet.has(Tcp.ACK);
        if (syn && listening && (connection == null || connection.tcp.over())) {
            Connection fresh = new Connection();
            connections.put(key, fresh);
            fresh.tcp =
                    ModelTcp.accept(
                            packet,
                            world.isn(),
                            7_000_000 * (index + 1),
                            world.offer,
                            ground,
                            world.now());
            world.wake(fresh.tcp);
            return;
        }
        if (connection == null) {
            ground.refuse(packet);
            return;
        }
        connection.tcp.receive(packet, world.now());
        step(connection);
        world.wake(connection.tcp);
    }

    private void send(ByteBuf frame) {
        if (dead || gagged) {
            frame.release();
        } else {
            world.fromServer(frame, this);
        }
    }

    // ---- what it does

    private void step(Connection connection) {
        ModelTcp tcp = connection.tcp;
        if (!tcp.connected()) {
            return;
        }
        if (connection.closed) {
            if (tcp.received() > connection.readAt) {
                // As a kernel does whose process is gone.
                tcp.abort(world.now());
            }
            return;
        }
        if (world.scenario.turns().isEmpty()) {
            converse(connection);
        } else {
            takeTurns(connection);
        }
        if (tcp.peerClosed() && !connection.closed) {
            connection.closed = true;
            connection.readAt = tcp.received();
            tcp.close(world.now());
        }
    }

    private void takeTurns(Connection connection) {
        ModelTcp tcp = connection.tcp;
        while (connection.turn < world.scenario.turns().size()) {
            Turn turn = world.scenario.turns().get(connection.turn);
            if (tcp.received() < connection.readAt + turn.said().length()) {
                return;
            }
            connection.readAt += turn.said().length();
            byte[] bytes = new byte[turn.answered()];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = ModelServer.content(index, connection.turn, i);
            }
            connection.turn++;
            tcp.write(bytes, world.now());
        }
        connection.closed = true;
        tcp.close(world.now());
    }

    private void converse(Connection connection) {
        ModelTcp tcp = connection.tcp;
        while (true) {
            String said = world.text(tcp, connection.readAt);
            int end = said.indexOf("\r\n\r\n");
            if (end < 0) {
                return;
            }
            String head = said.substring(0, end + 4);
            int body = number(head, "Content-Length: ");
            if (said.length() < head.length() + body) {
                if (head.contains("Expect: 100-continue")
                        && said.length() == head.length()
                        && !connection.continued) {
                    connection.continued = true;
                    tcp.write(Pages.CONTINUE.getBytes(StandardCharsets.ISO_8859_1), world.now());
                }
                return;
            }
            connection.continued = false;
            connection.readAt += head.length() + body;
            String path = head.split(" ", 3)[1];
            String[] words = path.split("/", -1);
            world.executed(Integer.parseInt(words[words.length - 2]), index);
            int from = head.contains("If-Range: ") ? number(head, "Range: bytes=") : 0;
            tcp.write(
                    world.scenario
                            .pages()
                            .answer(index, path, from)
                            .getBytes(StandardCharsets.ISO_8859_1),
                    world.now());
        }
    }

    private static int number(String head, String field) {
        int at = head.indexOf(field);
        if (at < 0) {
            return 0;
        }
        int from = at + field.length();
        int to = from;
        while (Character.isDigit(head.charAt(to))) {
            to++;
        }
        return Integer.parseInt(head.substring(from, to));
    }

    @Override
    public String toString() {
        return "server " + "ABC".charAt(index);
    }
}

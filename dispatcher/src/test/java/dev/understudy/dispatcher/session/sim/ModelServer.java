package dev.understudy.dispatcher.session.sim;

import dev.understudy.dispatcher.session.sim.Schedule.Death;
import dev.understudy.dispatcher.session.sim.Schedule.Mode;
import dev.understudy.dispatcher.session.sim.Schedule.ServerPlan;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A machine that serves {@code METHOD /id/size}: so many bytes, which tell who sent them, and FIN. It can refuse, be silent
 * or out of reach, and die at the worst moments.
 */
final class ModelServer {
    static final int BANNER = 20;

    private record Key(long hi, long lo, int port) {}

    private static final class Connection {
        ModelTcp tcp;
        boolean answered;
        boolean closed;
        int readAt;
        boolean greeted;
    }

    final int index;
    final IpAddress address;
    final int port;
    private final ServerPlan plan;
    private final Simulation world;
    private final Map<Key, Connection> connections = new LinkedHashMap<>();
    private final Ground ground;
    private Mode mode;
    private Death death;

    ModelServer(int index, IpAddress address, int port, ServerPlan plan, Simulation world) {
        this.index = index;
        this.address = address;
        this.port = port;
        this.plan = plan;
        this.world = world;
        this.ground =
                new Ground(world.builder, this::send, what -> world.violated(this + ": " + what));
        this.mode = plan.first();
        this.death = plan.death();
        plan.changes().forEach(c -> world.at(c.at(), () -> become(c.mode(), c.withReset())));
    }

    /** The byte that this server, or another, sends at an offset of the response to a request. */
    static byte content(int server, int request, int offset) {
        int h = server * 0x9E3779B1 + (offset < BANNER ? 0 : request) * 0x85EBCA77 + offset;
        h ^= h >>> 15;
        h *= 0xC2B2AE3D;
        return (byte) (h >>> 24);
    }

    private void become(Mode next, boolean withReset) {
        world.note(() -> this + " becomes " + next + (withReset ? " with resets" : " silently"));
        if (next != Mode.UP || mode == Mode.UP) {
            for (Connection connection : connections.values()) {
                if (withReset && mode == Mode.UP) {
                    connection.tcp.abort(world.now());
                } else {
                    connection.tcp.vanish();
                }
            }
            connections.clear();
        }
        mode = next;
    }

    private void die() {
        death = Death.NONE;
        become(plan.deathWithReset() ? Mode.REFUSING : Mode.SILENT, plan.deathWithReset());
    }

    void receive(Packet packet) {
        switch (mode) {
            case SILENT -> {
                // Nobody is there.
            }
            case UNREACHABLE -> unreachable(packet);
            case REFUSING -> refuse(packet);
            case UP -> serve(packet);
        }
    }

    private void unreachable(Packet packet) {
        if (!packet.isTcp()) {
            return;
        }
        boolean v6 = packet.isIpv6();
        IpAddress router = world.family.router();
        world.toNetworkSideOfDispatcher(
                world.builder.icmpError(
                        router.hi(),
                        router.lo(),
                        v6 ? Icmp.V6_UNREACHABLE : Icmp.UNREACHABLE,
                        v6 ? 3 : Icmp.CODE_HOST_UNREACHABLE,
                        0,
                        packet));
    }

    private void refuse(Packet packet) {
        if (packet.isTcp()) {
            ground.refuse(packet);
        }
    }

    private void serve(Packet packet) {
        if (!packet.isTcp()) {
            return;
        }
        Key key = new Key(packet.srcHi(), packet.srcLo(), packet.srcPort());
        Connection connection = connections.get(key);
        boolean syn = packet.has(Tcp.SYN) && !packet.has(Tcp.ACK) && !packet.has(Tcp.RST);
        if (packet.dstPort() != port || connection == null && !syn) {
            refuse(packet);
            return;
        }
        if (syn && (connection == null || connection.tcp.over())) {
            connections.put(key, accept(packet));
            if (death == Death.AFTER_SYN_ACK) {
                die();
            }
            return;
        }
        if (death == Death.BEFORE_ACKNOWLEDGING && packet.payloadLength() > 0) {
            die();
            return;
        }
        connection.tcp.receive(packet, world.now());
        step(connection);
        world.wake(connection.tcp);
    }

    private Connection accept(Packet syn) {
        Connection connection = new Connection();
        boolean pauses = world.random.nextInt(8) == 0;
        connection.tcp =
                ModelTcp.accept(
                        syn,
                        world.isn(),
                        world.random.nextInt(),
                        pauses ? Schedule.cramped(world.random) : plan.offer(),
                        ground,
                        world.now());
        if (pauses) {
            Schedule.pause(connection.tcp, world.random);
        }
        world.wake(connection.tcp);
        return connection;
    }

    private void send(ByteBuf frame) {
        if (mode == Mode.SILENT || mode == Mode.UNREACHABLE) {
            frame.release();
        } else {
            world.toNetworkSideOfDispatcher(frame);
        }
    }

    private void step(Connection connection) {
        ModelTcp tcp = connection.tcp;
        if (world.schedule.banner() && !connection.greeted && tcp.connected()) {
            connection.greeted = true;
            tcp.write(bytes(0, BANNER, 0), world.now());
        }
        if (connection.answered) {
            if (death == Death.IN_MID_RESPONSE) {
                die();
            }
            return;
        }
        if (world.schedule.speech().http()) {
            if (!connection.closed) {
                converse(connection);
            } else if (head(tcp).length() > connection.readAt) {
                // As a kernel does whose application is gone.
                tcp.abort(world.now());
            }
            return;
        }
        String head = head(tcp);
        if (head.endsWith("\r\n\r\n")) {
            String[] words = head.split("[ /\r]+", 4);
            int request = Integer.parseInt(words[1]);
            world.executed(request);
            connection.answered = true;
            if (death == Death.AFTER_ACKNOWLEDGING) {
                die();
                return;
            }
            int from = world.schedule.banner() ? BANNER : 0;
            tcp.write(bytes(from, Integer.parseInt(words[2]), request), world.now());
            tcp.close(world.now());
        } else if (tcp.peerClosed()) {
            tcp.close(world.now());
        }
    }

    /** Answers every request that has come whole; sometimes it closes afterwards, as servers do with idle connections. */
    private void converse(Connection connection) {
        ModelTcp tcp = connection.tcp;
        String said = head(tcp).substring(connection.readAt);
        for (int end = said.indexOf("\r\n\r\n"); end >= 0; end = said.indexOf("\r\n\r\n")) {
            String head = said.substring(0, end);
            connection.readAt += end + 4;
            said = said.substring(end + 4);
            String[] words = head.split("[ /\r]+", 4);
            int request = Integer.parseInt(words[1]);
            int range = head.indexOf("Range: bytes=");
            int from = 0;
            if (range >= 0 && head.contains("If-Range: \"" + request + "\"")) {
                String first = head.substring(range + 13);
                from = Integer.parseInt(first.substring(0, first.indexOf('-')));
            }
            world.executed(request);
            if (death == Death.AFTER_ACKNOWLEDGING) {
                die();
                return;
            }
            boolean post = words[0].equals("POST");
            int size = Integer.parseInt(words[2]);
            tcp.write(
                    world.schedule.speech().answer(index, request, size, from, post), world.now());
            if (world.random.nextInt(10) == 0) {
                connection.answered = death == Death.IN_MID_RESPONSE;
                if (!connection.answered) {
                    connection.closed = true;
                    tcp.close(world.now());
                    return;
                }
            }
        }
        if (tcp.peerClosed()) {
            connection.closed = true;
            tcp.close(world.now());
        }
    }

    private byte[] bytes(int from, int length, int request) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = content(index, request, from + i);
        }
        return bytes;
    }

    private static String head(ModelTcp tcp) {
        byte[] bytes = new byte[tcp.received()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = tcp.receivedAt(i);
        }
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    @Override
    public String toString() {
        return "server " + index;
    }
}

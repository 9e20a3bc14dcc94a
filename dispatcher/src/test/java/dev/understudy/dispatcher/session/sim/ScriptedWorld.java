package dev.understudy.dispatcher.session.sim;

import dev.understudy.dispatcher.control.Command;
import dev.understudy.dispatcher.session.Dispatcher;
import dev.understudy.dispatcher.session.sim.Disturbance.Crossing;
import dev.understudy.dispatcher.session.sim.Disturbance.Kind;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.Frames;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * One client, a dispatcher and a scenario's servers, on links that carry every packet in its turn, but for those that a list
 * of {@link Disturbance}s names. Nothing is left to chance: the same scenario and disturbances give the same run.
 */
final class ScriptedWorld extends VirtualWorld {

    private static final long MILLIS = 1_000_000L;
    private static final long DELAY = 2 * MILLIS;
    private static final int SERVERS = 3;
    private static final int[] FORGED = {3, 20_011, 1 << 30, -(1 << 20)};

    final Scenario scenario;
    final ModelTcp.Offer offer;

    private final List<Disturbance> disturbances;
    private final SplittableRandom random = new SplittableRandom(1);
    private final Dispatcher dispatcher;
    private final List<ScriptedServer> servers = new ArrayList<>();
    private final ScriptedClient client;
    private final int[] crossed = new int[Crossing.values().length];
    private final Map<Integer, List<Integer>> executions = new HashMap<>();
    private final Packet atEnd = new Packet();
    private final Packet onTheWay = new Packet();
    private ScriptedServer speaking;
    private long lastCrossing;

    ScriptedWorld(Scenario scenario, List<Disturbance> disturbances, boolean traced) {
        super(scenario.family(), traced);
        this.scenario = scenario;
        this.disturbances = disturbances;
        int mss = family == Family.IPV6 ? 1440 : 1460;
        offer = new ModelTcp.Offer(mss, 4, true, true, 30_000);
        for (int i = 0; i < SERVERS; i++) {
            servers.add(new ScriptedServer(i, this));
        }
        speaking = servers.get(0);
        dispatcher =
                new Dispatcher(
                        scenario.config(),
                        (packet, at) -> toClient(packet),
                        (packet, at) -> toServers(packet),
                        1500,
                        allocator,
                        random.split());
        client = new ScriptedClient(this);
        at(now(), client::begin);
    }

    @Override
    Dispatcher dispatcher() {
        return dispatcher;
    }

    @Override
    void stepClients() {
        client.step();
    }

    /** Near the end of the sequence space, so that every conversation crosses it. */
    int isn() {
        return -random.nextInt(2_000) - 1;
    }

    @Override
    void judge() {
        boolean mayLose = disturbances.stream().anyMatch(d -> d.kind() == Kind.LOST);
        for (ScriptedServer server : servers) {
            if (!mayLose && server.hasOrphans()) {
                violated(server + " has a connection that nobody ends");
            }
        }
        executions.forEach(
                (number, by) -> {
                    if (by.size() > 1 && !scenario.mayRepeat(number)) {
                        violated("request " + number + " was executed by " + by);
                    }
                });
    }

    // ---- what the ends tell

    ScriptedClient client() {
        return client;
    }

    int servers() {
        return SERVERS;
    }

    int crossed(Crossing crossing) {
        return crossed[crossing.ordinal()];
    }

    /** Nanoseconds until the last packet but for those of the afterlife: the client's end, and what its servers heard of it. */
    long lasted() {
        return lastCrossing - BEGINNING;
    }

    /** Whether some request was executed more than once. */
    boolean repeated() {
        return executions.values().stream().anyMatch(by -> by.size() > 1);
    }

    void executed(int number, int server) {
        note(() -> "request " + number + " is executed by " + servers.get(server));
        executions.computeIfAbsent(number, n -> new ArrayList<>()).add(server);
    }

    /** The client has had so many answers. */
    void answered(int many) {
        if (scenario.drains() && many == 1) {
            Endpoint server = new Endpoint(speaking.address, PORT);
            at(
                    now() + 20 * MILLIS,
                    () -> {
                        note(() -> server + " is drained");
                        dispatcher.source().perform(new Command.Drain("", server), now());
                    });
        }
    }

    /** What an end has received, from an offset on. */
    String text(ModelTcp tcp, int from) {
        byte[] bytes = new byte[Math.max(0, tcp.received() - from)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = tcp.receivedAt(from + i);
        }
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    // ---- the links

    void fromClient(ByteBuf frame) {
        cross(Crossing.FROM_CLIENT, frame, null, f -> arrive(f, true));
    }

    void fromServer(ByteBuf frame, ScriptedServer server) {
        speaking = server;
        cross(Crossing.FROM_SERVER, frame, server, f -> arrive(f, false));
    }

    private void toClient(Packet packet) {
        if (!isFrom(packet, family.original()) || packet.isTcp() && packet.srcPort() != PORT) {
            violated("a relocated address reaches the client: " + packet);
        }
        checked(packet);
        cross(Crossing.TO_CLIENT, packet.frame().retain(), null, this::atClient);
    }

    private void toServers(Packet packet) {
        checked(packet);
        cross(Crossing.TO_SERVER, packet.frame().retain(), server(packet), this::atServers);
    }

    private ScriptedServer server(Packet to) {
        return servers.stream().filter(s -> isTo(to, s.address)).findFirst().orElse(null);
    }

    private void cross(
            Crossing crossing, ByteBuf frame, ScriptedServer server, Consumer<ByteBuf> receiver) {
        int index = crossed[crossing.ordinal()]++;
        lastCrossing = now();
        onTheWay.parse(frame);
        note(() -> crossing + ":" + index + " " + onTheWay);
        for (Disturbance disturbance : disturbances) {
            if (disturbance.crossing() == crossing && disturbance.index() == index) {
                note(() -> "          " + disturbance.kind());
                disturb(disturbance, frame, server == null ? speaking : server, receiver);
                return;
            }
        }
        later(DELAY, frame, receiver);
    }

    private void disturb(
            Disturbance what, ByteBuf frame, ScriptedServer server, Consumer<ByteBuf> receiver) {
        boolean fromServer = what.crossing() == Crossing.FROM_SERVER;
        switch (what.kind()) {
            case LOST -> frame.release();
            case DUPLICATED -> {
                later(DELAY, Frames.copy(allocator, frame), receiver);
                later(DELAY + MILLIS, frame, receiver);
            }
            case REORDERED -> later(4 * DELAY, frame, receiver);
            case HOST_DIES -> {
                if (fromServer) {
                    frame.release();
                } else {
                    later(DELAY, frame, receiver);
                }
                server.hostDies();
            }
            case PROCESS_DIES, RST -> {
                boolean process = what.kind() == Kind.PROCESS_DIES;
                if (fromServer) {
                    Packet instead = new Packet();
                    instead.parse(frame);
                    if (process) {
                        server.processDies(instead);
                    } else {
                        server.resetAll(instead);
                    }
                    frame.release();
                } else {
                    at(
                            now(),
                            () -> {
                                server.resetAllNow();
                                if (process) {
                                    server.processDies(null);
                                }
                            });
                    later(DELAY, frame, receiver);
                }
            }
            case PROCESS_ENDS -> {
                at(now(), server::processEnds);
                later(DELAY, frame, receiver);
            }
            case CLIENT_RESETS -> {
                at(now(), client::reset);
                later(DELAY, frame, receiver);
            }
            case FORGED_RST -> {
                later(DELAY, frame, receiver);
                forge(what.crossing());
            }
            default -> throw new IllegalArgumentException(what.toString());
        }
    }

    /** RSTs in the name of the end that sent the packet, or is to get it. */
    private void forge(Crossing crossing) {
        boolean ofSender = crossing == Crossing.FROM_CLIENT || crossing == Crossing.FROM_SERVER;
        IpAddress src = new IpAddress(onTheWay.srcHi(), onTheWay.srcLo());
        IpAddress dst = new IpAddress(onTheWay.dstHi(), onTheWay.dstLo());
        Ends ends =
                ofSender
                        ? new Ends(src, onTheWay.srcPort(), dst, onTheWay.dstPort())
                        : new Ends(dst, onTheWay.dstPort(), src, onTheWay.srcPort());
        int next = ofSender ? onTheWay.seq() + onTheWay.segmentLength() : onTheWay.ack();
        Ground forger =
                new Ground(
                        builder,
                        f -> later(DELAY, f, it -> arrive(it, !crossing.ofServers())),
                        this::violated);
        for (int offset : FORGED) {
            forger.send(ends, next + offset, 0, Tcp.RST, 0, null, null);
            forger.send(ends, next + offset, 77, Tcp.RST | Tcp.ACK, 0, null, null);
        }
    }

    private void later(long delay, ByteBuf frame, Consumer<ByteBuf> receiver) {
        at(now() + delay, () -> receiver.accept(frame));
    }

    @Override
    void passes(ByteBuf frame, boolean fromClient) {
        note(() -> "          passes");
    }

    private void atServers(ByteBuf frame) {
        if (atEnd.parse(frame) == Packet.Parse.OK && server(atEnd) != null) {
            server(atEnd).receive(atEnd);
        }
        frame.release();
    }

    private void atClient(ByteBuf frame) {
        if (atEnd.parse(frame) == Packet.Parse.OK) {
            client.receive(atEnd);
        }
        frame.release();
    }
}

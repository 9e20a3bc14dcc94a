package dev.understudy.dispatcher.session.sim;

import dev.understudy.dispatcher.control.Command;
import dev.understudy.dispatcher.control.EventText;
import dev.understudy.dispatcher.control.Snapshot;
import dev.understudy.dispatcher.session.Dispatcher;
import dev.understudy.dispatcher.session.sim.Disturbance.Crossing;
import dev.understudy.dispatcher.session.sim.Disturbance.Kind;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.Frames;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.PacketBuilder;
import dev.understudy.stack.wire.Tcp;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * One client, a dispatcher and a scenario's servers, on links that carry every packet in its turn, but for those that a list
 * of {@link Disturbance}s names. Nothing is left to chance: the same scenario and disturbances give the same run.
 */
final class ScriptedWorld {
    static final IpAddress ORIGINAL = IpAddress.parse("203.0.113.10");
    static final int PORT = 80;
    static final ModelTcp.Offer OFFER = new ModelTcp.Offer(1460, 4, true, true, 30_000);

    private static final long MILLIS = 1_000_000L;
    private static final long DELAY = 2 * MILLIS;
    private static final int SERVERS = 3;
    private static final int[] FORGED = {3, 20_011, 1 << 30, -(1 << 20)};

    private record Event(long at, long order, Runnable what) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(at, other.at);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    final Scenario scenario;
    final CountingAllocator allocator = new CountingAllocator();
    final PacketBuilder builder = new PacketBuilder(allocator);

    private final List<Disturbance> disturbances;
    private final boolean traced;
    private final StringBuilder trace = new StringBuilder();
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final SplittableRandom random = new SplittableRandom(1);
    private final Dispatcher dispatcher;
    private final List<ScriptedServer> servers = new ArrayList<>();
    private final ScriptedClient client;
    private final int[] crossed = new int[Crossing.values().length];
    private final Map<Integer, List<Integer>> executions = new HashMap<>();
    private final Packet atDispatcher = new Packet();
    private final Packet atEnd = new Packet();
    private final Packet onTheWay = new Packet();
    private ScriptedServer speaking;
    private long now = 1_000 * MILLIS;
    private long order;
    private long lastCrossing;
    private String violation;

    ScriptedWorld(Scenario scenario, List<Disturbance> disturbances, boolean traced) {
        this.scenario = scenario;
        this.disturbances = disturbances;
        this.traced = traced;
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
        at(now, client::begin);
    }

    // ---- time

    long now() {
        return now;
    }

    void at(long when, Runnable what) {
        events.add(new Event(Math.max(now, when), order++, what));
    }

    void wake(ModelTcp tcp) {
        if (tcp.timerAt < tcp.wakeAt) {
            long when = tcp.timerAt;
            tcp.wakeAt = when;
            at(
                    when,
                    () -> {
                        if (tcp.wakeAt == when) {
                            tcp.wakeAt = Long.MAX_VALUE;
                        }
                        tcp.timer(now);
                        wake(tcp);
                        client.step();
                    });
        }
    }

    /** Near the end of the sequence space, so that every conversation crosses it. */
    int isn() {
        return -random.nextInt(2_000) - 1;
    }

    /** Runs until nothing is left to happen; empty if all went well. */
    Optional<String> run() {
        while (violation == null) {
            long due = dispatcher.nextDeadline();
            long next = events.isEmpty() ? Long.MAX_VALUE : events.peek().at();
            if (due == Long.MAX_VALUE && next == Long.MAX_VALUE) {
                break;
            }
            if (due < now) {
                violated("a deadline in the past");
            } else if (due <= next) {
                now = due;
                dispatcher.onDeadline(now);
                if (dispatcher.nextDeadline() <= now) {
                    violated("a deadline that was not met");
                }
            } else {
                Event event = events.poll();
                now = event.at();
                event.what().run();
            }
        }
        if (violation == null) {
            judge();
        }
        return Optional.ofNullable(violation);
    }

    private void judge() {
        Map<String, Long> counters = snapshot().counters();
        for (String name :
                List.of("sessions", "half-open", "legs", "shadows", "tombstones", "stored-bytes")) {
            if (counters.get(name) != 0) {
                violated(counters.get(name) + " " + name + " are left");
            }
        }
        if (!dispatcher.idle()) {
            violated("the dispatcher is not idle");
        }
        snapshot().servers().stream()
                .filter(server -> server.sessions() != 0)
                .forEach(server -> violated(server.endpoint() + " still has sessions"));
        if (allocator.live() != 0) {
            violated(allocator.live() + " buffers have leaked");
        }
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

    long count(String counter) {
        return snapshot().counters().get(counter);
    }

    private Snapshot snapshot() {
        return dispatcher.snapshot(now);
    }

    /** Nanoseconds until the last packet but for those of the afterlife: the client's end, and what its servers heard of it. */
    long lasted() {
        return lastCrossing - 1_000 * MILLIS;
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
                    now + 20 * MILLIS,
                    () -> {
                        note(() -> server + " is drained");
                        dispatcher.source().perform(new Command.Drain("", server), now);
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

    void violated(String what) {
        if (violation == null) {
            violation = what;
            note(() -> "VIOLATION: " + what);
        }
    }

    void note(Supplier<String> what) {
        if (traced) {
            trace.append(now / 1e6).append(" ms  ").append(what.get()).append('\n');
        }
    }

    String trace() {
        StringBuilder text = new StringBuilder(trace);
        dispatcher
                .events()
                .after(0, 1_000)
                .forEach(
                        e ->
                                text.append(e.nanos() / 1e6)
                                        .append(" ms  ")
                                        .append(EventText.line(e))
                                        .append('\n'));
        return text.toString();
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
        if (packet.srcLo() != ORIGINAL.lo() || packet.isTcp() && packet.srcPort() != PORT) {
            violated("a relocated address reaches the client: " + packet);
        }
        checked(packet);
        cross(Crossing.TO_CLIENT, packet.frame().retain(), null, this::atClient);
    }

    private void toServers(Packet packet) {
        checked(packet);
        cross(Crossing.TO_SERVER, packet.frame().retain(), server(packet.dstLo()), this::atServers);
    }

    private void checked(Packet packet) {
        if (!packet.checksumValid()) {
            violated("a wrong checksum leaves: " + packet);
        }
    }

    private ScriptedServer server(long lo) {
        return servers.stream().filter(s -> s.address.lo() == lo).findFirst().orElse(null);
    }

    private void cross(
            Crossing crossing, ByteBuf frame, ScriptedServer server, Consumer<ByteBuf> receiver) {
        int index = crossed[crossing.ordinal()]++;
        lastCrossing = now;
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
                            now,
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
                at(now, server::processEnds);
                later(DELAY, frame, receiver);
            }
            case CLIENT_RESETS -> {
                at(now, client::reset);
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
        ModelTcp.Ends ends =
                ofSender
                        ? new ModelTcp.Ends(src, onTheWay.srcPort(), dst, onTheWay.dstPort())
                        : new ModelTcp.Ends(dst, onTheWay.dstPort(), src, onTheWay.srcPort());
        int next = ofSender ? onTheWay.seq() + onTheWay.segmentLength() : onTheWay.ack();
        ModelTcp.World forger =
                new ModelTcp.World(
                        builder,
                        f -> later(DELAY, f, it -> arrive(it, !crossing.ofServers())),
                        this::violated);
        for (int offset : FORGED) {
            forger.send(ends, next + offset, 0, Tcp.RST, 0, null, null);
            forger.send(ends, next + offset, 77, Tcp.RST | Tcp.ACK, 0, null, null);
        }
    }

    private void later(long delay, ByteBuf frame, Consumer<ByteBuf> receiver) {
        at(now + delay, () -> receiver.accept(frame));
    }

    private void arrive(ByteBuf frame, boolean fromClient) {
        if (atDispatcher.parse(frame) == Packet.Parse.OK) {
            boolean taken =
                    fromClient
                            ? dispatcher.fromClient(atDispatcher, now)
                            : dispatcher.fromNetwork(atDispatcher, now);
            if (!taken) {
                note(() -> "          passes");
            }
        }
        frame.release();
    }

    private void atServers(ByteBuf frame) {
        if (atEnd.parse(frame) == Packet.Parse.OK && server(atEnd.dstLo()) != null) {
            server(atEnd.dstLo()).receive(atEnd);
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

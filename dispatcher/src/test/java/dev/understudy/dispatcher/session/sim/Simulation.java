package dev.understudy.dispatcher.session.sim;

import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.EventText;
import dev.understudy.dispatcher.control.Snapshot;
import dev.understudy.dispatcher.session.Dispatcher;
import dev.understudy.dispatcher.session.sim.ModelTcp.State;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.IcmpQuote;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.PacketBuilder;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/**
 * One world: clients, a dispatcher, servers, and links between them that lose, delay, repeat, reorder and damage packets. It
 * runs in virtual time until nothing is left to happen, and tells what was violated.
 */
final class Simulation {
    static final int PORT = 80;
    private static final long MILLIS = 1_000_000L;
    private static final int TRACE = 400;

    /** More than any schedule needs: two ends that answer each other for ever are no conversation. */
    private static final int MOST_EVENTS = 1_000_000;

    private record Event(long at, long order, Runnable what) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(at, other.at);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    final Schedule schedule;
    final SplittableRandom random;
    final CountingAllocator allocator = new CountingAllocator();
    final PacketBuilder builder = new PacketBuilder(allocator);

    private final boolean traced;
    private final Deque<String> trace = new ArrayDeque<>();
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final Dispatcher dispatcher;
    private final BadLink link;
    private final List<ModelServer> servers = new ArrayList<>();
    private final List<Caller> clients = new ArrayList<>();
    private final Map<Integer, Integer> executions = new HashMap<>();
    private final Packet atDispatcher = new Packet();
    private final Packet atEnd = new Packet();
    private final IcmpQuote quote = new IcmpQuote();
    private long now = 1_000 * MILLIS;
    private long order;
    private int handled;
    private int requests;
    private int completed;
    private int failed;
    private String violation;

    Simulation(Schedule schedule, boolean traced) {
        this.schedule = schedule;
        this.traced = traced;
        this.random = new SplittableRandom(schedule.seed() ^ 0x5DEECE66DL);
        this.link = new BadLink(this);
        boolean original = schedule.strategy() == Strategy.ORIGINAL_FIRST;
        for (int i = 0; i < schedule.servers().size(); i++) {
            boolean isOriginal = original && i == 0;
            servers.add(
                    new ModelServer(
                            i,
                            isOriginal
                                    ? original()
                                    : address("10.20.0." + (i + 1), "fd20::" + (i + 1)),
                            isOriginal || i % 2 == 0 ? PORT : 8080,
                            schedule.servers().get(i),
                            this));
        }
        dispatcher =
                new Dispatcher(
                        schedule.config(
                                original(),
                                address("10.9.0.2", "fd09::2"),
                                servers.stream()
                                        .filter(server -> !server.address.equals(original()))
                                        .map(server -> new Endpoint(server.address, server.port))
                                        .toList()),
                        (packet, at) -> deliveredToClient(packet),
                        (packet, at) -> sentToNetwork(packet),
                        1500,
                        allocator,
                        random.split());
        for (int i = 0; i < schedule.clients(); i++) {
            IpAddress at = address("10.0.0." + (i + 1), "fd00::" + (i + 1));
            clients.add(
                    schedule.speech().http()
                            ? new ModelBrowser(at, this, schedule.visits())
                            : new ModelClient(at, this, schedule.visits()));
        }
    }

    private IpAddress address(String v4, String v6) {
        return IpAddress.parse(schedule.ipv6() ? v6 : v4);
    }

    IpAddress original() {
        return address("203.0.113.10", "2001:db8::10");
    }

    IpAddress router() {
        return address("10.20.0.254", "fd20::ff");
    }

    // ---- time

    long now() {
        return now;
    }

    void at(long when, Runnable what) {
        events.add(new Event(Math.max(now, when), order++, what));
    }

    /** Lets an end's timer run when it is due. */
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
                        clients.forEach(Caller::step);
                    });
        }
    }

    int isn() {
        return random.nextInt(3) == 0 ? -random.nextInt(4_000) : random.nextInt();
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
            } else if (++handled > MOST_EVENTS) {
                violated("it goes on for ever");
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
        Snapshot end = dispatcher.snapshot(now);
        Map<String, Long> counters = end.counters();
        for (String name :
                List.of("sessions", "half-open", "legs", "shadows", "tombstones", "stored-bytes")) {
            if (counters.get(name) != 0) {
                violated(counters.get(name) + " " + name + " are left");
            }
        }
        if (!dispatcher.idle()) {
            violated("the dispatcher is not idle");
        }
        end.servers().stream()
                .filter(server -> server.sessions() != 0)
                .forEach(server -> violated(server.endpoint() + " still has sessions"));
        if (allocator.live() != 0) {
            violated(allocator.live() + " buffers have leaked");
        }
        if (failed > 0 && preventable()) {
            violated("a client saw an error that a living server could have prevented");
        }
    }

    /** Whether every failure that this schedule can produce can be hidden. */
    boolean preventable() {
        return !schedule.speech().http()
                && schedule.link().lossless()
                && schedule.link().delay() + schedule.link().jitter() < 40 * MILLIS
                && !schedule.banner()
                && schedule.servers().stream().anyMatch(Schedule.ServerPlan::alwaysUp)
                && schedule.servers().stream()
                        .allMatch(
                                server ->
                                        server.changes().isEmpty()
                                                && server.death()
                                                                .compareTo(
                                                                        Schedule.Death
                                                                                .BEFORE_ACKNOWLEDGING)
                                                        <= 0);
    }

    // ---- what the ends tell

    int newRequest() {
        return ++requests;
    }

    void executed(int request) {
        note(() -> "request " + request + " is executed");
        executions.merge(request, 1, Integer::sum);
    }

    void visited(State state, int request, boolean post) {
        if (state == State.CLOSED) {
            completed++;
        } else if (!post) {
            failed++;
        }
        if (post && executions.getOrDefault(request, 0) > 1) {
            violated("POST " + request + " was executed twice");
        }
    }

    int completed() {
        return completed;
    }

    int failed() {
        return failed;
    }

    Snapshot snapshot() {
        return dispatcher.snapshot(now);
    }

    void violated(String what) {
        if (violation == null) {
            violation = what;
            note(() -> "VIOLATION: " + what);
        }
    }

    void note(Supplier<String> what) {
        if (traced) {
            trace.add(now / 1e6 + " ms  " + what.get());
            if (trace.size() > TRACE) {
                trace.poll();
            }
        }
    }

    String trace() {
        StringBuilder text = new StringBuilder(schedule.toString()).append('\n');
        trace.forEach(line -> text.append(line).append('\n'));
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

    void toClientSideOfDispatcher(ByteBuf frame) {
        link.transmit("client  >", frame, f -> arrive(f, true));
    }

    void toNetworkSideOfDispatcher(ByteBuf frame) {
        link.transmit("server  >", frame, f -> arrive(f, false));
    }

    private void arrive(ByteBuf frame, boolean fromClient) {
        if (atDispatcher.parse(frame) == Packet.Parse.OK) {
            boolean taken =
                    fromClient
                            ? dispatcher.fromClient(atDispatcher, now)
                            : dispatcher.fromNetwork(atDispatcher, now);
            if (!taken && fromClient) {
                link.transmit("passed up >", frame.retain(), this::atServers);
            } else if (!taken) {
                link.transmit("passed down >", frame.retain(), this::atClients);
            }
        }
        frame.release();
    }

    private void deliveredToClient(Packet packet) {
        if (packet.srcLo() != original().lo() || packet.srcHi() != original().hi()) {
            if (!packet.isIcmp() || packet.srcLo() != router().lo()) {
                violated("a relocated address reaches the client: " + packet);
            }
        } else if (packet.isTcp() && packet.srcPort() != PORT) {
            violated("a relocated port reaches the client: " + packet);
        }
        if (packet.isIcmp()
                && quote.parse(packet)
                && (quote.dstLo() != original().lo() || quote.dstPort() != PORT)) {
            violated("a relocated address reaches the client in a quote");
        }
        checked(packet);
        link.transmit("        > client", packet.frame().retain(), this::atClients);
    }

    private void sentToNetwork(Packet packet) {
        checked(packet);
        link.transmit("        > server", packet.frame().retain(), this::atServers);
    }

    private void checked(Packet packet) {
        if (schedule.link().corruption() == 0 && !packet.checksumValid()) {
            violated("a wrong checksum leaves: " + packet);
        }
    }

    private boolean arrivesAtEnd(ByteBuf frame) {
        return atEnd.parse(frame) == Packet.Parse.OK && atEnd.checksumValid();
    }

    private void atServers(ByteBuf frame) {
        if (arrivesAtEnd(frame)) {
            for (ModelServer server : servers) {
                if (server.address.lo() == atEnd.dstLo() && server.address.hi() == atEnd.dstHi()) {
                    server.receive(atEnd);
                }
            }
        }
        frame.release();
    }

    private void atClients(ByteBuf frame) {
        if (arrivesAtEnd(frame)) {
            for (Caller client : clients) {
                if (client.address().lo() == atEnd.dstLo()
                        && client.address().hi() == atEnd.dstHi()) {
                    client.receive(atEnd);
                }
            }
        }
        frame.release();
    }
}

package dev.understudy.dispatcher.session.sim;

import dev.understudy.dispatcher.control.EventText;
import dev.understudy.dispatcher.control.Snapshot;
import dev.understudy.dispatcher.session.Dispatcher;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.PacketBuilder;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.function.Supplier;

/**
 * A dispatcher, what happens around it, and virtual time, which runs until nothing is left to happen. Whatever must never be
 * is a violation; the first one ends the run. At its end nothing may be left of any session.
 */
abstract sealed class VirtualWorld permits ScriptedWorld, Simulation {
    static final int PORT = 80;

    private static final long MILLIS = 1_000_000L;
    static final long BEGINNING = 1_000 * MILLIS;

    /** The last so many lines of what happened are kept. */
    private static final int TRACE = 2_000;

    /** More than any run needs: two ends that answer each other for ever are no conversation. */
    private static final int MOST_EVENTS = 1_000_000;

    private record Event(long at, long order, Runnable what) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(at, other.at);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    final Family family;
    final CountingAllocator allocator = new CountingAllocator();
    final PacketBuilder builder = new PacketBuilder(allocator);

    private final boolean traced;
    private final Deque<String> trace = new ArrayDeque<>();
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final Packet atDispatcher = new Packet();
    private long now = BEGINNING;
    private long order;
    private int handled;
    private String violation;

    VirtualWorld(Family family, boolean traced) {
        this.family = family;
        this.traced = traced;
    }

    abstract Dispatcher dispatcher();

    /** Lets clients look at what has come. */
    abstract void stepClients();

    /** What its own ends have to say when all is over. */
    abstract void judge();

    /** A frame that the dispatcher does not take. */
    abstract void passes(ByteBuf frame, boolean fromClient);

    // ---- time

    final long now() {
        return now;
    }

    final void at(long when, Runnable what) {
        events.add(new Event(Math.max(now, when), order++, what));
    }

    /** Lets an end's timer run when it is due. */
    final void wake(ModelTcp tcp) {
        if (tcp.nextTimer() < tcp.wakeAt) {
            long when = tcp.nextTimer();
            tcp.wakeAt = when;
            at(
                    when,
                    () -> {
                        if (tcp.wakeAt == when) {
                            tcp.wakeAt = Long.MAX_VALUE;
                        }
                        tcp.timer(now);
                        wake(tcp);
                        stepClients();
                    });
        }
    }

    /** Runs until nothing is left to happen; empty if all went well. */
    final Optional<String> run() {
        while (violation == null) {
            long due = dispatcher().nextDeadline();
            long next = events.isEmpty() ? Long.MAX_VALUE : events.peek().at();
            if (due == Long.MAX_VALUE && next == Long.MAX_VALUE) {
                break;
            }
            if (due < now) {
                violated("a deadline in the past");
            } else if (due <= next) {
                now = due;
                dispatcher().onDeadline(now);
                if (dispatcher().nextDeadline() <= now) {
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
            nothingIsLeft();
            judge();
        }
        return Optional.ofNullable(violation);
    }

    private void nothingIsLeft() {
        Snapshot end = snapshot();
        Map<String, Long> counters = end.counters();
        for (String name :
                List.of("sessions", "half-open", "legs", "shadows", "tombstones", "stored-bytes")) {
            if (counters.get(name) != 0) {
                violated(counters.get(name) + " " + name + " are left");
            }
        }
        if (!dispatcher().idle()) {
            violated("the dispatcher is not idle");
        }
        end.servers().stream()
                .filter(server -> server.sessions() != 0)
                .forEach(server -> violated(server.endpoint() + " still has sessions"));
        if (allocator.live() != 0) {
            violated(allocator.live() + " buffers have leaked");
        }
    }

    // ---- the dispatcher's doors

    /** A frame arrives at the dispatcher, which is its last place. */
    final void arrive(ByteBuf frame, boolean fromClient) {
        if (atDispatcher.parse(frame) == Packet.Parse.OK) {
            boolean taken =
                    fromClient
                            ? dispatcher().fromClient(atDispatcher, now)
                            : dispatcher().fromNetwork(atDispatcher, now);
            if (!taken) {
                passes(frame, fromClient);
            }
        }
        frame.release();
    }

    final void checked(Packet leaving) {
        if (!leaving.checksumValid()) {
            violated("a wrong checksum leaves: " + leaving);
        }
    }

    static boolean isFrom(Packet packet, IpAddress address) {
        return packet.srcLo() == address.lo() && packet.srcHi() == address.hi();
    }

    static boolean isTo(Packet packet, IpAddress address) {
        return packet.dstLo() == address.lo() && packet.dstHi() == address.hi();
    }

    // ---- what is told of it

    final Snapshot snapshot() {
        return dispatcher().snapshot(now);
    }

    final long count(String counter) {
        return snapshot().counters().get(counter);
    }

    final void violated(String what) {
        if (violation == null) {
            violation = what;
            note(() -> "VIOLATION: " + what);
        }
    }

    final void note(Supplier<String> what) {
        if (traced) {
            trace.add(now / 1e6 + " ms  " + what.get());
            if (trace.size() > TRACE) {
                trace.poll();
            }
        }
    }

    String trace() {
        StringBuilder text = new StringBuilder();
        trace.forEach(line -> text.append(line).append('\n'));
        dispatcher()
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
}

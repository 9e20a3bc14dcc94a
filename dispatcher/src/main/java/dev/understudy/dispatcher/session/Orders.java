package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.control.Command;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.control.Impair;
import dev.understudy.dispatcher.control.Outcome;
import dev.understudy.dispatcher.control.PacketBook;
import dev.understudy.dispatcher.control.Watch;
import dev.understudy.dispatcher.service.Server;
import dev.understudy.dispatcher.service.Service;
import dev.understudy.stack.wire.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Carries out commands on sessions and servers. Each answers in a sentence; what cannot be done changes nothing. */
final class Orders {
    private final Engine engine;
    private final PacketBook packets;
    private final Impairments impairments;

    Orders(Engine engine, PacketBook packets, Impairments impairments) {
        this.engine = engine;
        this.packets = packets;
        this.impairments = impairments;
    }

    Outcome perform(Command command, long now) {
        if (command instanceof Command.Relocate relocate) {
            return live(relocate.session(), session -> relocate(session, now));
        }
        if (command instanceof Command.Reset reset) {
            return live(reset.session(), session -> reset(session, now));
        }
        if (command instanceof Command.Drain drain) {
            return drain(drain.service(), drain.server(), true, now);
        }
        if (command instanceof Command.Undrain undrain) {
            return drain(undrain.service(), undrain.server(), false, now);
        }
        if (command instanceof Command.ImpairSession impair) {
            return live(impair.session(), session -> impair(session, impair.impair()));
        }
        if (command instanceof Command.SetWatch set) {
            packets.watch(set.watch());
            return Outcome.done(watching(set.watch()));
        }
        if (command instanceof Command.WatchSession watch) {
            return live(watch.session(), this::watch);
        }
        if (command instanceof Command.UnwatchSession unwatch) {
            return packets.close(unwatch.session())
                    ? Outcome.done("Session #" + unwatch.session() + " is no longer recorded.")
                    : Outcome.refused("Session #" + unwatch.session() + " was not being recorded.");
        }
        return Outcome.refused("This dispatcher cannot do that.");
    }

    private interface Order {
        Outcome on(Session session);
    }

    private Outcome live(long id, Order order) {
        Session session = find(id);
        return session == null
                ? Outcome.refused("There is no live session #" + id + ".")
                : order.on(session);
    }

    /** Looks through the whole table: commands are rare, and an index of all sessions for them is not. */
    private Session find(long id) {
        Session[] found = new Session[1];
        engine.table.outgoing.forEach(
                session -> {
                    if (session.id == id && session.phase != engine.timeWait) {
                        found[0] = session;
                    }
                });
        return found[0];
    }

    private Outcome relocate(Session session, long now) {
        if (session.leg == null) {
            return Outcome.refused("Session #" + session.id + " has no server to be moved from.");
        }
        Endpoint from = session.leg.endpoint();
        long before = engine.events.newest();
        if (engine.relocate(session, now)) {
            return Outcome.done(
                    "Session #" + session.id + " is being moved away from " + from + ".");
        }
        return Outcome.refused(
                "Session #" + session.id + " stays with " + from + reason(session, before) + ".");
    }

    /** Why it was not moved, if that is on record. */
    private String reason(Session session, long before) {
        Optional<Event> said =
                engine.events.after(before, 16).stream()
                        .filter(e -> e.session() == session.id && e.kind() == Kind.NOT_RELOCATED)
                        .findFirst();
        return said.map(event -> ": " + event.text()).orElse(": its answer has begun");
    }

    private Outcome reset(Session session, long now) {
        engine.reset(session, "by command", now);
        return Outcome.done("Session #" + session.id + " is reset on both sides.");
    }

    private Outcome impair(Session session, Impair impair) {
        if (session.leg == null) {
            return Outcome.refused("Session #" + session.id + " has no server yet.");
        }
        if (!impairments.set(session, impair)) {
            return Outcome.refused(
                    "At most " + Impairments.MOST_SESSIONS + " sessions can be impaired at once.");
        }
        String path = "The path of session #" + session.id + " to " + session.leg.endpoint();
        return Outcome.done(
                impair.none() ? path + " is as it was." : path + " has " + impair.words() + ".");
    }

    private Outcome watch(Session session) {
        packets.open(session.id);
        return Outcome.done("Session #" + session.id + " is being recorded.");
    }

    private static String watching(Watch watch) {
        return watch.all()
                ? "Every new session is recorded: the last "
                        + watch.sessions()
                        + ", "
                        + watch.packets()
                        + " packets each."
                : "Only sessions that are named are recorded.";
    }

    // ---- drain

    private Outcome drain(String serviceName, Endpoint endpoint, boolean drained, long now) {
        List<Server> servers = new ArrayList<>();
        for (Service service : engine.services().all()) {
            if (!serviceName.isEmpty() && !service.name().equals(serviceName)) {
                continue;
            }
            for (Server server : service.everyServer()) {
                if (server.endpoint().equals(endpoint)) {
                    if (drained && lastOf(service, server)) {
                        return Outcome.refused(
                                endpoint
                                        + " is the last server of '"
                                        + service.name()
                                        + "' that is not drained.");
                    }
                    servers.add(server);
                }
            }
        }
        if (servers.isEmpty()) {
            return Outcome.refused(
                    serviceName.isEmpty()
                            ? "No service has a server " + endpoint + "."
                            : "'" + serviceName + "' has no server " + endpoint + ".");
        }
        servers.forEach(server -> server.drained(drained));
        if (!drained) {
            return Outcome.done(endpoint + " gets sessions again.");
        }
        int idle = letGo(now);
        int live = servers.stream().mapToInt(Server::sessions).sum();
        return Outcome.done(
                endpoint
                        + " gets no new sessions; "
                        + (idle == 0 ? "" : idle + " idle ones leave it at once, ")
                        + (live == 0 ? "it has none left." : live + " of its own go on."));
    }

    /**
     * Idle sessions leave a drained server now (B04): they go on without one until their clients ask again. Others do so when
     * they become idle.
     */
    private int letGo(long now) {
        List<Session> idle = new ArrayList<>();
        engine.table.outgoing.forEach(
                session -> {
                    if (session.phase == engine.conversing
                            && session.leg.server.drained()
                            && session.conversation.idle(session)) {
                        idle.add(session);
                    }
                });
        for (Session session : idle) {
            Binding.park(engine, session, "its server is being drained", now);
        }
        return idle.size();
    }

    private static boolean lastOf(Service service, Server server) {
        return service.everyServer().stream().allMatch(other -> other == server || other.drained());
    }
}

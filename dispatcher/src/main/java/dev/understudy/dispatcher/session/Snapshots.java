package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.control.HistogramView;
import dev.understudy.dispatcher.control.Snapshot;
import dev.understudy.dispatcher.control.Snapshot.ServerView;
import dev.understudy.dispatcher.control.Snapshot.SessionView;
import dev.understudy.dispatcher.service.Server;
import dev.understudy.dispatcher.service.Service;
import dev.understudy.stack.wire.Udp;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Makes immutable snapshots of a dispatcher for other threads (P02). Runs on the loop. */
final class Snapshots {
    private Snapshots() {}

    static Snapshot of(Engine engine, long now) {
        List<SessionView> sessions = new ArrayList<>(engine.live());
        engine.table.outgoing.forEach(
                session -> {
                    if (session.phase != engine.timeWait) {
                        sessions.add(view(session, now));
                    }
                });
        List<ServerView> servers = new ArrayList<>();
        for (Service service : engine.services().all()) {
            service.servers().forEach(server -> servers.add(view(service, server, true, now)));
            service.originalServers()
                    .forEach(server -> servers.add(view(service, server, false, now)));
        }
        Map<String, Long> counters = engine.counters.toMap();
        counters.put("sessions", (long) engine.live());
        counters.put("half-open", (long) engine.halfOpen());
        int tombstones = engine.table.tombstones();
        counters.put("legs", (long) engine.table.incoming.size() - tombstones);
        counters.put("shadows", (long) engine.table.outgoing.size() - engine.live());
        counters.put("tombstones", (long) tombstones);
        counters.put("stored-bytes", engine.stores.used());
        return new Snapshot(
                now,
                0,
                List.copyOf(sessions),
                List.of(),
                List.copyOf(servers),
                List.of(),
                List.of(),
                counters);
    }

    private static SessionView view(Session session, long now) {
        ServerLeg leg = session.leg;
        return new SessionView(
                session.id,
                session.service.name(),
                session.protocol == Udp.PROTOCOL ? "udp" : "tcp",
                session.client(),
                session.original(),
                leg == null ? null : leg.endpoint(),
                leg == null ? null : leg.local(),
                session.phase.label(),
                session.clientState.label(),
                leg == null ? LegState.SYN_SENT.label() : leg.state.label(),
                session.translation == null ? 0 : session.translation.serverToClient().delta(),
                session.bytesUp,
                session.bytesDown,
                session.packets,
                session.store == null ? 0 : session.store.packets().size(),
                session.store == null ? 0 : session.store.bytes(),
                session.openedAt,
                session.lastPacketAt,
                leg == null ? -1 : leg.roundTripNanos,
                session.hidden,
                session.moves,
                "",
                false,
                now);
    }

    private static ServerView view(Service service, Server server, boolean listed, long now) {
        return new ServerView(
                service.name(),
                server.endpoint(),
                listed,
                server.weight(),
                server.backup(),
                Snapshot.Standing.valueOf(server.standing(now).name()),
                false,
                0,
                server.sessions(),
                server.wins(),
                server.failures(),
                Map.of(),
                server.roundTripNanos(),
                HistogramView.EMPTY,
                HistogramView.EMPTY);
    }
}

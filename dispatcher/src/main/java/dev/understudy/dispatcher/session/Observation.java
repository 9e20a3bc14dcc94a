package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.control.Command;
import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Outcome;
import dev.understudy.dispatcher.control.Overview;
import dev.understudy.dispatcher.control.PacketBook;
import dev.understudy.dispatcher.control.ServerSample;
import dev.understudy.dispatcher.control.SessionSample;
import dev.understudy.dispatcher.control.Snapshot.LimitView;
import dev.understudy.dispatcher.control.Snapshot.Standing;
import dev.understudy.dispatcher.control.Source;
import dev.understudy.dispatcher.service.Server;
import dev.understudy.dispatcher.service.Service;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.Udp;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What is read of a dispatcher by other threads (P02), and how its commands find their way in. Runs on the loop. */
final class Observation implements Source {
    private final Engine engine;
    private final PacketBook packets;
    private final Impairments impairments;
    private final Orders orders;
    private int place;

    Observation(Engine engine, PacketBook packets, Impairments impairments) {
        this.engine = engine;
        this.packets = packets;
        this.impairments = impairments;
        this.orders = new Orders(engine, packets, impairments);
    }

    @Override
    public boolean read(List<SessionSample> into, int slots, long now) {
        place =
                engine.table.outgoing.visit(
                        place,
                        slots,
                        session -> {
                            if (session.phase != engine.timeWait) {
                                into.add(sample(session, now));
                            }
                        });
        return place == 0;
    }

    @Override
    public void read(
            List<SessionSample> into, long id, Endpoint client, Endpoint original, long now) {
        Session session = find(Tcp.PROTOCOL, client, original);
        if (session == null || session.id != id) {
            session = find(Udp.PROTOCOL, client, original);
        }
        if (session != null && session.id == id && session.phase != engine.timeWait) {
            into.add(sample(session, now));
        }
    }

    private Session find(int protocol, Endpoint client, Endpoint original) {
        return engine.table.outgoing.find(
                protocol,
                client.address().hi(),
                client.address().lo(),
                client.port(),
                original.address().hi(),
                original.address().lo(),
                original.port());
    }

    private SessionSample sample(Session session, long now) {
        ServerLeg leg = session.leg;
        boolean has = leg != null;
        return new SessionSample(
                session.id,
                session.service.name(),
                session.protocol == Udp.PROTOCOL,
                session.nearHi,
                session.nearLo,
                session.nearPort,
                session.farHi,
                session.farLo,
                session.farPort,
                has ? leg.farHi : 0,
                has ? leg.farLo : 0,
                has ? leg.farPort : 0,
                has ? leg.nearHi : 0,
                has ? leg.nearLo : 0,
                has ? leg.nearPort : 0,
                session.phase.label(),
                state(session, session.clientState),
                state(session, has ? leg.state : LegState.SYN_SENT),
                session.delta(),
                session.bytesUp,
                session.bytesDown,
                session.packets,
                session.store == null ? 0 : session.store.packets().size(),
                session.store == null ? 0 : session.store.bytes(),
                session.openedAt,
                session.lastPacketAt,
                has ? leg.roundTripNanos : -1,
                session.hidden,
                session.moves,
                impairments.words(session),
                packets.on() && packets.holds(session.id),
                now);
    }

    @Override
    public Overview overview(long now) {
        List<ServerSample> servers = new ArrayList<>();
        for (Service service : engine.services().all()) {
            service.everyServer()
                    .forEach(server -> servers.add(sample(service, server, true, now)));
            service.originalServers()
                    .forEach(server -> servers.add(sample(service, server, false, now)));
        }
        Map<String, Long> counters = engine.counters.toMap();
        int tombstones = engine.table.tombstones();
        int shadows = engine.table.outgoing.size() - engine.admission.live();
        counters.put("sessions", (long) engine.admission.live());
        counters.put("half-open", (long) engine.admission.halfOpen());
        counters.put("legs", (long) engine.table.incoming.size() - tombstones);
        counters.put("shadows", (long) shadows);
        counters.put("tombstones", (long) tombstones);
        counters.put("stored-bytes", engine.stores.used());
        return new Overview(
                engine.services().all().stream().map(Service::config).toList(),
                servers,
                List.of(),
                limits(tombstones + shadows),
                counters);
    }

    private List<LimitView> limits(int shadows) {
        return List.of(
                limit(
                        "sessions",
                        engine.admission.live(),
                        engine.limits().sessions(),
                        Counter.LIMIT_SESSIONS,
                        "",
                        "a new connection goes to its original unaltered"),
                limit(
                        "half-open",
                        engine.admission.halfOpen(),
                        engine.limits().halfOpen(),
                        Counter.LIMIT_HALF_OPEN,
                        "",
                        "a new connection goes to its original unaltered"),
                limit(
                        "store",
                        engine.stores.used(),
                        engine.limits().store(),
                        Counter.LIMIT_STORE,
                        "bytes",
                        "what cannot be kept cannot be replayed; a new connection goes to its"
                                + " original unaltered"),
                limit(
                        "shadows",
                        shadows,
                        2L * engine.limits().sessions(),
                        Counter.SHADOWS_EVICTED,
                        "",
                        "the oldest shadow of an ended session goes before its time"));
    }

    private LimitView limit(
            String name, long used, long most, Counter reached, String unit, String then) {
        return new LimitView(name, used, most, engine.counters.get(reached), unit, then);
    }

    /** UDP has no states; what can be said is whether there was an answer. */
    private static String state(Session session, LegState state) {
        if (session.protocol != Udp.PROTOCOL) {
            return state.label();
        }
        return state == LegState.SYN_SENT ? "ASKED" : "ANSWERED";
    }

    private static ServerSample sample(Service service, Server server, boolean listed, long now) {
        return new ServerSample(
                service.name(),
                server.endpoint(),
                listed,
                server.weight(),
                server.backup(),
                standing(server, now),
                server.drained(),
                server.downNanos(now),
                server.sessions(),
                server.wins(),
                server.failures(),
                server.figures().failures(),
                server.roundTripNanos(),
                server.figures().roundTrips(),
                server.figures().firstBytes(),
                server.figures().retransmissions(),
                server.figures().stalls());
    }

    private static Standing standing(Server server, long now) {
        return switch (server.standing(now)) {
            case UP -> Standing.UP;
            case SUSPECT -> Standing.SUSPECT;
            case DOWN -> Standing.DOWN;
        };
    }

    @Override
    public Outcome perform(Command command, long now) {
        return orders.perform(command, now);
    }
}

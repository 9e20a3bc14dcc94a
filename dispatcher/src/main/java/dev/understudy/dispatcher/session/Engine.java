package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.bind.Candidates;
import dev.understudy.dispatcher.bind.Policy;
import dev.understudy.dispatcher.bind.Routes;
import dev.understudy.dispatcher.config.Limits;
import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Counters;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.control.EventLog;
import dev.understudy.dispatcher.recover.Failure;
import dev.understudy.dispatcher.recover.MoveBudget;
import dev.understudy.dispatcher.recover.StoreBudget;
import dev.understudy.dispatcher.service.Server;
import dev.understudy.dispatcher.service.Services;
import dev.understudy.dispatcher.translate.PayloadEdit;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * What all phases share: the table, the two outputs, and the moves that more than one phase makes. One per dispatcher, on
 * its loop.
 */
final class Engine {
    final SessionTable table;
    final Deadlines deadlines = new Deadlines();
    final Counters counters;
    final EventLog events;
    final StoreBudget stores;
    final MoveBudget moves = new MoveBudget();
    final Outbound out;
    final Relaying relaying = new Relaying(this);
    final Closing closing = new Closing(this);
    final TimeWait timeWait = new TimeWait(this);
    final Exchanging exchanging = new Exchanging(this);
    final Binding binding = new Binding(this);
    final Conversing conversing = new Conversing(this);
    final Passing passing = new Passing(this);
    final Deciding deciding = new Deciding(this);
    final Holding holding = new Holding(this);
    final Conversations conversations = new Conversations(this);
    final Replays replays = new Replays(this);
    final Rewriting rewriting = new Rewriting(this);
    final Routes routes;
    final Admission admission;
    final Kept kept;
    final Called called = new Called(this);
    final Announcements announced;
    final PayloadEdit payloads;
    final IcmpErrors errors;

    private final Limits limits;
    private final NetworkIdentity identity;
    private final Candidates candidates;

    private Services services;

    Engine(
            Services services,
            Limits limits,
            NetworkIdentity identity,
            Outbound out,
            Counters counters,
            EventLog events,
            Policy policy,
            SessionTable table,
            RandomGenerator random) {
        this.services = services;
        this.limits = limits;
        this.identity = identity;
        this.out = out;
        this.kept = new Kept(out);
        this.errors = new IcmpErrors(this);
        this.counters = counters;
        this.events = events;
        this.candidates = new Candidates(random);
        this.routes = new Routes(policy);
        this.admission = new Admission(this, limits, random);
        this.stores = new StoreBudget(limits.store(), limits.storePerSession());
        this.table = table;
        this.announced = new Announcements(this, random);
        this.payloads = new PayloadEdit(out.allocator);
    }

    Limits limits() {
        return limits;
    }

    Services services() {
        return services;
    }

    void services(Services next) {
        services = next;
    }

    // ---- the life of a session

    /** The servers to try for a session, best first. */
    List<Server> candidates(Session session, long now) {
        if (session.pinned != null) {
            return List.of(session.pinned);
        }
        List<Server> holders = Conversations.holders(session);
        return candidates.order(
                session.service,
                holders == null ? session.service.servers() : holders,
                session.nearHi,
                session.nearLo,
                session.farHi,
                session.farLo,
                session.farPort,
                now);
    }

    /**
     * Whether a segment that begins or ends a connection is damaged. Only those are checked: what they say is acted on
     * here, while the ends themselves judge the others.
     */
    boolean corrupt(Packet packet) {
        if ((packet.flags() & (Tcp.SYN | Tcp.FIN | Tcp.RST)) == 0 || packet.checksumValid()) {
            return false;
        }
        counters.add(Counter.BAD_CHECKSUM);
        return true;
    }

    /** A leg has won the session. */
    void bind(Session session, ServerLeg leg, long now) {
        session.leg = leg;
        leg.state = LegState.ESTABLISHED;
        leg.won = true;
        Telemetry.bound(session, now);
        leg.roundTripNanos = leg.syns == 1 ? now - leg.openedAt : -1;
        Server server = leg.server;
        if (server.answered()) {
            event(session, Kind.SERVER_UP, leg, 0, "", now);
        }
        server.won();
    }

    /** Moves a session because somebody wants it moved; false, with the reason on record, if that is not possible. */
    boolean relocate(Session session, long now) {
        return session.phase == relaying && relaying.relocate(session, now)
                || session.phase == conversing && conversing.relocate(session, now);
    }

    /** Ends a session on both sides. */
    void reset(Session session, String why, long now) {
        session.phase.leaveServers(session, now);
        session.phase.tellClient(session, now);
        ended(session, Kind.RESET, why, now);
    }

    /** Remembers a server's failure, so that later sessions do not pay for it. */
    void failedServer(Session session, ServerLeg leg, Failure failure, long now) {
        leg.server.figures().failed(failure.word());
        remembered(session, leg, leg.server.failed(failure.silent(), now), failure.word(), now);
    }

    /** Says that a server is down for so many nanoseconds, if that is news. */
    void remembered(Session session, ServerLeg leg, long downNanos, String why, long now) {
        if (downNanos > 0) {
            event(session, Kind.SERVER_DOWN, leg, downNanos, why, now);
        }
    }

    /** A session is over: what it held goes, its shadow stays. */
    void ended(Session session, Kind kind, String text, long now) {
        long bytes = session.bytesDown;
        leave(session, now);
        switch (kind) {
            case CLOSED -> counters.add(Counter.SESSIONS_CLOSED);
            case EXPIRED -> counters.add(Counter.SESSIONS_EXPIRED);
            default -> counters.add(Counter.SESSIONS_RESET);
        }
        event(session, kind, session.leg, bytes, text, now);
        if (kind != Kind.CLOSED) {
            session.clientState = LegState.CLOSED;
            if (session.leg != null) {
                session.leg.state = LegState.CLOSED;
            }
        }
        session.phase = timeWait;
        if (table.shadow(session, now)) {
            counters.add(Counter.SHADOWS_EVICTED);
        }
    }

    /** A session goes to another server. */
    void moved(Session session) {
        session.moves++;
        if (session.moves > 1 && session.drawn == null) {
            session.drawn = moves.draw();
        }
    }

    /** Why a session may not be moved once more; empty if it may. */
    Optional<String> excess(Session session) {
        if (session.moves >= session.service.config().connect().attempts()) {
            return Optional.of("it has been moved too often");
        }
        if (session.moves > 0 && session.drawn == null && !moves.hasRoom(admission.live())) {
            counters.add(Counter.LIMIT_MOVES);
            return Optional.of("too many others are being moved again");
        }
        return Optional.empty();
    }

    /** A session has no server leg any more; what becomes of the leg is the caller's. */
    void unbind(Session session) {
        session.leg = null;
        session.translation = null;
        replays.forget(session);
    }

    /** Leaves a server in the middle of nothing: by FIN, as a client that wants nothing more does. */
    void leaveGently(Session session, ServerLeg leg, long now) {
        if (session.conversation.fallback != null) {
            conversations.leaveFallback(session, now);
        }
        out.server.fin(session, leg, now);
        leg.server.left();
        bury(leg, now);
    }

    /** A leg has lost; it stays as a tombstone. */
    void bury(ServerLeg leg, long now) {
        if (table.bury(leg, now)) {
            counters.add(Counter.SHADOWS_EVICTED);
        }
    }

    /** A session that never came to be leaves no shadow. */
    void forget(Session session, long now) {
        leave(session, now);
        table.forget(session);
    }

    private void leave(Session session, long now) {
        if (session.announcing != null) {
            session.announcing.close();
        }
        admission.left(session);
        if (session.leg != null) {
            session.leg.server.left();
        }
        deadlines.remove(session);
        session.giveBack();
        conversations.forget(session, now);
        replays.forget(session);
        holding.forget(session);
        session.releaseStore();
    }

    void event(Session session, Kind kind, ServerLeg leg, long number, String text, long now) {
        Endpoint server = leg == null ? null : leg.endpoint();
        events.add(now, session.id, kind, session.client(), server, number, text);
    }

    /** An attempt at a server begins, for this reason. */
    void attempt(Session session, ServerLeg leg, String what, String why, long now) {
        counters.add(Counter.ATTEMPTS);
        events.add(
                now, session.id, Kind.ATTEMPT, session.client(), leg.endpoint(), 0, what, 0, why);
    }

    /** The client did not see this failure; it has cost time, and bytes that had to be moved once more. */
    void hidden(
            Session session, ServerLeg leg, String what, long costNanos, long costBytes, long now) {
        session.hidden++;
        counters.add(Counter.FAILURES_HIDDEN);
        events.add(
                now,
                session.id,
                Kind.HIDDEN,
                session.client(),
                leg.endpoint(),
                costNanos,
                what,
                costBytes,
                "");
    }

    /** Ends every live session on both legs. */
    void closeAll(long now) {
        List<Session> sessions = new ArrayList<>(admission.live());
        table.outgoing.forEach(sessions::add);
        for (Session session : sessions) {
            if (session.phase != timeWait) {
                reset(session, "the dispatcher has ended", now);
            }
        }
    }

    /** A segment on a leg that answers nothing we sent: any host would refuse it, and a RST moves nothing. */
    void doubtful(Packet packet, long now) {
        if (packet.has(Tcp.RST)) {
            counters.add(Counter.OUT_OF_SEQUENCE);
        } else {
            out.server.answerWithReset(packet, Counter.OUT_OF_SEQUENCE, now);
        }
    }

    /** A segment to our own address that no session knows: any host would answer it by RST. */
    void stray(Packet packet, long now) {
        if (packet.checksumValid()) {
            out.server.answerWithReset(packet, Counter.STRAYS, now);
        }
    }

    // ---- server legs

    /** Opens a leg to a server in the incoming index; null if no port is free. Nothing is sent yet. */
    ServerLeg open(Session session, Server server) {
        IpAddress to = server.endpoint().address();
        boolean nat = identity.hasFor(to.hi(), to.lo());
        long localHi = nat ? identity.hiFor(to.hi(), to.lo()) : session.nearHi;
        long localLo = nat ? identity.loFor(to.hi(), to.lo()) : session.nearLo;
        int serverPort = server.port(session.farPort);
        int isn = session.upBase - 1;
        int port =
                table.port(
                        session.protocol,
                        localHi,
                        localLo,
                        session.nearPort,
                        to.hi(),
                        to.lo(),
                        serverPort,
                        isn);
        if (port == 0) {
            return null;
        }
        ServerLeg leg =
                new ServerLeg(
                        session, server, localHi, localLo, port, to.hi(), to.lo(), serverPort, isn);
        table.incoming.add(leg);
        return leg;
    }
}

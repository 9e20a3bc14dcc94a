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
import dev.understudy.dispatcher.recover.Store;
import dev.understudy.dispatcher.recover.StoreBudget;
import dev.understudy.dispatcher.service.Server;
import dev.understudy.dispatcher.service.Service;
import dev.understudy.dispatcher.service.Services;
import dev.understudy.dispatcher.translate.LegOptions;
import dev.understudy.dispatcher.translate.PayloadEdit;
import dev.understudy.stack.tcp.IsnGenerator;
import dev.understudy.stack.tcp.SeqNum;
import dev.understudy.stack.tcp.SipHash;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import io.netty.buffer.ByteBuf;
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
    final Holding holding = new Holding(this);
    final Conversations conversations = new Conversations(this);
    final Replays replays = new Replays(this);
    final Rewriting rewriting = new Rewriting(this);
    final Routes routes;
    final Called called = new Called(this);
    final Announcements announced;
    final PayloadEdit payloads;
    private final IsnGenerator isns;
    final IcmpErrors errors;

    private final Limits limits;
    private final NetworkIdentity identity;
    private final Candidates candidates;
    private final Packet scratch = new Packet();
    private final Pace limitEvents = new Pace(1);

    private Services services;
    private long nextId = 1;
    private int live;
    private int halfOpen;

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
        this.errors = new IcmpErrors(this);
        this.counters = counters;
        this.events = events;
        this.candidates = new Candidates(random);
        this.routes = new Routes(policy);
        this.isns = new IsnGenerator(new SipHash(random.nextLong(), random.nextLong()));
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

    int live() {
        return live;
    }

    int halfOpen() {
        return halfOpen;
    }

    // ---- beginning and end of a session

    /** Takes a client's SYN on; false if it belongs to no service or a limit is reached, and must pass unaltered. */
    boolean admit(Packet syn, long now) {
        Announcement announcement = announced.ofServer(syn);
        Service service =
                announcement == null
                        ? services.find(Tcp.PROTOCOL, syn.dstHi(), syn.dstLo(), syn.dstPort())
                        : announcement.service;
        if (service == null) {
            return false;
        }
        if (!syn.checksumValid()) {
            counters.add(Counter.BAD_CHECKSUM);
            return true;
        }
        if (!hasRoom(syn, now)) {
            return false;
        }
        Store store = new Store(stores);
        keepSyn(store, syn);
        if (!store.complete()) {
            store.release();
            return failOpen(Counter.LIMIT_STORE, syn, now);
        }
        Session session =
                new Session(
                        nextId++,
                        service,
                        now,
                        syn.srcHi(),
                        syn.srcLo(),
                        syn.srcPort(),
                        syn.dstHi(),
                        syn.dstLo(),
                        syn.dstPort());
        session.clientIsn = syn.seq();
        session.upNxt = syn.seq() + 1;
        session.serverAck = syn.seq() + 1;
        session.upBase = syn.seq() + 1;
        session.store = store;
        if (announcement == null) {
            session.announcing = Announcing.of(this, session);
        } else {
            announced.take(announcement);
            session.pinned = announcement.server();
        }
        enter(session, now);
        if (announcement == null && Rules.of(session).answersAtOnce()) {
            answer(session, now);
            return true;
        }
        Opening opening = new Opening(this, session, candidates(session, now));
        session.phase = opening;
        if (!opening.start(session, now)) {
            event(session, Kind.EXHAUSTED, null, 0, Failure.LOCAL.word(), now);
            counters.add(Counter.FAILURES_SHOWN);
            forget(session, now);
            return false;
        }
        return true;
    }

    /** Answers a client's SYN in the original's name, with no packet on the network side (P27). */
    private void answer(Session session, long now) {
        boolean ipv6 = !IpAddress.isMapped(session.nearHi, session.nearLo);
        session.serverIsn =
                isns.isn(
                        session.farHi,
                        session.farLo,
                        session.farPort,
                        session.nearHi,
                        session.nearLo,
                        session.nearPort,
                        now);
        session.downNxt = session.serverIsn + 1;
        session.clientAck = session.downNxt;
        session.downBase = session.downNxt;
        session.clientState = LegState.ESTABLISHED;
        session.clientOptions =
                Abilities.offer(offer(session), out.maxMss(ipv6), candidates(session, now));
        session.lastTsVal = (int) (now / 1_000_000);
        conversations.begin(session);
        event(session, Kind.ANSWERED, null, 0, session.original().toString(), now);
        binding.enter(session, now);
        out.client.synAckAgain(session, now);
    }

    /** Whether there is room for another session. */
    boolean hasRoom() {
        return live < limits.sessions() && halfOpen < limits.halfOpen();
    }

    /** Whether there is room for another session; if not, its first packet passes unaltered, and that is counted. */
    boolean hasRoom(Packet first, long now) {
        if (live >= limits.sessions()) {
            return failOpen(Counter.LIMIT_SESSIONS, first, now);
        }
        return halfOpen < limits.halfOpen() || failOpen(Counter.LIMIT_HALF_OPEN, first, now);
    }

    long nextId() {
        return nextId++;
    }

    /** A session that the client has begun enters the table. */
    void enter(Session session, long now) {
        table.outgoing.add(session);
        live++;
        halfOpen++;
        counters.add(Counter.SESSIONS_OPENED);
        events.add(
                now,
                session.id,
                Kind.OPENED,
                session.client(),
                session.original(),
                0,
                session.service.name());
    }

    /** A SYN is kept without data: data in a SYN would be executed by every server that takes it (RFC 7413). */
    private void keepSyn(Store store, Packet syn) {
        if (syn.payloadLength() == 0) {
            store.keep(out.allocator, syn.frame());
            return;
        }
        ByteBuf bare = out.copies.bareSyn(syn);
        store.keep(out.allocator, bare);
        bare.release();
    }

    /** Keeps a client's segment for replay, unless it brings nothing that is not kept already. */
    void keep(Session session, Packet packet) {
        Store store = session.store;
        boolean news =
                packet.segmentLength() == 0
                        ? store.packets().size() == 1
                        : !holds(store, packet.seq(), packet.segmentLength());
        if (news) {
            store.keep(out.allocator, packet.frame());
        }
    }

    private boolean holds(Store store, int seq, int length) {
        List<ByteBuf> packets = store.packets();
        for (int i = 1; i < packets.size(); i++) {
            scratch.parse(packets.get(i));
            if (SeqNum.le(scratch.seq(), seq)
                    && SeqNum.ge(scratch.seq() + scratch.segmentLength(), seq + length)) {
                return true;
            }
        }
        return false;
    }

    boolean failOpen(Counter limit, Packet syn, long now) {
        counters.add(limit);
        if (limitEvents.allows(now)) {
            events.add(
                    now,
                    0,
                    Kind.LIMIT,
                    Endpoint.of(syn.srcHi(), syn.srcLo(), syn.srcPort()),
                    Endpoint.of(syn.dstHi(), syn.dstLo(), syn.dstPort()),
                    counters.get(limit),
                    limit.label());
        }
        return false;
    }

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

    /** Whether a packet of the client is the SYN of another connection than the session's. */
    boolean beginsAnother(Session session, Packet packet) {
        return (packet.flags() & (Tcp.SYN | Tcp.ACK | Tcp.RST | Tcp.FIN)) == Tcp.SYN
                && session.phase.yieldsTo(session, packet);
    }

    /** Whether a SYN offers something else than the one that the session began with, which nobody has answered to it yet. */
    boolean offersOther(Session session, Packet syn) {
        return !offer(session).equals(LegOptions.fromSyn(syn, out.options));
    }

    /**
     * The same client port begins another connection: the old session is gone, the new one starts afresh.
     *
     * @return as {@link #admit}
     */
    boolean reopen(Session old, Packet syn, long now) {
        if (old.phase != timeWait) {
            old.phase.leaveServers(old, now);
            ended(old, Kind.RESET, "by a new connection from the same port", now);
        }
        table.forget(old);
        return admit(syn, now);
    }

    /** The client has completed its handshake. */
    void answered(Session session) {
        session.clientAnswered = true;
        halfOpen--;
    }

    /** A leg has won the session. */
    void bind(Session session, ServerLeg leg, long now) {
        session.leg = leg;
        leg.state = LegState.ESTABLISHED;
        leg.won = true;
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
        if (session.moves > 0 && session.drawn == null && !moves.hasRoom(live)) {
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
        live--;
        if (!session.clientAnswered) {
            halfOpen--;
        }
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

    /** Notes what the client leg has agreed on, for the case that the session moves. */
    void agreed(Session session, Packet synAck) {
        session.clientOptions = offer(session).fromSynAck(synAck, out.options);
        session.lastTsVal = out.options.tsVal();
    }

    /** What the stored SYN offers. */
    LegOptions offer(Session session) {
        scratch.parse(session.store.packets().get(0));
        return LegOptions.fromSyn(scratch, out.options);
    }

    /** What a SYN shaped for another server offers: what the client leg has agreed on, and no more. */
    LegOptions shapedOffer(Session session) {
        LegOptions offered = offer(session);
        LegOptions agreed = session.clientOptions;
        return new LegOptions(
                offered.clientMss(),
                offered.serverMss(),
                agreed.clientShift(),
                LegOptions.NO_SCALE,
                agreed.timestamps(),
                agreed.sackPermitted());
    }

    /** The last TSval of the client that is in the store. */
    int clientTsVal(Session session) {
        List<ByteBuf> kept = session.store.packets();
        scratch.parse(kept.get(kept.size() - 1));
        return out.options.parse(scratch).tsVal();
    }

    /** Ends every live session on both legs. */
    void closeAll(long now) {
        List<Session> sessions = new ArrayList<>(live);
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

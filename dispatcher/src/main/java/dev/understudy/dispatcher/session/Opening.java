package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.bind.Race;
import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.recover.Failure;
import dev.understudy.dispatcher.service.Server;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import java.util.List;

/**
 * The client's SYN is stored and attempts are running (FIG. 5, FIG. 8). Nothing has reached the client yet, so whichever
 * server answers first, its SYN+ACK goes up as it is but for its address: no delta is needed. Failures are hidden until
 * all servers have failed; then the client gets what the last one that said something said.
 */
final class Opening implements Phase {
    private final Engine engine;
    private final Race<ServerLeg> race;
    private int icmpType;
    private int icmpCode;

    Opening(Engine engine, Session session, List<Server> candidates) {
        this.engine = engine;
        this.race =
                new Race<>(
                        new LegOpener(engine, session, new Choosing(session, candidates, null)),
                        candidates,
                        session.service.config().connect(),
                        session.service.config().recover());
    }

    /** Starts the first attempts; false if there was none to start, and nothing has been sent. */
    boolean start(Session session, long now) {
        race.start(now);
        if (race.exhausted()) {
            return false;
        }
        engine.deadlines.set(session, race.nextDeadline());
        return true;
    }

    @Override
    public void fromClient(Session session, Packet packet, long now) {
        int flags = packet.flags();
        if ((flags & Tcp.RST) != 0) {
            if (session.clientResetIsExact(packet)) {
                race.abandon(now);
                engine.ended(session, Kind.RESET, "by the client", now);
            } else {
                engine.counters.add(Counter.OUT_OF_SEQUENCE);
            }
        } else if ((flags & (Tcp.SYN | Tcp.ACK)) == Tcp.SYN) {
            session.lastPacketAt = now;
            session.store.replaceFirst(packet.frame());
            race.retransmit(now);
        }
    }

    @Override
    public void fromServer(Session session, ServerLeg leg, Packet packet, long now) {
        if (!LegAnswer.isToSyn(packet, leg.isn)) {
            engine.doubtful(packet, now);
            return;
        }
        session.lastPacketAt = now;
        if (packet.has(Tcp.RST)) {
            race.failed(leg, Failure.RESET, now);
            settle(session, now);
        } else {
            won(session, leg, packet, now);
        }
    }

    private void won(Session session, ServerLeg leg, Packet synAck, long now) {
        race.won(leg, leg.syns == 1, now);
        engine.bind(session, leg, now);
        Abilities.learn(leg.server, synAck, engine.out.options);
        engine.out.shape(synAck, engine.kept.offer(session));
        engine.event(session, Kind.WON, leg, now - session.openedAt, "", now);
        session.serverIsn = synAck.seq();
        session.downNxt = session.serverIsn + 1;
        session.clientAck = session.serverIsn + 1;
        session.downBase = session.serverIsn + 1;
        session.clientState = LegState.ESTABLISHED;
        if (session.service.config().recover().any() || Conversations.wanted(session)) {
            engine.kept.agreed(session, synAck);
            leg.options = session.clientOptions;
            leg.tsVal = session.lastTsVal;
        } else {
            session.releaseStore();
        }
        if (Conversations.wanted(session)) {
            engine.conversations.begin(session);
            engine.conversing.enter(session, now);
        } else {
            engine.relaying.enter(session, now);
        }
        engine.out.forwardDown(session, synAck, now);
    }

    @Override
    public void icmpError(
            Session session, ServerLeg leg, Packet icmp, Failure failure, int quotedSeq, long now) {
        if (failure != Failure.UNREACHABLE || quotedSeq != leg.isn) {
            engine.counters.add(Counter.OUT_OF_SEQUENCE);
            return;
        }
        icmpType = icmp.frame().getUnsignedByte(icmp.l4());
        icmpCode = icmp.frame().getUnsignedByte(icmp.l4() + 1);
        race.failed(leg, Failure.UNREACHABLE, now);
        settle(session, now);
    }

    @Override
    public void deadline(Session session, long now) {
        race.deadline(now);
        settle(session, now);
    }

    private void settle(Session session, long now) {
        if (!race.exhausted()) {
            engine.deadlines.set(session, race.nextDeadline());
            return;
        }
        engine.counters.add(Counter.FAILURES_SHOWN);
        Failure last = race.lastFailure();
        switch (last) {
            case RESET, CLOSED, LOCAL, ASKED -> engine.out.client.refuse(session, now);
            case UNREACHABLE -> engine.out.client.unreachable(session, icmpType, icmpCode, now);
            case TIMEOUT -> {
                // All were silent: so are we, and the client's next SYN tries afresh.
            }
        }
        engine.event(
                session,
                Kind.EXHAUSTED,
                null,
                0,
                last == Failure.TIMEOUT ? "silence" : last.word(),
                now);
        engine.forget(session, now);
    }

    /** Some stacks offer less with each retransmission: what was sent to the servers is not what the client wants, then. */
    @Override
    public boolean yieldsTo(Session session, Packet syn) {
        return Phase.super.yieldsTo(session, syn) || engine.kept.offersOther(session, syn);
    }

    @Override
    public void leaveServers(Session session, long now) {
        race.abandon(now);
    }

    @Override
    public void tellClient(Session session, long now) {
        engine.out.client.refuse(session, now);
    }

    @Override
    public String label() {
        return "opening";
    }
}

package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.recover.Failure;
import dev.understudy.dispatcher.recover.Store;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Udp;
import io.netty.buffer.ByteBuf;
import java.util.List;

/**
 * A UDP session with a server: translate and forward.
 *
 * <p>What the client says is kept until something comes back; when nothing does in time, or the server turns out to be
 * unreachable, it is said again to another ({@link Asking}). A session of more than {@value #STREAM} packets is a stream,
 * in which a datagram more or less is the ends' own matter: nothing of it is copied any more, and silence, which in a
 * stream is not unusual, no longer moves it. Where silence is no failure only the newest datagram is kept, since all
 * before it were probably taken.
 *
 * <p>UDP has no end, so a session ends when it has been idle: after five minutes as RFC 4787 §4.3 recommends, or after one
 * for well-known ports, whose protocols ask and answer.
 */
final class Exchanging implements Phase {
    private static final int STREAM = 256;
    private static final long IDLE_NANOS = 300_000_000_000L;
    private static final long SHORT_IDLE_NANOS = 60_000_000_000L;
    private static final int FIRST_EPHEMERAL_PORT = 1024;

    private final Engine engine;
    private final Packet scratch = new Packet();

    Exchanging(Engine engine) {
        this.engine = engine;
    }

    static long idleNanos(Session session) {
        return session.farPort < FIRST_EPHEMERAL_PORT ? SHORT_IDLE_NANOS : IDLE_NANOS;
    }

    /** Makes room again for what the client says. */
    void keep(Session session) {
        if (session.store == null) {
            session.store = new Store(engine.stores);
        }
    }

    void enter(Session session, long now) {
        session.phase = this;
        if (!session.clientAnswered) {
            engine.admission.answered(session);
        }
        session.lastPacketAt = now;
        engine.deadlines.set(session, now + idleNanos(session));
    }

    @Override
    public void fromClient(Session session, Packet packet, long now) {
        session.lastPacketAt = now;
        session.packets++;
        session.bytesUp += packet.payloadLength();
        if (session.store != null) {
            keep(session, packet, now);
        }
        engine.out.forwardUp(session, packet, now);
    }

    private void keep(Session session, Packet packet, long now) {
        boolean waits = session.service.config().recover().timeout();
        if (session.packets > STREAM || !session.service.config().recover().any()) {
            session.releaseStore();
            return;
        }
        if (!waits) {
            session.store.release();
        }
        session.store.keep(engine.out.allocator, packet.frame());
        if (waits && session.unansweredSince == 0) {
            session.unansweredSince = now;
            engine.deadlines.setIfEarlier(
                    session, now + session.service.config().connect().timeoutNanos());
        }
    }

    @Override
    public void fromServer(Session session, ServerLeg leg, Packet packet, long now) {
        session.lastPacketAt = now;
        session.packets++;
        session.bytesDown += packet.payloadLength();
        if (session.store != null && packet.checksumValid()) {
            session.store.release();
            session.unansweredSince = 0;
            session.gotOn();
        }
        session.clientState = LegState.ESTABLISHED;
        leg.state = LegState.ESTABLISHED;
        engine.out.forwardDown(session, packet, now);
    }

    /**
     * Whether a client's datagram of that length, UDP header included, waits for an answer; true where nothing is kept that
     * could tell. Whoever is not on the path has to guess it, with the port, to make an error count (RFC 5927 §4.1).
     */
    boolean said(Session session, int udpLength) {
        if (session.store == null) {
            return true;
        }
        List<ByteBuf> kept = session.store.packets();
        for (int i = 0; i < kept.size(); i++) {
            scratch.parse(kept.get(i));
            if (Udp.length(scratch.frame(), scratch.l4()) == udpLength) {
                return true;
            }
        }
        return !session.store.complete();
    }

    @Override
    public void icmpError(
            Session session, ServerLeg leg, Packet icmp, Failure failure, int quotedSeq, long now) {
        if (failure != Failure.UNREACHABLE || !said(session, quotedSeq)) {
            engine.errors.toClient(session, icmp, now);
        } else if (!lose(session, leg, failure, now)) {
            engine.errors.toClient(session, icmp, now);
        }
    }

    private boolean lose(Session session, ServerLeg leg, Failure failure, long now) {
        return failure.counts(session.service.config().recover())
                && Asking.again(engine, session, leg, failure, now);
    }

    @Override
    public void deadline(Session session, long now) {
        long timeout = session.service.config().connect().timeoutNanos();
        if (session.unansweredSince != 0 && now - session.unansweredSince >= timeout) {
            if (lose(session, session.leg, Failure.TIMEOUT, now)) {
                return;
            }
            session.unansweredSince = 0;
            session.store.release();
        }
        long idleAt = session.lastPacketAt + idleNanos(session);
        if (now - idleAt >= 0) {
            expire(session, now);
            return;
        }
        engine.deadlines.set(session, idleAt);
        if (session.unansweredSince != 0) {
            engine.deadlines.setIfEarlier(session, session.unansweredSince + timeout);
        }
    }

    /** It has been idle long enough. Nobody has to be told, and nothing late needs a shadow. */
    void expire(Session session, long now) {
        engine.counters.add(Counter.SESSIONS_EXPIRED);
        engine.event(session, Kind.EXPIRED, session.leg, session.bytesDown, "", now);
        engine.forget(session, now);
    }

    @Override
    public void leaveServers(Session session, long now) {
        // UDP has no word for it.
    }

    @Override
    public void tellClient(Session session, long now) {
        // UDP has no word for it.
    }

    @Override
    public String label() {
        return "relaying";
    }
}

package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.bind.Race;
import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.recover.Failure;
import dev.understudy.dispatcher.service.Server;
import dev.understudy.dispatcher.service.Server.Standing;
import dev.understudy.stack.wire.Packet;
import io.netty.buffer.ByteBuf;
import java.util.Optional;

/** Opens server legs of a UDP session: an attempt is sent all that the client has said and nobody has answered. */
final class DatagramOpener implements Race.Opener<ServerLeg> {
    private final Engine engine;
    private final Session session;
    private final Choosing choosing;
    private final Packet scratch = new Packet();

    /** What the client said last. */
    private ByteBuf latest;

    /** The attempt that was opened first. */
    private ServerLeg first;

    DatagramOpener(Engine engine, Session session, Choosing choosing) {
        this.engine = engine;
        this.session = session;
        this.choosing = choosing;
    }

    /** Payload, in bytes, that every further server is sent once more. */
    long asked() {
        long bytes = 0;
        for (ByteBuf kept : session.store.packets()) {
            scratch.parse(kept);
            bytes += scratch.payloadLength();
        }
        return bytes;
    }

    ServerLeg first() {
        return first;
    }

    /** Names the client's datagram that {@link #retransmit} sends; for the time of that call. */
    void latest(ByteBuf frame) {
        latest = frame;
    }

    @Override
    public ServerLeg open(Server server, int place, long now) {
        ServerLeg leg = engine.open(session, server);
        if (leg == null) {
            engine.counters.add(Counter.LIMIT_PORTS);
            return null;
        }
        engine.attempt(session, leg, "datagram", choosing.why(place, now), now);
        for (ByteBuf kept : session.store.packets()) {
            engine.out.ask(leg, kept, now);
        }
        if (first == null) {
            first = leg;
        }
        return leg;
    }

    @Override
    public void retransmit(ServerLeg leg, long now) {
        engine.out.ask(leg, latest, now);
    }

    @Override
    public void failed(ServerLeg leg, Server server, Failure failure, long now) {
        leave(leg, now);
        engine.event(session, Kind.FAILED, leg, 0, failure.word(), now);
        engine.failedServer(session, leg, failure, now);
    }

    @Override
    public void hidden(ServerLeg leg, Optional<Failure> failure, long costNanos, long now) {
        String what = failure.map(Failure::word).orElse("slow");
        engine.hidden(session, leg, what, costNanos, asked(), now);
    }

    @Override
    public void abandoned(ServerLeg leg, long now) {
        if (leg.server.standing(now) == Standing.SUSPECT) {
            engine.remembered(session, leg, leg.server.unanswered(now), "silent", now);
        }
        leave(leg, now);
    }

    private void leave(ServerLeg leg, long now) {
        leg.state = LegState.CLOSED;
        engine.bury(leg, now);
    }
}

package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.bind.Race;
import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.recover.Failure;
import dev.understudy.dispatcher.service.Server;

/** Opens server legs for one session's race, the first or a later one: the altered SYN goes out, losers are reset. */
final class LegOpener implements Race.Opener<ServerLeg> {
    private final Engine engine;
    private final Session session;

    LegOpener(Engine engine, Session session) {
        this.engine = engine;
        this.session = session;
    }

    @Override
    public ServerLeg open(Server server, long now) {
        ServerLeg leg = engine.open(session, server);
        if (leg == null) {
            engine.counters.add(Counter.LIMIT_PORTS);
            return null;
        }
        engine.counters.add(Counter.ATTEMPTS);
        engine.event(session, Kind.ATTEMPT, leg, 0, "", now);
        engine.out.syn(session, leg, now);
        return leg;
    }

    @Override
    public void retransmit(ServerLeg leg, long now) {
        engine.out.syn(session, leg, now);
    }

    @Override
    public void failed(ServerLeg leg, Server server, Failure failure, long now) {
        if (failure != Failure.RESET) {
            engine.out.resetLoser(session, leg, now);
        }
        engine.table.bury(leg, now);
        engine.failedServer(session, leg, failure, now);
        session.hidden++;
        engine.counters.add(Counter.FAILURES_HIDDEN);
        engine.event(session, Kind.HIDDEN, leg, now - session.openedAt, failure.word(), now);
    }

    @Override
    public void abandoned(ServerLeg leg, long now) {
        engine.out.resetLoser(session, leg, now);
        engine.table.bury(leg, now);
    }
}

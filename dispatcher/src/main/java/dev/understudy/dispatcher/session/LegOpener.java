package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.bind.Race;
import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.recover.Failure;
import dev.understudy.dispatcher.service.Server;
import dev.understudy.dispatcher.service.Server.Standing;
import java.util.Optional;

/** Opens server legs for one session's race, the first or a later one: the altered SYN goes out, losers are reset. */
final class LegOpener implements Race.Opener<ServerLeg> {
    private final Engine engine;
    private final Session session;
    private final Choosing choosing;

    LegOpener(Engine engine, Session session, Choosing choosing) {
        this.engine = engine;
        this.session = session;
        this.choosing = choosing;
    }

    @Override
    public ServerLeg open(Server server, int place, long now) {
        ServerLeg leg = engine.open(session, server);
        if (leg == null) {
            engine.counters.add(Counter.LIMIT_PORTS);
            return null;
        }
        leg.openedAt = now;
        engine.attempt(session, leg, "", choosing.why(place, now), now);
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
            engine.out.server.resetLoser(leg, now);
        }
        engine.bury(leg, now);
        engine.event(session, Kind.FAILED, leg, 0, word(failure), now);
        engine.failedServer(session, leg, failure, now);
    }

    @Override
    public void hidden(ServerLeg leg, Optional<Failure> failure, long costNanos, long now) {
        String what = failure.map(LegOpener::word).orElse("slow");
        engine.hidden(session, leg, what, costNanos, 0, now);
    }

    /** A RST to a SYN is a refusal. */
    private static String word(Failure failure) {
        return failure == Failure.RESET ? "refused" : failure.word();
    }

    @Override
    public void abandoned(ServerLeg leg, long now) {
        if (leg.server.standing(now) == Standing.SUSPECT) {
            engine.remembered(session, leg, leg.server.unanswered(now), "silent", now);
        }
        engine.out.server.resetLoser(leg, now);
        engine.bury(leg, now);
    }
}

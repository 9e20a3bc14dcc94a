package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.bind.Routes;
import dev.understudy.dispatcher.config.Route;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.protocol.HttpRequest;
import dev.understudy.dispatcher.protocol.Redirect;
import dev.understudy.dispatcher.protocol.TlsHello;
import dev.understudy.dispatcher.service.Server;
import dev.understudy.stack.tcp.SeqNum;
import dev.understudy.stack.wire.Packet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What is done for sessions whose {@link Conversation} is read along: made, listened to, routed and forgotten here. */
final class Conversations {
    private final Engine engine;

    Conversations(Engine engine) {
        this.engine = engine;
    }

    /** Whether a session's service wants to know what is said. */
    static boolean wanted(Session session) {
        return Rules.of(session).reads();
    }

    /** Begins to read along: both legs are at their first byte. */
    void begin(Session session) {
        boolean byName = Rules.of(session).byName();
        session.conversation =
                new Conversation(
                        session,
                        heldStore(),
                        engine.out.allocator,
                        engine.stores,
                        Rules.of(session).routes(),
                        session.service.config().recover().resume(),
                        byName ? new TlsHello() : null,
                        request -> route(session, request));
        session.conversation.clientTsVal = engine.kept.clientTsVal(session);
    }

    /** A store for segments that wait; its bytes count like those that are kept for replay. */
    HeldBack heldStore() {
        return new HeldBack(engine.stores);
    }

    private Exchange route(Session session, HttpRequest request) {
        Exchange exchange = new Exchange(request);
        if (!Rules.of(session).routes()) {
            exchange.decideForAny();
            return exchange;
        }
        Conversation conversation = session.conversation;
        boolean[] asking = {true};
        engine.routes.choose(
                session.service,
                request,
                choice -> {
                    exchange.decide(holders(session, choice), choice.route());
                    if (!asking[0] && session.conversation == conversation) {
                        // The policy has answered while the request waited: what is due is looked
                        // at now.
                        engine.deadlines.set(session, session.lastPacketAt);
                    }
                });
        asking[0] = false;
        return exchange;
    }

    private static List<Server> holders(Session session, Routes.Choice choice) {
        boolean asksOriginal =
                session.service.config().connect().strategy() == Strategy.ORIGINAL_FIRST
                        && choice.route().isEmpty();
        if (!choice.original() && !asksOriginal) {
            return choice.servers();
        }
        List<Server> holders = new ArrayList<>(choice.servers());
        Server original = session.service.original(session.farHi, session.farLo, session.farPort);
        if (!holders.contains(original)) {
            holders.add(0, original);
        }
        return holders;
    }

    /** Reads who is asked for by name, once the hello is whole. */
    void nameRead(Session session) {
        TlsHello hello = session.conversation.requests.hello;
        if (session.holders == null
                && hello != null
                && hello.result() != TlsHello.Result.NEED_MORE) {
            String name = hello.name().orElse("");
            session.holders = holders(session, engine.routes.choose(session.service, name));
        }
    }

    /** The servers that may serve what a session asks for next; null if all of its service may. */
    static List<Server> holders(Session session) {
        Optional<Exchange> oldest =
                session.conversation == null ? Optional.empty() : session.conversation.oldest();
        return oldest.flatMap(Exchange::holders).orElse(session.holders);
    }

    /**
     * Notes what every segment of the client says beside its bytes. It has been verified: a damaged clock, told to a server,
     * would make it drop all that comes after it (RFC 7323 §5.3).
     */
    void heard(Session session, Packet packet) {
        Conversation conversation = session.conversation;
        conversation.clientWindow = packet.window();
        if (session.clientOptions != null && session.clientOptions.timestamps()) {
            engine.out.options.parse(packet);
            if (engine.out.options.hasTimestamps()) {
                int tsVal = engine.out.options.tsVal();
                int known = conversation.clientTsVal;
                conversation.clientTsVal = known == 0 ? tsVal : SeqNum.max(known, tsVal);
            }
        }
    }

    /** A credible segment of a client that is held, because no server is there to take it: it is kept, and read. */
    void held(Session session, Packet packet, long now) {
        if (!session.clientAnswered) {
            engine.admission.answered(session);
        }
        engine.kept.add(session, packet);
        if (session.conversation != null) {
            heard(session, packet);
            if (packet.payloadLength() > 0) {
                session.conversation.readUp(packet);
                nameRead(session);
            }
        }
        session.noteFin(packet);
    }

    /** Answers a request by a redirection (P36); a server that is there is left. */
    void redirect(Session session, Exchange exchange, long now) {
        if (session.leg != null) {
            engine.leaveGently(session, session.leg, now);
            engine.unbind(session);
        }
        asked(session, now);
        Route route = exchange.route().orElseThrow();
        Redirect redirect = route.redirect().orElseThrow();
        engine.event(session, Kind.REDIRECTED, null, 0, redirect.location(), now);
        Answering.begin(engine, session, redirect.response(exchange.request, route.pattern()), now);
    }

    /** Whether enough is known of a client's request to choose a server for it. */
    static boolean knowsRequest(Session session) {
        Conversation conversation = session.conversation;
        return conversation.oldest().isPresent() && conversation.oldest().get().decided()
                || !conversation.readable()
                || !Rules.of(session).routes() && conversation.requests.next() != session.upBase;
    }

    /** The answer that was put aside is not needed: its server's leg goes. */
    void leaveFallback(Session session, long now) {
        Conversation.Understood kept = session.conversation.fallback;
        ServerLeg leg = kept.leg();
        engine.out.server.resetAside(session, kept, now);
        leg.server.left();
        engine.bury(leg, now);
        session.conversation.dropFallback();
    }

    /** Nobody reads along any more. */
    void forget(Session session, long now) {
        if (session.conversation != null) {
            if (session.conversation.fallback != null) {
                leaveFallback(session, now);
            }
            session.conversation.release();
            session.conversation = null;
        }
    }

    /** Puts on record what a client has asked for, if that can be read: it decides who serves it. */
    void asked(Session session, long now) {
        Optional<Exchange> oldest =
                session.conversation == null ? Optional.empty() : session.conversation.oldest();
        if (oldest.isPresent()) {
            String what = oldest.get().request.toString();
            engine.event(session, Kind.ASKED, session.leg, 0, what, now);
        }
    }
}

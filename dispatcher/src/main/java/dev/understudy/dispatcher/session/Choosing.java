package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.config.Route;
import dev.understudy.dispatcher.control.Figures;
import dev.understudy.dispatcher.service.Server;
import dev.understudy.dispatcher.service.Server.Standing;
import java.util.List;
import java.util.Optional;

/**
 * Why a server is asked to play the part (B05), in one clause for people: what named it (an announcement, a route, the
 * policy), its place by the service's strategy with the figure that gave it that place, and what is remembered of it
 * and of those that would have come before it. Said once an attempt, and in the usual case without making a string.
 */
final class Choosing {
    private final Session session;
    private final List<Server> candidates;

    /** The server before, whose place these take; null if there was none. */
    private final ServerLeg lost;

    Choosing(Session session, List<Server> candidates, ServerLeg lost) {
        this.session = session;
        this.candidates = candidates;
        this.lost = lost;
    }

    /** The clause about the candidate at {@code place}. */
    String why(int place, long now) {
        if (session.pinned != null) {
            return "announced on another connection of the client";
        }
        List<Server> holders = Conversations.holders(session);
        List<Server> among = holders == null ? session.service.servers() : holders;
        Server server = candidates.get(place);
        // Nothing is put behind what has nothing behind it: concat() returns the same string then.
        String reason =
                byStrategy(server, among, place)
                        .concat(remembered(server, now))
                        .concat(passedOver(among, place, now));
        String named = named(server);
        return named.isEmpty() ? reason : named + reason;
    }

    private String named(Server server) {
        Optional<Exchange> oldest =
                session.conversation == null ? Optional.empty() : session.conversation.oldest();
        Optional<Route> route = oldest.flatMap(Exchange::route);
        if (route.isPresent()) {
            boolean names = !route.get().servers().isEmpty();
            return names ? "route " + route.get().pattern() + " names it; " : "";
        }
        if (session.holders != null
                && session.service.routes().stream()
                        .anyMatch(r -> r.servers().equals(session.holders))) {
            return "the name in the client's hello leads to it; ";
        }
        boolean configured = session.service.everyServer().contains(server);
        return configured || isOriginal(server) ? "" : "the policy names it; ";
    }

    private boolean isOriginal(Server server) {
        return server.endpoint().address().hi() == session.farHi
                && server.endpoint().address().lo() == session.farLo
                && server.port(session.farPort) == session.farPort;
    }

    private String byStrategy(Server server, List<Server> among, int place) {
        boolean first = place == 0 && (lost == null || !among.contains(lost.server));
        String listed = among.indexOf(server) == 0 ? "first in the list" : "next in the list";
        return switch (session.service.config().connect().strategy()) {
            case RACE -> "all are asked at once";
            case ORIGINAL_FIRST -> isOriginal(server) ? "the original itself" : listed;
            case STAGGERED, IN_ORDER -> listed;
            case ROUND_ROBIN -> first ? "its turn" : "next in turn";
            case WEIGHTED -> first ? "drawn by lot, weight " + server.weight() : listed;
            case HASH -> (first ? "" : "next ") + "by the hash of the client's address";
            case LEAST_SESSIONS ->
                    (first ? "fewest sessions: " : "next fewest sessions: ") + server.sessions();
            case FASTEST -> fastest(server, first);
        };
    }

    private static String fastest(Server server, boolean first) {
        if (server.roundTripNanos() < 0) {
            return "nobody knows yet how fast it is";
        }
        return (first ? "fastest: answers in " : "next fastest: answers in ")
                + Figures.duration(server.roundTripNanos());
    }

    private static String remembered(Server server, long now) {
        String backup = server.backup() ? ", a backup" : "";
        String site = server.elsewhere() ? ", at another site" : "";
        return switch (server.standing(now)) {
            case UP -> backup + site;
            case SUSPECT -> backup + site + ", on trial beside the next";
            case DOWN -> backup + site + ", though it failed lately: no other is left";
        };
    }

    /** Servers that do not come before this one because of what is known of them, and not because it is not their turn. */
    private String passedOver(List<Server> among, int place, long now) {
        Server server = candidates.get(place);
        int at = inListedOrder() ? among.indexOf(server) : among.size();
        String clause = "";
        for (int i = 0; i < among.size(); i++) {
            Server other = among.get(i);
            String handicap = handicap(other, server, i < at, now);
            if (!handicap.isEmpty() && !wasAsked(other, place)) {
                clause += "; " + other + handicap;
            }
        }
        return clause;
    }

    /** Whether a server that is listed behind another would not have come before it in any case. */
    private boolean inListedOrder() {
        return switch (session.service.config().connect().strategy()) {
            case STAGGERED, IN_ORDER, ORIGINAL_FIRST, RACE -> true;
            case ROUND_ROBIN, WEIGHTED, HASH, LEAST_SESSIONS, FASTEST -> false;
        };
    }

    private static String handicap(Server other, Server chosen, boolean mayComeFirst, long now) {
        if (!mayComeFirst) {
            return "";
        }
        if (other.drained()) {
            return " is being drained";
        }
        if (other.standing(now) == Standing.DOWN && chosen.standing(now) != Standing.DOWN) {
            return " failed lately";
        }
        if (other.backup() && !chosen.backup()) {
            return " is a backup";
        }
        return other.elsewhere() && !chosen.elsewhere() ? " is at another site" : "";
    }

    private boolean wasAsked(Server server, int place) {
        int at = candidates.indexOf(server);
        return at >= 0 && at <= place
                || lost != null && lost.server == server
                || session.conversation != null && session.conversation.tried.contains(server);
    }
}

package dev.understudy.dispatcher.bind;

import dev.understudy.dispatcher.config.ServiceConfig.Connect;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.service.Server;
import dev.understudy.dispatcher.service.Server.Standing;
import dev.understudy.dispatcher.service.Service;
import dev.understudy.stack.wire.IpAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Which servers are tried for one session, and in which order (DESIGN 7.4). Drained ones are not. Servers that are remembered as failed go behind
 * the others, and backups behind those that are not; the strategy orders them otherwise. Turns and lots are for the
 * foremost only: were the others given any, their share would fall to whoever is listed next.
 */
public final class Candidates {
    private final RandomGenerator random;

    public Candidates(RandomGenerator random) {
        this.random = random;
    }

    /**
     * The servers to try for a client at {@code clientHi/Lo} that asked for {@code originalHi/Lo}, best first, at most
     * {@link Connect#attempts} of them.
     */
    public List<Server> order(
            Service service,
            long clientHi,
            long clientLo,
            long originalHi,
            long originalLo,
            int originalPort,
            long now) {
        return order(
                service,
                service.servers(),
                clientHi,
                clientLo,
                originalHi,
                originalLo,
                originalPort,
                now);
    }

    /** The same among the servers that hold what is asked for (P30). */
    public List<Server> order(
            Service service,
            List<Server> among,
            long clientHi,
            long clientLo,
            long originalHi,
            long originalLo,
            int originalPort,
            long now) {
        Strategy strategy = service.config().connect().strategy();
        boolean ipv4 = IpAddress.isMapped(originalHi, originalLo);
        List<Server> list = new ArrayList<>(among.size() + 1);
        for (Server server : among) {
            if (server.endpoint().address().isIpv4() == ipv4 && !server.drained()) {
                list.add(server);
            }
        }
        list.sort(Comparator.comparingInt(server -> rank(server, now)));
        switch (strategy) {
            case ORIGINAL_FIRST -> {
                Server original = service.original(originalHi, originalLo, originalPort);
                list.remove(original);
                if (!original.drained()) {
                    list.add(0, original);
                }
            }
            case ROUND_ROBIN -> {
                List<Server> foremost = foremost(list, now);
                if (!foremost.isEmpty()) {
                    Collections.rotate(foremost, -(service.nextTurn() % foremost.size()));
                }
            }
            case LEAST_SESSIONS -> list.sort(Comparator.comparingInt(Server::sessions));
            case FASTEST -> list.sort(Comparator.comparingLong(Server::roundTripNanos));
            case WEIGHTED -> draw(foremost(list, now));
            case HASH ->
                    list.sort(
                            Comparator.comparingLong(
                                    (Server s) -> affinity(s, clientHi, clientLo)));
            case STAGGERED, RACE, IN_ORDER -> {
                // As listed.
            }
        }
        list.sort(Comparator.comparingInt(server -> rank(server, now)));
        int attempts = service.config().connect().attempts();
        return list.size() > attempts ? List.copyOf(list.subList(0, attempts)) : list;
    }

    /**
     * Healthy before backup before failed: a backup that works beats a server that does not. Among equals, those of the
     * clients' site come first (P65).
     */
    private static int rank(Server server, long now) {
        return (server.standing(now) == Standing.DOWN ? 4 : 0)
                + (server.backup() ? 2 : 0)
                + (server.elsewhere() ? 1 : 0);
    }

    /** The head of a list that is sorted by rank: those of the first one's rank. */
    private static List<Server> foremost(List<Server> list, long now) {
        int count = 0;
        while (count < list.size() && rank(list.get(count), now) == rank(list.get(0), now)) {
            count++;
        }
        return list.subList(0, count);
    }

    /** Puts one server, drawn by weight, in front. */
    private void draw(List<Server> list) {
        int sum = 0;
        for (Server server : list) {
            sum += server.weight();
        }
        if (sum == 0) {
            return;
        }
        int drawn = random.nextInt(sum);
        for (int i = 0; i < list.size(); i++) {
            drawn -= list.get(i).weight();
            if (drawn < 0) {
                list.add(0, list.remove(i));
                return;
            }
        }
    }

    /**
     * Rendezvous hashing: each client ranks the servers by a hash of the pair, so that a server's coming or going moves
     * only its own share of the clients.
     */
    private static long affinity(Server server, long clientHi, long clientLo) {
        long h = clientHi * 0x9E3779B97F4A7C15L + clientLo;
        h ^=
                server.endpoint().address().lo() * 0xC2B2AE3D27D4EB4FL
                        + server.endpoint().address().hi();
        h += server.endpoint().port();
        h = (h ^ h >>> 33) * 0xFF51AFD7ED558CCDL;
        h = (h ^ h >>> 33) * 0xC4CEB9FE1A85EC53L;
        return h ^ h >>> 33;
    }
}

package dev.understudy.tui.ladder;

import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.TracedPacket;
import dev.understudy.stack.wire.Endpoint;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * The story of one session in rows: its packets and the decisions about it, in the order of time. What a packet caused stands
 * below it, and what a decision caused stands below that: a decision comes after the packets that arrived at its moment and
 * before those that were made at it.
 *
 * @param lanes client, Understudy, and every server that the session has met, in the order of their letters
 */
public record Ladder(List<Lane> lanes, List<Row> rows) {
    public static final int CLIENT = 0;
    public static final int UNDERSTUDY = 1;
    private static final int SERVERS = 2;

    public Ladder {
        lanes = List.copyOf(lanes);
        rows = List.copyOf(rows);
    }

    /**
     * Makes the ladder of one session.
     *
     * @param events all of this session, in their order
     * @param packets likewise
     * @param letters the letter of a server; empty if it has none
     */
    public static Ladder of(
            List<Event> events, List<TracedPacket> packets, Function<Endpoint, String> letters) {
        Optional<Endpoint> original =
                events.stream()
                        .filter(e -> e.kind() == Event.Kind.OPENED)
                        .map(Event::server)
                        .findFirst();
        Set<Endpoint> met =
                new TreeSet<>(Comparator.comparing(name(letters, original)).thenComparing(e -> e));
        for (Event event : events) {
            boolean touched = event.kind() != Event.Kind.OPENED && event.server() != null;
            if (touched) {
                met.add(event.server());
            }
        }
        for (TracedPacket packet : packets) {
            if (packet.server() != null) {
                met.add(packet.server());
            }
        }
        Optional<Endpoint> client =
                events.stream().map(Event::client).filter(c -> c != null).findFirst();
        List<Lane> lanes = new ArrayList<>();
        lanes.add(new Lane("client", client, false));
        lanes.add(new Lane("Understudy", Optional.empty(), false));
        Function<Endpoint, String> names = name(letters, original);
        for (Endpoint server : met) {
            boolean asked = original.filter(server::equals).isPresent();
            lanes.add(new Lane(names.apply(server), Optional.of(server), asked));
        }
        List<Row> decisions = new Narrator(names).tell(events);
        return new Ladder(lanes, merge(packets, decisions));
    }

    private static Function<Endpoint, String> name(
            Function<Endpoint, String> letters, Optional<Endpoint> original) {
        return server -> {
            String letter = letters.apply(server);
            if (!letter.isEmpty()) {
                return letter;
            }
            return original.filter(server::equals).isPresent() ? "O" : server.toString();
        };
    }

    private static List<Row> merge(List<TracedPacket> packets, List<Row> decisions) {
        List<Row> rows = new ArrayList<>(packets.size() + decisions.size());
        int next = 0;
        long number = 0;
        for (TracedPacket packet : packets) {
            boolean made = packet.way() == TracedPacket.Way.MADE;
            while (next < decisions.size()
                    && (decisions.get(next).nanos() < packet.nanos()
                            || made && decisions.get(next).nanos() == packet.nanos())) {
                rows.add(decisions.get(next++));
            }
            if (packet.number() > number + 1 && (number > 0 || packet.number() > 1)) {
                rows.add(new Row.Gap(packet.nanos(), packet.number() - number - 1));
            }
            number = packet.number();
            rows.add(new Row.Arrow(packet));
        }
        rows.addAll(decisions.subList(next, decisions.size()));
        return rows;
    }

    /** The lane of a server, or that of ourselves if it has none. */
    public int lane(Endpoint server) {
        for (int i = SERVERS; i < lanes.size(); i++) {
            if (lanes.get(i).endpoint().filter(endpoint -> endpoint.equals(server)).isPresent()) {
                return i;
            }
        }
        return UNDERSTUDY;
    }
}

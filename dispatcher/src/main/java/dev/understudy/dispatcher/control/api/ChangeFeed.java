package dev.understudy.dispatcher.control.api;

import dev.understudy.dispatcher.control.Snapshot;
import dev.understudy.dispatcher.control.Snapshot.SessionView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What has changed since a reader last looked, so that a monitor at the other end of the socket is told of a busy dispatcher's
 * changes only. Every change of a session gets the next version; a reader names the version that it knows. Limited: ends of
 * sessions are remembered for a while, and a reader that comes later begins anew. One thread.
 */
final class ChangeFeed {
    /** Most sessions in one answer: the rest comes with the next. */
    static final int MOST_ROWS = 5_000;

    private static final int MOST_GONE = 1 << 16;

    private record Row(SessionView view, long version, int round) {}

    /**
     * @param version what to ask with next
     * @param whole whether the reader must forget what it knew: its version is too old
     * @param more whether there is more to be told at once
     */
    record Changes(
            long version,
            boolean whole,
            boolean more,
            List<SessionView> sessions,
            List<Long> gone) {}

    private final Map<Long, Row> rows = new HashMap<>();
    private final TreeMap<Long, Long> changed = new TreeMap<>();
    private final TreeMap<Long, Long> gone = new TreeMap<>();
    private List<SessionView> seen = List.of();
    private long version = 1;
    private long forgotten;
    private int round;

    /** Takes note of how things are. */
    void take(Snapshot snapshot) {
        if (snapshot.sessions() == seen) {
            return;
        }
        seen = snapshot.sessions();
        round++;
        for (SessionView view : seen) {
            Row row = rows.get(view.id());
            if (row == null || changed(row.view, view)) {
                if (row != null) {
                    changed.remove(row.version);
                }
                version++;
                changed.put(version, view.id());
                rows.put(view.id(), new Row(view, version, round));
            } else {
                rows.put(view.id(), new Row(view, row.version, round));
            }
        }
        for (Iterator<Map.Entry<Long, Row>> all = rows.entrySet().iterator(); all.hasNext(); ) {
            Map.Entry<Long, Row> entry = all.next();
            if (entry.getValue().round != round) {
                all.remove();
                changed.remove(entry.getValue().version);
                version++;
                gone.put(version, entry.getKey());
                if (gone.size() > MOST_GONE) {
                    forgotten = gone.pollFirstEntry().getKey();
                }
            }
        }
    }

    /** Apart from when it was read. */
    private static boolean changed(SessionView a, SessionView b) {
        return !(a.packets() == b.packets()
                && a.lastPacketAt() == b.lastPacketAt()
                && a.bytesUp() == b.bytesUp()
                && a.bytesDown() == b.bytesDown()
                && a.delta() == b.delta()
                && a.storedPackets() == b.storedPackets()
                && a.hidden() == b.hidden()
                && a.moves() == b.moves()
                && a.watched() == b.watched()
                && a.phase().equals(b.phase())
                && a.clientState().equals(b.clientState())
                && a.serverState().equals(b.serverState())
                && a.impairment().equals(b.impairment())
                && java.util.Objects.equals(a.server(), b.server()));
    }

    /** What a reader that knows version {@code since} is to be told; 0 knows nothing. */
    Changes since(long since) {
        boolean whole = since < forgotten || since == 0 || since > version;
        long from = whole ? 0 : since;
        List<SessionView> sessions = new ArrayList<>();
        long to = version;
        boolean more = false;
        for (Map.Entry<Long, Long> entry : changed.tailMap(from, false).entrySet()) {
            if (sessions.size() == MOST_ROWS) {
                more = true;
                break;
            }
            sessions.add(rows.get(entry.getValue()).view);
            to = entry.getKey();
        }
        if (!more) {
            to = version;
        }
        List<Long> ended = new ArrayList<>(gone.subMap(from, false, to, true).values());
        return new Changes(to, whole, more, sessions, whole ? List.of() : ended);
    }
}

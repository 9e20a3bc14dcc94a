package dev.understudy.tui.view;

import dev.understudy.dispatcher.control.Snapshot.SessionView;
import dev.understudy.tui.model.RateMeter;
import dev.understudy.tui.widget.Bars;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The throughput of those sessions that are on the screen, and of some that were. */
final class FlowMeters {
    static final int BARS = 8;

    private static final int MOST = 512;
    private static final long STEP = 500_000_000L;

    private final Map<Long, RateMeter> meters = new LinkedHashMap<>();

    /** Takes what the sessions on the screen have carried so far. */
    void measure(List<SessionView> rows) {
        for (SessionView row : rows) {
            meters.computeIfAbsent(row.id(), id -> new RateMeter(BARS, STEP))
                    .add(row.seenAt(), row.bytesUp() + row.bytesDown());
        }
        while (meters.size() > MOST) {
            meters.remove(meters.keySet().iterator().next());
        }
    }

    String line(SessionView session) {
        RateMeter meter = meters.get(session.id());
        return Bars.sparkline(meter == null ? new long[0] : meter.history(), BARS);
    }

    long rate(SessionView session) {
        RateMeter meter = meters.get(session.id());
        return meter == null ? 0 : Math.round(meter.perSecond());
    }
}

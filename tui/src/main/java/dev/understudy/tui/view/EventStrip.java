package dev.understudy.tui.view;

import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.EventText;
import dev.understudy.tui.model.Feed;
import dev.understudy.tui.widget.Canvas;
import dev.understudy.tui.widget.Style;
import dev.understudy.tui.widget.Text;
import java.util.List;

/** The last events below a table: more of them where there is more room. */
final class EventStrip {
    private EventStrip() {}

    /** The last events; returns the row above them. */
    static int paint(Canvas area, Feed feed, boolean allEvents) {
        int rows = area.rows();
        int lines = rows >= 36 ? 8 : rows >= 20 ? 5 : rows >= 13 ? 3 : 1;
        List<Event> latest = feed.events().latest(lines, allEvents);
        int y = rows - lines;
        if (lines > 1) {
            y--;
            area.fill(y, '─', Style.FAINT);
            area.put(2, y, allEvents ? " All events " : " What happened ", Style.PLAIN);
            if (latest.isEmpty()) {
                area.put(0, y + 1, "Nothing yet that had to be hidden from a client.", Style.PLAIN);
            }
        }
        int first = lines > 1 ? y + 1 : y;
        for (int i = 0; i < latest.size(); i++) {
            Event event = latest.get(i);
            int x = area.put(0, first + i, feed.clock(event.nanos()), Style.FAINT);
            String text = Text.clip(EventText.line(event), area.columns() - x - 1);
            area.put(x + 1, first + i, text, EventStyle.of(event));
        }
        return y;
    }
}

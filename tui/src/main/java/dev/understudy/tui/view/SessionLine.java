package dev.understudy.tui.view;

import dev.understudy.dispatcher.control.Figures;
import dev.understudy.dispatcher.control.Snapshot.SessionView;
import dev.understudy.tui.model.Feed;
import java.util.Locale;

/** One session in a sentence, with what has no column. */
final class SessionLine {
    private SessionLine() {}

    static String of(SessionView s, Feed feed) {
        String server =
                s.server() == null
                        ? "nobody yet"
                        : Names.full(feed.snapshot(), s.service(), s.server());
        String line =
                String.format(
                        Locale.ROOT,
                        "#%d %s: %s asked for %s, played by %s; %d packets, last %s ago",
                        s.id(),
                        s.phase(),
                        s.client(),
                        s.original() == null ? "?" : s.original(),
                        server,
                        s.packets(),
                        Figures.age(SessionColumns.idle(s, feed.now())));
        if (s.storedPackets() > 0) {
            line += "; store " + s.storedPackets() + " (" + Figures.bytes(s.storedBytes()) + ")";
        }
        return s.impairment().isEmpty() ? line : line + "; impaired: " + s.impairment();
    }
}

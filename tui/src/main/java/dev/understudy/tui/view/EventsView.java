package dev.understudy.tui.view;

import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.EventText;
import dev.understudy.tui.filter.Field;
import dev.understudy.tui.filter.Field.Address;
import dev.understudy.tui.filter.Field.Choice;
import dev.understudy.tui.filter.Field.Numeric;
import dev.understudy.tui.filter.Filter;
import dev.understudy.tui.filter.Schema;
import dev.understudy.tui.filter.Unit;
import dev.understudy.tui.model.EventHistory;
import dev.understudy.tui.widget.Canvas;
import dev.understudy.tui.widget.Cursor;
import dev.understudy.tui.widget.Key;
import dev.understudy.tui.widget.Style;
import dev.understudy.tui.widget.Text;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What the dispatcher decided, sentence by sentence; from each to the ladder of its session. */
final class EventsView implements View {
    private static final Schema<Event> SCHEMA =
            new Schema<>(
                    "event",
                    List.of(
                            new Choice<>(
                                    "kind",
                                    "what happened",
                                    Arrays.stream(Event.Kind.values())
                                            .map(EventsView::label)
                                            .toList(),
                                    event -> label(event.kind())),
                            new Address<>(
                                    "server",
                                    "the server concerned",
                                    e -> Optional.ofNullable(e.server())),
                            new Address<>(
                                    "client",
                                    "the client's end",
                                    e -> Optional.ofNullable(e.client())),
                            new Numeric<>(
                                    "session", "the session's number", Unit.COUNT, Event::session),
                            new Numeric<>(
                                    "cost",
                                    "how long it took, where it says",
                                    Unit.TIME,
                                    EventsView::cost),
                            new Field.Text<>("text", "the whole sentence", EventText::line),
                            new Field.Flag<>(
                                    "notable",
                                    "whether it tells more than that all goes well",
                                    e -> EventHistory.isNotable(e.kind()))));

    private final Desk desk;
    private final Cursor cursor = new Cursor();
    private Filter<Event> filter = Filter.none();
    private boolean everything;
    private boolean following = true;
    private boolean stale = true;
    private List<Event> rows = List.of();
    private String sought = "";

    /** The event that was clicked last: once more opens its ladder. */
    private long clicked = -1;

    EventsView(Desk desk) {
        this.desk = desk;
    }

    private static String label(Event.Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static long cost(Event event) {
        return switch (event.kind()) {
            case WON, HIDDEN, RELOCATED -> event.number();
            default -> Field.UNKNOWN;
        };
    }

    @Override
    public String name() {
        return "Events";
    }

    @Override
    public void refreshed() {
        stale = true;
    }

    private void build() {
        if (stale) {
            stale = false;
            rows =
                    desk.feed().events().events(everything).stream()
                            .filter(filter.condition())
                            .toList();
            if (following) {
                cursor.fit(rows.size(), cursor.page());
                cursor.toEnd();
            }
        }
    }

    @Override
    public List<Key> keys() {
        List<Key> keys = new ArrayList<>();
        keys.add(
                Key.of(
                        "Enter l",
                        "ladder",
                        "the ladder of the selected event's session",
                        this::ladder));
        keys.add(Key.of("f F4", "filter", "show only what a condition holds of", this::askFilter));
        keys.add(
                Key.of(
                        "/",
                        "search",
                        "select the next event with a text",
                        () -> desk.ask(new SearchPrompt(this::search))));
        keys.add(Key.of("n", "the next one that was searched for", () -> search(sought)));
        keys.add(
                Key.of(
                        "e",
                        everything ? "notable" : "all",
                        "all events, or only those that matter",
                        () -> {
                            everything = !everything;
                            stale = true;
                        }));
        keys.add(
                Key.of(
                        "F",
                        following ? "" : "follow",
                        "stay at the newest event",
                        () -> {
                            following = !following;
                            stale = true;
                        }));
        for (Key key : cursor.keys("event")) {
            keys.add(new Key(key.strokes(), key.shortly(), key.fully(), () -> move(key.action())));
        }
        keys.add(
                Key.of(
                        "Esc",
                        "no filter",
                        () -> {
                            filter = Filter.none();
                            stale = true;
                        }));
        return keys;
    }

    private void move(Runnable move) {
        move.run();
        following = cursor.atEnd();
    }

    private void ladder() {
        build();
        if (cursor.row() < rows.size()) {
            long session = rows.get(cursor.row()).session();
            if (session == 0) {
                desk.say("This event is about no session.", Style.PLAIN);
            } else {
                desk.open(new LadderView(desk, session, Optional.empty()));
            }
        }
    }

    private void askFilter() {
        desk.ask(
                new FilterPrompt<>(
                        SCHEMA,
                        filter,
                        next -> {
                            filter = next;
                            stale = true;
                        },
                        () -> {
                            build();
                            return rows.size();
                        }));
    }

    private void search(String text) {
        build();
        sought = text.toLowerCase(Locale.ROOT);
        for (int i = 1; i <= rows.size() && !sought.isEmpty(); i++) {
            int at = (cursor.row() + i) % rows.size();
            if (EventText.line(rows.get(at)).toLowerCase(Locale.ROOT).contains(sought)) {
                move(() -> cursor.select(at));
                return;
            }
        }
        desk.say("No event has '" + text + "' in it.", Style.BUSY);
    }

    @Override
    public void click(int row) {
        int at = cursor.top() + row - 1;
        if (at < 0 || at >= rows.size()) {
            return;
        }
        boolean again = rows.get(at).id() == clicked;
        clicked = rows.get(at).id();
        move(() -> cursor.select(at));
        if (again) {
            ladder();
        }
    }

    @Override
    public void scroll(int by) {
        move(() -> cursor.move(by));
    }

    @Override
    public void paint(Canvas area) {
        build();
        String what = everything ? "All events" : "Events that matter";
        String count = rows.size() + (filter.isNone() ? "" : " match " + filter.text());
        long missed = desk.feed().events().missed();
        String gap = missed > 0 ? "; " + missed + " came too fast to be read" : "";
        area.put(
                0,
                0,
                Text.clip(
                        what + ": " + count + gap + (following ? "  (following)" : ""),
                        area.columns()),
                Style.HEADING);
        int visible = area.rows() - 1;
        cursor.fit(rows.size(), visible);
        for (int i = 0; i < visible && cursor.top() + i < rows.size(); i++) {
            int at = cursor.top() + i;
            Event event = rows.get(at);
            boolean selected = at == cursor.row();
            Style style = selected ? Style.SELECTED : EventStyle.of(event);
            if (selected) {
                area.fill(i + 1, ' ', Style.SELECTED);
            }
            int x =
                    area.put(
                            0,
                            i + 1,
                            desk.feed().exactClock(event.nanos()),
                            selected ? style : Style.FAINT);
            if (area.columns() >= 100) {
                x =
                        area.put(
                                x + 1,
                                i + 1,
                                Text.cell(label(event.kind()), 13, true),
                                selected ? style : Style.KEY);
            }
            area.put(x + 1, i + 1, Text.clip(EventText.line(event), area.columns() - x - 1), style);
        }
        if (rows.isEmpty()) {
            area.put(
                    1,
                    1,
                    filter.isNone()
                            ? "Nothing yet that had to be hidden from a client (e: all events)."
                            : "No event matches the filter (Esc: no filter).",
                    Style.PLAIN);
        }
    }
}

package dev.understudy.tui.view;

import com.googlecode.lanterna.input.KeyStroke;
import com.googlecode.lanterna.input.KeyType;
import com.googlecode.lanterna.input.MouseAction;
import com.googlecode.lanterna.input.MouseActionType;
import dev.understudy.dispatcher.control.Control;
import dev.understudy.tui.model.Feed;
import dev.understudy.tui.widget.Canvas;
import dev.understudy.tui.widget.Key;
import dev.understudy.tui.widget.Strokes;
import dev.understudy.tui.widget.Style;
import dev.understudy.tui.widget.Text;
import java.time.ZoneId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The monitor without its terminal: views side by side, others laid on top of them, a line to type in, boxes, and the keys
 * of everywhere. From top to bottom of the screen: the header, the view, and one line that is what is being typed, else what
 * was said last, else the keys. Keys are typed in, pictures come out; both on one thread.
 */
public final class Desk {
    public static final int LEAST_COLUMNS = 40;
    public static final int LEAST_ROWS = 8;

    private static final int LOW = 16;
    private static final int WHEEL = 3;

    private final Feed feed;
    private final Acts acts;
    private final Header header;
    private final boolean readOnly;
    private final List<View> tabs = new ArrayList<>();
    private final Deque<View> laid = new ArrayDeque<>();
    private final Typing typing = new Typing();
    private final Optional<Runnable> suspend;
    private final Runnable redraw;
    private int tab;
    private Optional<Overlay> overlay = Optional.empty();
    private String note = "";
    private Style noteStyle = Style.PLAIN;
    private Supplier<Optional<String>> warning = Optional::empty;
    private Optional<String> warned = Optional.empty();
    private boolean leaving;
    private int viewTop;

    /**
     * A desk with nothing read yet.
     *
     * @param title what is being watched, next to the program's name; may be empty
     * @param readOnly whether nothing may be done from here, whatever the control surface can
     * @param suspend stops the program; empty if that cannot be done
     * @param redraw draws everything anew
     */
    public Desk(
            Control control,
            String title,
            boolean readOnly,
            ZoneId zone,
            Optional<Runnable> suspend,
            Runnable redraw) {
        this.feed = new Feed(control, zone);
        this.acts = new Acts(control);
        this.readOnly = readOnly || control.readOnly();
        this.header = new Header(feed, title);
        this.suspend = suspend;
        this.redraw = redraw;
        tabs.add(new SessionsView(this));
        tabs.add(new ServersView(this));
        tabs.add(new ServicesView(this));
        tabs.add(new EventsView(this));
        tabs.add(new CountersView(this));
    }

    Feed feed() {
        return feed;
    }

    /** Whether somebody wants to leave the monitor. */
    public boolean leaving() {
        return leaving;
    }

    /**
     * Reads what is new, and goes on with what takes long.
     *
     * @return whether anything may look different
     */
    public boolean refresh() {
        boolean changed = feed.update();
        if (changed) {
            view().refreshed();
        }
        return changed;
    }

    /** Whom to ask whether something is to be said whatever else there is. */
    public void warn(Supplier<Optional<String>> source) {
        warning = source;
    }

    /** Goes on with what takes longer than a key may, and hears what became of commands. */
    public boolean work() {
        boolean changed = view().work();
        Optional<String> now = warning.get();
        changed |= !now.equals(warned);
        warned = now;
        Optional<Acts.Said> said = acts.poll();
        said.ifPresent(s -> say(s.sentence(), s.style()));
        return changed || said.isPresent();
    }

    // --- what views ask for ---

    View view() {
        return laid.isEmpty() ? tabs.get(tab) : laid.peekLast();
    }

    /** Lays a view on top of this one. */
    void open(View view) {
        laid.addLast(view);
        view.refreshed();
    }

    /** Takes the view on top away. */
    void back() {
        if (!laid.isEmpty()) {
            laid.removeLast();
            view().refreshed();
        }
    }

    void show(Overlay box) {
        overlay = Optional.of(box);
    }

    void closeBox() {
        overlay = Optional.empty();
    }

    void ask(Prompt asked) {
        typing.begin(asked);
        note = "";
    }

    void say(String sentence, Style style) {
        note = sentence;
        noteStyle = style;
    }

    /** Asks, and does it. */
    void act(Act act) {
        if (readOnly) {
            say("Nothing can be done from here: this monitor only watches.", Style.BUSY);
        } else if (act.question().isEmpty()) {
            acts.perform(act);
        } else {
            show(
                    new ConfirmBox(
                            act.question(),
                            act.lines(),
                            () -> {
                                closeBox();
                                acts.perform(act);
                            },
                            this::closeBox));
        }
    }

    boolean readOnly() {
        return readOnly;
    }

    // --- keys ---

    /** Takes one key. */
    public void type(KeyStroke stroke) {
        if (stroke.getKeyType() == KeyType.EOF) {
            leaving = true;
            return;
        }
        String name = Strokes.name(stroke);
        if (name.equals("^C") || name.equals("^\\")) {
            leaving = true;
        } else if (name.equals("^Z")) {
            suspend.ifPresent(Runnable::run);
        } else if (name.equals("^L")) {
            redraw.run();
        } else if (stroke instanceof MouseAction mouse) {
            mouse(mouse);
        } else if (typing.isOn()) {
            typing.type(stroke, name);
        } else if (overlay.isPresent()) {
            Overlay box = overlay.get();
            if (!run(box.keys(), name) && box.fleeting()) {
                closeBox();
            }
        } else {
            note = "";
            if (!run(view().keys(), name)) {
                run(keys(), name);
            }
        }
    }

    private static boolean run(List<Key> keys, String name) {
        for (Key key : keys) {
            if (key.strokes().contains(name)) {
                key.action().run();
                return true;
            }
        }
        return false;
    }

    private void mouse(MouseAction mouse) {
        if (overlay.isPresent() || typing.isOn()) {
            return;
        }
        MouseActionType kind = mouse.getActionType();
        if (kind == MouseActionType.SCROLL_UP) {
            view().scroll(-WHEEL);
        } else if (kind == MouseActionType.SCROLL_DOWN) {
            view().scroll(WHEEL);
        } else if (kind == MouseActionType.CLICK_DOWN) {
            if (mouse.getPosition().getRow() == 0) {
                header.tabAt(mouse.getPosition().getColumn()).ifPresent(this::turnTo);
            } else {
                view().click(mouse.getPosition().getRow() - viewTop);
            }
        }
    }

    /** The keys of everywhere. */
    List<Key> keys() {
        List<Key> keys = new ArrayList<>();
        keys.add(Key.of("q", "quit", "leave the monitor (also ^C and ^\\)", () -> leaving = true));
        keys.add(Key.of("? F1 h", "help", "the keys of this view, and its words", this::help));
        for (int i = 0; i < tabs.size(); i++) {
            int index = i;
            String what = tabs.get(i).name().toLowerCase(Locale.ROOT);
            keys.add(Key.of(String.valueOf(i + 1), what, () -> turnTo(index)));
        }
        keys.add(Key.of("Tab", "the next view", () -> turnTo((tab + 1) % tabs.size())));
        keys.add(
                Key.of(
                        "BackTab",
                        "the view before",
                        () -> turnTo((tab + tabs.size() - 1) % tabs.size())));
        keys.add(
                Key.of(
                        "Esc Backspace",
                        laid.isEmpty() ? "" : "back",
                        "back to where this view was opened",
                        this::back));
        keys.add(
                Key.of(
                        "p Space",
                        feed.paused() ? "go on" : "pause",
                        "hold the picture; nothing but the picture stops",
                        feed::togglePause));
        keys.add(
                Key.of(
                        "u",
                        acts.undoable().isPresent() ? "undo" : "",
                        "take back what was done last, where that can be",
                        this::undo));
        keys.add(Key.of("^L", "draw the screen anew", redraw));
        keys.add(
                Key.of("^Z", "suspend; fg brings it back", () -> suspend.ifPresent(Runnable::run)));
        return keys;
    }

    private void turnTo(int index) {
        laid.clear();
        tab = index;
        view().refreshed();
    }

    private void undo() {
        if (!acts.undo()) {
            say("Nothing has been done here that could be taken back.", Style.PLAIN);
        }
    }

    private void help() {
        show(
                new HelpBox(
                        view().name(),
                        view().keys(),
                        keys(),
                        Words.OF_THE_MONITOR,
                        this::closeBox));
    }

    // --- the picture ---

    /** Draws everything. */
    public void paint(Canvas canvas) {
        canvas.clear();
        if (canvas.columns() < LEAST_COLUMNS || canvas.rows() < LEAST_ROWS) {
            tooSmall(canvas);
            return;
        }
        List<String> way = new ArrayList<>();
        way.add(tabs.get(tab).name());
        laid.forEach(view -> way.add(view.name()));
        viewTop =
                header.paint(
                        canvas,
                        tabs.stream().map(View::name).toList(),
                        tab,
                        way,
                        canvas.rows() < LOW);
        int bottom = canvas.rows() - (typing.isOn() ? 2 : 1);
        view().paint(canvas.rows(viewTop, bottom));
        overlay.ifPresent(box -> box.paint(canvas.rows(0, bottom)));
        bottom(canvas);
    }

    private void bottom(Canvas canvas) {
        int y = canvas.rows() - 1;
        if (typing.isOn()) {
            typing.paint(canvas, y - 1);
        } else if (warned.isPresent() && note.isEmpty()) {
            canvas.put(0, y, Text.clip(warned.get() + " (q quits)", canvas.columns()), Style.BAD);
        } else if (!note.isEmpty() && overlay.isEmpty()) {
            canvas.put(0, y, Text.clip(note, canvas.columns()), noteStyle);
        } else {
            footer(canvas, y);
        }
    }

    private void footer(Canvas canvas, int y) {
        Map<String, String> shown = new LinkedHashMap<>();
        List<Key> known = new ArrayList<>(overlay.map(Overlay::keys).orElse(view().keys()));
        if (overlay.isEmpty()) {
            List<Key> everywhere = keys();
            known.addAll(0, everywhere.subList(0, 2));
            known.addAll(everywhere.subList(2, everywhere.size()));
        }
        for (Key key : known) {
            if (!key.shortly().isEmpty()) {
                shown.putIfAbsent(key.strokes().get(0), key.shortly());
            }
        }
        int x = 0;
        for (Map.Entry<String, String> key : shown.entrySet()) {
            int width = key.getKey().length() + 1 + key.getValue().length();
            if (x + width > canvas.columns()) {
                break;
            }
            x = canvas.put(x, y, key.getKey(), Style.KEY);
            x = canvas.put(x, y, " " + key.getValue() + "  ", Style.PLAIN);
        }
    }

    private static void tooSmall(Canvas canvas) {
        String sentence =
                String.format(
                        Locale.ROOT,
                        "The monitor needs %d x %d cells; here are %d x %d. q quits.",
                        LEAST_COLUMNS,
                        LEAST_ROWS,
                        canvas.columns(),
                        canvas.rows());
        int y = 0;
        for (String line : Text.wrap(sentence, canvas.columns())) {
            canvas.put(0, y++, line, Style.PLAIN);
        }
    }
}

package dev.understudy.tui;

import java.util.List;

/** The keys of the monitor, and its words: the page behind {@code ?}, and the last line of the screen. */
final class HelpPage {
    /**
     * A key.
     *
     * @param shortly what it does, in one word for the last line
     * @param fully what it does, for the page
     */
    record Key(String keys, String shortly, String fully) {
        String text() {
            return keys + " " + shortly;
        }
    }

    static final List<Key> FOOTER =
            List.of(
                    new Key("q", "quit", "leave (also ^C)"),
                    new Key("?", "help", "this page"),
                    new Key("s", "sort", "sort by the next column"),
                    new Key("S", "reverse", "sort the other way round"),
                    new Key(
                            "/",
                            "search",
                            "select the next session with a text in its row; n: again"),
                    new Key("p", "pause", "hold the picture; nothing but the picture stops"),
                    new Key("e", "events", "all events, or only those that matter"),
                    new Key("c", "counters", "every counter, limit and drop"));

    private static final List<Key> MORE =
            List.of(
                    new Key("arrows", "", "select a session; also PgUp, PgDn, Home, End, j, k"),
                    new Key("Esc", "", "select none: the table stays at its top"),
                    new Key("^Z ^L", "", "suspend; draw anew"));

    private static final List<String> WORDS =
            List.of(
                    "original   the server address and port that the client asked for",
                    "server     the machine that plays the original's part",
                    "CLI-LEG    TCP state of the client leg: client to Understudy",
                    "SRV-LEG    TCP state of the server leg: Understudy to server",
                    "DELTA      server's sequence number minus the one the client sees",
                    "UP, DOWN   bytes from the client, bytes to the client (K = 1024)",
                    "HID        failures hidden from this session's client");

    private HelpPage() {}

    static void paint(Canvas canvas) {
        int y = 0;
        canvas.put(0, y++, "Understudy: keys (any key: back)", Style.TITLE);
        for (List<Key> keys : List.of(FOOTER, MORE)) {
            for (Key key : keys) {
                canvas.put(1, y, key.keys(), Style.KEY);
                canvas.put(9, y++, key.fully(), Style.PLAIN);
            }
        }
        y++;
        for (String word : WORDS) {
            canvas.put(1, y++, word, Style.PLAIN);
        }
    }
}

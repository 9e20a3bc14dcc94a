package dev.understudy.tui.view;

import dev.understudy.tui.widget.Canvas;
import dev.understudy.tui.widget.Key;
import java.util.List;

/** A box over a view. It has the keys to itself; any key that it does not know closes it if {@link #fleeting}. */
interface Overlay {
    void paint(Canvas screen);

    List<Key> keys();

    /** Whether a key without a meaning here closes it. */
    default boolean fleeting() {
        return false;
    }
}

package dev.understudy.tui.view;

import dev.understudy.tui.widget.Canvas;
import dev.understudy.tui.widget.Key;
import java.util.List;

/** One page of the monitor. A view draws what it was told last, and says which keys it knows. */
public interface View {
    /** Its name, in a tab or in the way that led to it. */
    String name();

    /** What may be typed here, besides the keys of the desk. */
    List<Key> keys();

    /** Draws itself. The area may have any size, also none. */
    void paint(Canvas area);

    /** The feed has news. */
    default void refreshed() {}

    /**
     * Goes on with what takes longer than a key may: a few milliseconds at a time.
     *
     * @return whether the picture has changed
     */
    default boolean work() {
        return false;
    }

    /** The mouse was pressed on a row of the area that was last painted. */
    default void click(int row) {}

    /** The mouse's wheel was turned; negative is up. */
    default void scroll(int by) {}
}

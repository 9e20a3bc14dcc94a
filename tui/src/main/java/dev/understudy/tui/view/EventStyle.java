package dev.understudy.tui.view;

import dev.understudy.dispatcher.control.Event;
import dev.understudy.tui.widget.Style;

/** What an event means for people, as a colour. */
final class EventStyle {
    private EventStyle() {}

    static Style of(Event event) {
        return switch (event.kind()) {
            case HIDDEN, RELOCATED, RESUMED, SERVER_UP -> Style.GOOD;
            case EXHAUSTED, NOT_RELOCATED, RELOAD_REFUSED, SERVER_DOWN -> Style.BAD;
            case RELOCATING, RESTORED, LIMIT, FAILED -> Style.BUSY;
            default -> Style.PLAIN;
        };
    }
}

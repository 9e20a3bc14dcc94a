package dev.understudy.tui;

import dev.understudy.tui.widget.Palette;
import java.time.ZoneId;

/**
 * How a monitor looks, and what it may do.
 *
 * @param title what is being watched, next to the program's name; may be empty
 * @param palette the terminal's colours; without any everything can still be read
 * @param unicode whether the terminal shows more than ASCII
 * @param mouse whether the mouse selects and scrolls; a terminal's own selection of text then needs the shift key
 * @param readOnly whether nothing may be done from here
 * @param zone for the time of day next to events
 */
public record MonitorOptions(
        String title,
        Palette palette,
        boolean unicode,
        boolean mouse,
        boolean readOnly,
        ZoneId zone) {

    /** What the environment asks for: TERM, NO_COLOR (no-color.org), and the locale's character set. */
    public static MonitorOptions fromEnvironment(String title) {
        return new MonitorOptions(
                title,
                Palette.of(System.getenv("TERM"), System.getenv("NO_COLOR")),
                TtyTerminal.localeIsUtf8(),
                false,
                false,
                ZoneId.systemDefault());
    }

    /** The same for a terminal that shows ASCII only, whatever its locale says. */
    public MonitorOptions ascii() {
        return new MonitorOptions(title, palette, false, mouse, readOnly, zone);
    }

    /** The same with the mouse. */
    public MonitorOptions withMouse() {
        return new MonitorOptions(title, palette, unicode, true, readOnly, zone);
    }

    /** The same for somebody who only watches. */
    public MonitorOptions watchingOnly() {
        return new MonitorOptions(title, palette, unicode, mouse, true, zone);
    }
}

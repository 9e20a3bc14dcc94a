package dev.understudy.tui;

import java.time.Clock;
import java.time.ZoneId;

/**
 * How a monitor looks.
 *
 * @param title what is being watched, next to the program's name; may be empty
 * @param colour whether colours are used; without them everything can still be read
 * @param unicode whether the terminal shows more than ASCII
 * @param clock for the time of day next to events
 */
public record MonitorOptions(String title, boolean colour, boolean unicode, Clock clock) {

    /** What the environment asks for: NO_COLOR (no-color.org), and the locale's character set. */
    public static MonitorOptions fromEnvironment(String title) {
        String noColour = System.getenv("NO_COLOR");
        return new MonitorOptions(
                title,
                noColour == null || noColour.isEmpty(),
                TtyTerminal.localeIsUtf8(),
                Clock.system(ZoneId.systemDefault()));
    }
}

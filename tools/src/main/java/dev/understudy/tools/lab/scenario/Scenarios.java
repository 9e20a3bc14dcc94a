package dev.understudy.tools.lab.scenario;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** All scenes that can be played, in the order of the list. */
public final class Scenarios {
    private static final List<Scenario> ALL =
            List.of(
                    new Fig5(),
                    new Fig6(),
                    new Fig7(),
                    new Fig8(),
                    new Resume(),
                    new Drain(),
                    new Ftp(),
                    new Dns(),
                    new Sni(),
                    new Gateway());

    private Scenarios() {}

    public static List<Scenario> all() {
        return ALL;
    }

    public static Optional<Scenario> find(String name) {
        return ALL.stream()
                .filter(scenario -> scenario.name().equals(name.toLowerCase(Locale.ROOT)))
                .findFirst();
    }

    /** What {@code lab list} says. */
    public static String list() {
        StringBuilder text = new StringBuilder();
        for (Scenario scenario : ALL) {
            text.append(
                    String.format(
                            Locale.ROOT,
                            "%-8s  %-24s  %s%n",
                            scenario.name(),
                            scenario.about(),
                            scenario.shows()));
        }
        return text.toString();
    }
}

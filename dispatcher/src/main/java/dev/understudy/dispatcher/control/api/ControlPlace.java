package dev.understudy.dispatcher.control.api;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Where a control socket is when nobody says where: the same places for those who make it and those who look for it. */
public final class ControlPlace {
    private static final String NAME = "understudy.sock";

    private ControlPlace() {}

    /** The usual places, best first: {@code /run}, the user's runtime directory (XDG), {@code /tmp} with the user's name. */
    public static List<Path> usual(Map<String, String> environment, String user) {
        List<Path> places = new ArrayList<>();
        places.add(Path.of("/run", NAME));
        String runtime = environment.getOrDefault("XDG_RUNTIME_DIR", "");
        if (runtime.startsWith("/")) {
            places.add(Path.of(runtime, NAME));
        }
        places.add(
                Path.of("/tmp", "understudy-" + user.replaceAll("[^A-Za-z0-9_.-]", "_") + ".sock"));
        return places;
    }

    /** The first one that can be made by this process. */
    public static Optional<Path> toMake() {
        return ofThisUser().stream()
                .filter(place -> Files.isWritable(place.getParent()))
                .findFirst();
    }

    /** The first one that answers. */
    public static Optional<Path> thatAnswers() {
        return ofThisUser().stream()
                .filter(place -> Files.exists(place) && SocketFile.answers(place))
                .findFirst();
    }

    public static List<Path> ofThisUser() {
        return usual(System.getenv(), System.getProperty("user.name", "nobody"));
    }
}

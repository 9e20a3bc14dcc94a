package dev.understudy.tools.lab.scenario;

import dev.understudy.dispatcher.config.ServiceConfig;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** One way of dispatching, shown on the lab's network; most replay a figure of the patent. One small file each. */
public interface Scenario {
    /** What a newcomer types. */
    String name();

    /** The figure of the patent, or what else it is about, for a list. */
    String about();

    /** What it shows, in one sentence. */
    String shows();

    /** What the dispatcher in the middle is told. */
    List<ServiceConfig> services();

    /** What this machine lacks for it, and what mends that, in a sentence; it is not played then. */
    default Optional<String> missing() {
        return Optional.empty();
    }

    /** Plays, and checks its claims at the scene. */
    void play(Scene scene) throws IOException, InterruptedException;
}

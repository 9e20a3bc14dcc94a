package dev.understudy.tools.lab.scenario;

import dev.understudy.dispatcher.config.ServiceConfig;
import java.io.IOException;
import java.util.List;

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

    /** What has to be installed for it; it is not played without. */
    default List<String> programs() {
        return List.of();
    }

    /** Plays, and checks its claims at the scene. */
    void play(Scene scene) throws IOException, InterruptedException;
}

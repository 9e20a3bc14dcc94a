package dev.understudy.tools.lab.scenario;

import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.EventText;
import dev.understudy.stack.wire.Endpoint;
import java.io.IOException;
import java.util.List;

/** Beyond the patent: the server dies in the middle of its answer, twice, and the client does not notice. */
final class Resume implements Scenario {
    private static final int SIZE = 24 << 20;
    private static final int TAGGED = Stages.PORT;
    private static final int UNTAGGED = Stages.PORT + 1;

    @Override
    public String name() {
        return "resume";
    }

    @Override
    public String about() {
        return "beyond the patent, B03";
    }

    @Override
    public String shows() {
        return "The server of a download dies in its middle, and the next one too; every byte"
                + " arrives, once.";
    }

    @Override
    public List<ServiceConfig> services() {
        // One service for each showing: none of them remembers how servers died in the other.
        return List.of(service(TAGGED), service(UNTAGGED));
    }

    private static ServiceConfig service(int port) {
        return Stages.service(
                new Endpoint(Stages.ORIGINAL.address(), port),
                ServiceConfig.Protocol.TCP,
                Strategy.IN_ORDER,
                Stages.RESUME,
                Stages.A,
                Stages.B,
                Stages.C);
    }

    @Override
    public void play(Scene scene) throws IOException {
        Film film = new Film(SIZE, 0);
        for (boolean tagged : List.of(true, false)) {
            String how = tagged ? "with an ETag" : "without one";
            scene.tell(
                    "A dies by a reset after a quarter, B by a close after half; C is well; "
                            + how
                            + ":");
            try (Actor a = scene.actor("A", film.dying(SIZE / 4, tagged, false));
                    Actor b = scene.actor("B", film.dying(SIZE / 2, tagged, true));
                    Actor c = scene.actor("C", film.dying(SIZE, tagged, false));
                    Browser browser = scene.browser(tagged ? TAGGED : UNTAGGED)) {
                long begin = System.nanoTime();
                Browser.Page page = browser.get("/film");
                long millis = (System.nanoTime() - begin) / 1_000_000;
                scene.claim(
                        "the whole arrives on one connection, " + how,
                        page.status() == 200 && page.bytes() == SIZE,
                        (page.bytes() >> 20) + " MiB in " + millis + " ms");
                scene.claim(
                        "its SHA-256 is that of a healthy server's, " + how,
                        page.sha256().equals(film.sha256()),
                        page.sha256().substring(0, 16) + "...");
                scene.claim(
                        "all three played, " + how,
                        a.asked().size() == 1 && b.asked().size() == 1 && c.asked().size() == 1,
                        "A, then B, then C");
            }
        }
        tellProofs(scene);
    }

    /** Says how it was proved that the next server's bytes are the same. */
    private static void tellProofs(Scene scene) {
        for (Event event : scene.events(Event.Kind.RESUMED)) {
            scene.tell(EventText.line(event));
        }
    }
}

package dev.understudy.tools.lab.scenario;

import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.Command;
import dev.understudy.dispatcher.control.Outcome;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Beyond the patent: a server is taken out of service, its kept-alive sessions move, and nobody is disconnected. */
final class Drain implements Scenario {
    private static final int CLIENTS = 8;

    @Override
    public String name() {
        return "drain";
    }

    @Override
    public String about() {
        return "beyond the patent, B04";
    }

    @Override
    public String shows() {
        return "A server is drained: its idle kept-alive connections go on with another server.";
    }

    @Override
    public List<ServiceConfig> services() {
        return List.of(Stages.service(Strategy.IN_ORDER, Stages.RECOVER, Stages.A, Stages.B));
    }

    @Override
    public void play(Scene scene) throws IOException {
        Actor a = scene.actor("A", (self, request, to) -> Actor.say(to, "200 OK", "This is A."));
        scene.actor("B", (self, request, to) -> Actor.say(to, "200 OK", "This is B."));
        List<Browser> browsers = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            Browser browser = scene.browser();
            browser.get("/before");
            browsers.add(browser);
        }
        scene.claim(
                "all sessions are A's before",
                a.connections() == CLIENTS,
                a.connections() + " of them");

        Outcome outcome = scene.perform(new Command.Drain("scene", Stages.A));
        scene.tell("Draining A: " + outcome.sentence());
        scene.claim(
                "A has no connection left, and closed none itself",
                scene.await(() -> a.connections() == 0),
                a.connections() + " left");
        int served = 0;
        int asked = a.asked().size();
        for (Browser browser : browsers) {
            served += browser.get("/after").text().equals("This is B.") ? 1 : 0;
        }
        scene.claim(
                "every client goes on, on the connection it had, with B",
                served == CLIENTS,
                served + " of " + CLIENTS);
        scene.claim("A was asked nothing more", a.asked().size() == asked, asked + " before");
        scene.ladder(browsers.get(0).socket());
    }
}

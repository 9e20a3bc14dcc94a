package dev.understudy.tools.lab.scenario;

import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.control.TracedPacket;
import dev.understudy.stack.wire.Tcp;
import java.io.IOException;
import java.util.List;

/** FIG. 5: an error on the first packet; the original refuses, and another server takes the part. */
final class Fig5 implements Scenario {
    private static final long MOST_NANOS = 250_000_000L;

    @Override
    public String name() {
        return "fig5";
    }

    @Override
    public String about() {
        return "FIG. 5, initial error";
    }

    @Override
    public String shows() {
        return "The original refuses the connection; the client connects all the same, to another"
                + " server.";
    }

    @Override
    public List<ServiceConfig> services() {
        return List.of(
                Stages.service(Strategy.ORIGINAL_FIRST, ServiceConfig.Recover.DEFAULT, Stages.B));
    }

    @Override
    public void play(Scene scene) throws IOException {
        scene.tell("Nobody listens at A, which is the original. B stands by.");
        Actor b = scene.actor("B", (self, request, to) -> Actor.say(to, "200 OK", "This is B."));

        Browser browser = scene.browser();
        Browser.Page page = browser.get("/");
        scene.ladder(browser.socket());

        List<TracedPacket> packets = scene.packets(browser.socket());
        scene.claim(
                "connect succeeds though the original refused",
                browser.connectNanos() < MOST_NANOS,
                "in " + browser.connectNanos() / 1000 + " µs");
        scene.claim(
                "the original was asked first, and refused",
                packets.stream().anyMatch(p -> Stages.A.equals(p.server()) && has(p, Tcp.RST)),
                scene.events(Kind.HIDDEN).size() + " failure hidden");
        scene.claim(
                "the RST never reached the client",
                packets.stream().noneMatch(p -> p.touchesClient() && has(p, Tcp.RST)),
                "none did");
        scene.claim("the answer is B's", page.text().equals("This is B."), page.text());
        scene.claim(
                "the client's kernel says that it talks to the original",
                browser.socket().getRemoteSocketAddress().equals(Scene.original()),
                browser.socket().getRemoteSocketAddress());
        scene.claim("B was asked once", b.asked().size() == 1, b.asked());
    }

    static boolean has(TracedPacket packet, int flag) {
        return (packet.flags() & flag) != 0;
    }
}

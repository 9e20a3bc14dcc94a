package dev.understudy.tools.lab.scenario;

import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.TracedPacket;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.tools.lab.Fault;
import java.io.IOException;
import java.util.List;

/** FIG. 8: one SYN becomes three; who answers first has the session. */
final class Fig8 implements Scenario {
    private static final long TOGETHER_NANOS = 20_000_000L;

    @Override
    public String name() {
        return "fig8";
    }

    @Override
    public String about() {
        return "FIG. 8, race";
    }

    @Override
    public String shows() {
        return "One SYN goes to all servers at once; the first answer wins and the others are"
                + " reset.";
    }

    @Override
    public List<ServiceConfig> services() {
        return List.of(
                Stages.service(
                        Strategy.RACE,
                        ServiceConfig.Recover.DEFAULT,
                        Stages.A,
                        Stages.B,
                        Stages.C));
    }

    @Override
    public void play(Scene scene) throws IOException, InterruptedException {
        scene.tell("A is silent; B and C are well.");
        scene.network().server("A").inflict(Fault.SILENT);
        Actor b = scene.actor("B", (self, request, to) -> Actor.say(to, "200 OK", "This is B."));
        Actor c = scene.actor("C", (self, request, to) -> Actor.say(to, "200 OK", "This is C."));

        Browser browser = scene.browser();
        Browser.Page page = browser.get("/");
        scene.await(() -> resets(scene.recorded(browser.socket())) >= 2);
        scene.ladder(browser.socket());

        List<TracedPacket> packets = scene.packets(browser.socket());
        List<TracedPacket> syns =
                packets.stream()
                        .filter(p -> p.up() && p.touchesServer() && Fig5.has(p, Tcp.SYN))
                        .toList();
        long spread = syns.isEmpty() ? -1 : syns.get(syns.size() - 1).nanos() - syns.get(0).nanos();
        List<Endpoint> raced = syns.stream().map(TracedPacket::server).distinct().toList();
        scene.claim(
                "one SYN of the client's became three, at once",
                raced.size() == 3 && spread < TOGETHER_NANOS,
                "within " + spread / 1000 + " µs");
        scene.claim(
                "a silent server cost nothing",
                browser.connectNanos() < 200_000_000L,
                "connected in " + browser.connectNanos() / 1000 + " µs");
        scene.claim("both others were reset", resets(packets) == 2, resets(packets) + " resets");
        scene.claim(
                "only the winner was asked", b.asked().size() + c.asked().size() == 1, page.text());
        scene.claim(
                "the client saw one SYN+ACK",
                packets.stream()
                                .filter(p -> p.touchesClient() && !p.up() && Fig5.has(p, Tcp.SYN))
                                .count()
                        == 1,
                "and no RST");
        scene.network().server("A").inflict(Fault.NONE);
    }

    private static long resets(List<TracedPacket> packets) {
        return packets.stream()
                .filter(p -> p.up() && p.touchesServer() && Fig5.has(p, Tcp.RST))
                .map(TracedPacket::server)
                .distinct()
                .count();
    }
}

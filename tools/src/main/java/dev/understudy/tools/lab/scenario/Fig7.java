package dev.understudy.tools.lab.scenario;

import dev.understudy.dispatcher.config.Bind;
import dev.understudy.dispatcher.config.Route;
import dev.understudy.dispatcher.config.ServerConfig;
import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.TracedPacket;
import dev.understudy.dispatcher.protocol.UrlPattern;
import dev.understudy.stack.wire.Endpoint;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** FIG. 7: the client is connected before any server is, and its URL decides who serves it. */
final class Fig7 implements Scenario {
    @Override
    public String name() {
        return "fig7";
    }

    @Override
    public String about() {
        return "FIG. 7, delayed binding";
    }

    @Override
    public String shows() {
        return "The handshake is answered with no packet on the network; the URL decides who is"
                + " asked.";
    }

    @Override
    public List<ServiceConfig> services() {
        Bind bind =
                new Bind(
                        Bind.By.URL,
                        Bind.Accept.INSTANT,
                        Bind.CONNECT.timerNanos(),
                        List.of(route("/images/**", Stages.B), route("/cart", Stages.C)));
        return List.of(
                Stages.service(Strategy.IN_ORDER, ServiceConfig.Recover.DEFAULT, Stages.A)
                        .with(bind));
    }

    private static Route route(String path, Endpoint server) {
        return Route.to(
                new UrlPattern(Optional.empty(), Optional.of(path), Set.of(), List.of()),
                List.of(ServerConfig.of(server)));
    }

    @Override
    public void play(Scene scene) throws IOException {
        scene.tell("B has /images/**, C has /cart, and A has the rest.");
        Actor a = scene.actor("A", (self, request, to) -> Actor.say(to, "200 OK", "This is A."));
        Actor b = scene.actor("B", (self, request, to) -> Actor.say(to, "200 OK", "This is B."));
        Actor c = scene.actor("C", (self, request, to) -> Actor.say(to, "200 OK", "This is C."));

        Browser browser = scene.browser();
        scene.await(() -> scene.recorded(browser.socket()).size() >= 3);
        long early =
                scene.recorded(browser.socket()).stream()
                        .filter(TracedPacket::touchesServer)
                        .count();
        scene.claim(
                "connect succeeds with no packet on the network side",
                early == 0,
                early + " packets");
        Browser.Page image = browser.get("/images/fox.png?size=9");
        scene.claim("/images/** is B's", image.text().equals("This is B."), image.text());
        Browser.Page cart = browser.get("/cart");
        scene.claim(
                "the next URL, on the same connection, is C's",
                cart.text().equals("This is C."),
                cart.text());
        Browser.Page rest = browser.get("/about");
        scene.claim("what no route knows is A's", rest.text().equals("This is A."), rest.text());
        scene.ladder(browser.socket());
        scene.claim(
                "each was asked for its own only",
                a.asked().size() == 1 && b.asked().size() == 1 && c.asked().size() == 1,
                "A " + a.asked() + ", B " + b.asked() + ", C " + c.asked());
        browser.close();

        Browser other = scene.browser();
        Browser.Page again = other.get("/images/owl.png");
        List<TracedPacket> packets = scene.packets(other.socket());
        Optional<TracedPacket> first =
                packets.stream().filter(TracedPacket::touchesServer).findFirst();
        long data =
                packets.stream()
                        .filter(p -> p.up() && p.touchesClient() && p.length() > 0)
                        .findFirst()
                        .map(TracedPacket::number)
                        .orElse(Long.MAX_VALUE);
        scene.claim(
                "the first packet on the network is the SYN to the one that was chosen",
                again.text().equals("This is B.")
                        && first.isPresent()
                        && first.get().number() > data
                        && Stages.B.equals(first.get().server()),
                "after the request");
    }
}

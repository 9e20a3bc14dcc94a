package dev.understudy.tools.lab.scenario;

import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.TracedPacket;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.Tcp;
import java.io.IOException;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** FIG. 6: the connection stands, and then the server fails, or has not got what it is asked for. */
final class Fig6 implements Scenario {
    private static final int POST_PORT = 8083;
    private static final SortedMap<Integer, String> CASES =
            new TreeMap<>(
                    Map.of(8080, "/reset", 8081, "/close", 8082, "/missing", POST_PORT, "/order"));

    @Override
    public String name() {
        return "fig6";
    }

    @Override
    public String about() {
        return "FIG. 6, data error";
    }

    @Override
    public String shows() {
        return "The server resets the connection, or answers 404, after the request; the request is"
                + " replayed elsewhere.";
    }

    @Override
    public List<ServiceConfig> services() {
        // One service for each case: none of them remembers how A failed in another.
        return CASES.keySet().stream()
                .map(
                        port ->
                                Stages.service(
                                        new Endpoint(Stages.ORIGINAL.address(), port),
                                        ServiceConfig.Protocol.TCP,
                                        Strategy.IN_ORDER,
                                        Stages.RECOVER,
                                        Stages.A,
                                        Stages.B))
                .toList();
    }

    @Override
    public void play(Scene scene) throws IOException {
        scene.tell(
                "A resets /reset and every POST, closes /close, and has no /missing; B has"
                        + " everything.");
        Actor a = scene.actor("A", Fig6::failing);
        Actor b = scene.actor("B", (self, request, to) -> Actor.say(to, "200 OK", "This is B."));

        for (int port : CASES.headMap(POST_PORT).keySet()) {
            String path = CASES.get(port);
            Browser browser = scene.browser(port);
            Browser.Page page = browser.get(path);
            scene.tell("GET " + path + ":");
            scene.ladder(browser.socket());
            List<TracedPacket> packets = scene.packets(browser.socket());
            scene.claim(
                    path + ": the client gets B's answer on its one connection",
                    page.status() == 200 && page.text().equals("This is B."),
                    page.status() + " " + page.text());
            scene.claim(
                    path + ": A was asked first",
                    a.asked().contains("GET " + path) && b.asked().contains("GET " + path),
                    "then B");
            scene.claim(
                    path + ": neither the failure nor the second handshake reached the client",
                    packets.stream()
                                            .filter(
                                                    p ->
                                                            p.touchesClient()
                                                                    && !p.up()
                                                                    && Fig5.has(p, Tcp.SYN))
                                            .count()
                                    == 1
                            && packets.stream()
                                    .noneMatch(p -> p.touchesClient() && Fig5.has(p, Tcp.RST)),
                    "one SYN+ACK, no RST");
            browser.close();
        }
        post(scene, a, b);
    }

    /** What has been sent once may have been done once: a POST is not sent again. */
    private static void post(Scene scene, Actor a, Actor b) throws IOException {
        String seen;
        try {
            seen = scene.browser(POST_PORT).post("/order", "one fox").text();
        } catch (IOException e) {
            seen = e.getMessage();
        }
        long executed =
                a.asked().stream().filter("POST /order"::equals).count()
                        + b.asked().stream().filter("POST /order"::equals).count();
        scene.claim("a POST is not executed twice", executed == 1, "the client saw: " + seen);
    }

    private static void failing(Actor self, Actor.Request request, Socket to) throws IOException {
        switch (request.target()) {
            case "/missing" -> Actor.say(to, "404 Not Found", "no such page");
            case "/close" -> to.close();
            default -> Actor.reset(to);
        }
    }
}

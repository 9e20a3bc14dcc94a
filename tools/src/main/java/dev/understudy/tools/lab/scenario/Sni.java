package dev.understudy.tools.lab.scenario;

import dev.understudy.dispatcher.config.Bind;
import dev.understudy.dispatcher.config.Route;
import dev.understudy.dispatcher.config.ServerConfig;
import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.protocol.UrlPattern;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.Tcp;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;

/** TLS names (DESIGN 7.5): the server is chosen by the name in the client's hello, and nobody decrypts anything. */
final class Sni implements Scenario {
    private static final String SHOP = "shop.example";
    private static final String MAIL = "mail.example";
    private static final String OTHER = "other.example";

    private static final int NAMES = 8443;
    private static final int DYING = 8444;
    private static final int DYING_LATE = 8445;

    @Override
    public String name() {
        return "sni";
    }

    @Override
    public String about() {
        return "beyond the patent, TLS";
    }

    @Override
    public String shows() {
        return "The name in a TLS hello decides who serves it; a server that dies before its own"
                + " hello is replaced.";
    }

    @Override
    public Optional<String> missing() {
        return Certificates.missing();
    }

    @Override
    public List<ServiceConfig> services() {
        return List.of(
                service(
                        NAMES,
                        List.of(
                                route(SHOP, at(Stages.B, NAMES)),
                                route(MAIL, at(Stages.C, NAMES)))),
                service(DYING, List.of(route(SHOP, at(Stages.A, DYING), at(Stages.B, DYING)))),
                service(
                        DYING_LATE,
                        List.of(route(SHOP, at(Stages.A, DYING_LATE), at(Stages.B, DYING_LATE)))));
    }

    /** What no route knows is A's. */
    private static ServiceConfig service(int port, List<Route> routes) {
        return Stages.service(
                        at(Stages.ORIGINAL, port),
                        ServiceConfig.Protocol.TCP,
                        Strategy.IN_ORDER,
                        ServiceConfig.Recover.DEFAULT,
                        at(Stages.A, port))
                .with(
                        new Bind(
                                Bind.By.SNI,
                                Bind.Accept.INSTANT,
                                Bind.CONNECT.timerNanos(),
                                routes));
    }

    private static Endpoint at(Endpoint host, int port) {
        return new Endpoint(host.address(), port);
    }

    private static Route route(String name, Endpoint... servers) {
        return Route.to(
                new UrlPattern(Optional.of(name), Optional.empty(), Set.of(), List.of()),
                Stream.of(servers).map(ServerConfig::of).toList());
    }

    @Override
    public void play(Scene scene) throws IOException {
        Certificates certificates = Certificates.of(List.of(SHOP, MAIL, OTHER));
        SSLContext client = certificates.client();
        names(scene, certificates, client);
        dying(scene, certificates.server(SHOP), client);
        dyingLate(scene, certificates.server(SHOP), client);
    }

    private static TlsActor actor(
            Scene scene, String server, int port, SSLContext context, TlsActor.Fate fate)
            throws IOException {
        return scene.remember(
                new TlsActor(scene.network().server(server).host(), port, context, fate));
    }

    private static TlsClient client(Scene scene, int port, String name, SSLContext context)
            throws IOException {
        return scene.remember(
                new TlsClient(
                        scene.network().client(),
                        Scene.address(at(Stages.ORIGINAL, port)),
                        name,
                        context));
    }

    private static void names(Scene scene, Certificates certificates, SSLContext context)
            throws IOException {
        scene.tell("At one address B is " + SHOP + ", C is " + MAIL + ", and A is whatever else:");
        List<String> names = List.of(OTHER, SHOP, MAIL);
        List<TlsActor> actors =
                List.of(
                        actor(scene, "A", NAMES, certificates.server(OTHER), TlsActor.Fate.SERVES),
                        actor(scene, "B", NAMES, certificates.server(SHOP), TlsActor.Fate.SERVES),
                        actor(scene, "C", NAMES, certificates.server(MAIL), TlsActor.Fate.SERVES));
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            TlsClient client = client(scene, NAMES, name, context);
            String said = client.ask();
            scene.ladder(client.socket());
            scene.claim(
                    name + " is answered by the one whose certificate bears that name",
                    said.equals("This is " + "ABC".charAt(i) + "."),
                    said);
        }
        scene.claim(
                "nobody was troubled with another's name",
                actors.stream().allMatch(actor -> actor.connections() == 1),
                "one connection each");
    }

    private static void dying(Scene scene, SSLContext shop, SSLContext context) throws IOException {
        scene.tell("A takes the hello and resets the connection; B has the same name:");
        TlsActor a = actor(scene, "A", DYING, shop, TlsActor.Fate.DIES_BEFORE_ITS_HELLO);
        TlsActor b = actor(scene, "B", DYING, shop, TlsActor.Fate.SERVES);
        TlsClient client = client(scene, DYING, SHOP, context);
        String said = client.ask();
        scene.ladder(client.socket());
        scene.claim(
                "before a server's hello another one can take over",
                said.equals("This is B.") && a.connections() == 1 && b.connections() == 1,
                said);
        scene.claim(
                "the client saw no RST",
                scene.packets(client.socket()).stream()
                        .noneMatch(p -> p.touchesClient() && !p.up() && Fig5.has(p, Tcp.RST)),
                "none did");
    }

    /** What nobody could hide without the server's key is not hidden. */
    private static void dyingLate(Scene scene, SSLContext shop, SSLContext context)
            throws IOException {
        scene.tell("A shakes hands, and resets the connection when it is asked something:");
        TlsActor a = actor(scene, "A", DYING_LATE, shop, TlsActor.Fate.DIES_WHEN_ASKED);
        TlsActor b = actor(scene, "B", DYING_LATE, shop, TlsActor.Fate.SERVES);
        TlsClient client = client(scene, DYING_LATE, SHOP, context);
        String seen;
        boolean failed = false;
        try {
            seen = client.ask();
        } catch (IOException e) {
            seen = e.getMessage();
            failed = true;
        }
        scene.ladder(client.socket());
        scene.claim(
                "after the server's hello a reset is the client's to know",
                failed && a.connections() == 1 && b.connections() == 0,
                "the client saw: " + seen);
    }
}

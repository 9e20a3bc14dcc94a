package dev.understudy.tools.lab.scenario;

import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.IpAddress;
import java.io.IOException;
import java.net.PortUnreachableException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Names over UDP (P59): questions race, and a name server that is silent or gone is replaced in the same conversation. */
final class Dns implements Scenario {
    private static final String NAME = "fox.example";
    private static final IpAddress OF_A = IpAddress.parse("192.0.2.1");
    private static final IpAddress OF_B = IpAddress.parse("192.0.2.2");

    private static final int RACE = 5301;
    private static final int SILENCE = 5302;
    private static final int GONE = 5303;
    private static final int ALL_GONE = 5304;

    /** Well below the time-out, which is what a server costs that has to be waited for; a busy machine has room to be slow. */
    private static final long AT_ONCE_NANOS = 1_000_000_000L;

    private static final long IN_TIME_NANOS = 5_000_000_000L;
    private static final int SECOND_ANSWER_MILLIS = 100;

    @Override
    public String name() {
        return "dns";
    }

    @Override
    public String about() {
        return "P59, UDP";
    }

    @Override
    public String shows() {
        return "A question goes to two name servers and the first answer wins; silence and ICMP"
                + " errors are hidden.";
    }

    @Override
    public List<ServiceConfig> services() {
        // One service for each showing: none of them remembers how servers failed in another.
        return IntStream.rangeClosed(RACE, ALL_GONE)
                .mapToObj(
                        port ->
                                Stages.service(
                                        original(port),
                                        ServiceConfig.Protocol.UDP,
                                        port == RACE ? Strategy.RACE : Strategy.IN_ORDER,
                                        ServiceConfig.Recover.DEFAULT,
                                        original(port),
                                        atB(port)))
                .toList();
    }

    /** A has the original's address. */
    private static Endpoint original(int port) {
        return new Endpoint(Stages.ORIGINAL.address(), port);
    }

    private static Endpoint atB(int port) {
        return new Endpoint(Stages.B.address(), port);
    }

    private static NameServer a(Scene scene, int port) throws IOException {
        return scene.remember(
                new NameServer(
                        scene.network().server("A").host(), original(port), (int) OF_A.lo()));
    }

    private static NameServer b(Scene scene, int port) throws IOException {
        return scene.remember(
                new NameServer(scene.network().server("B").host(), atB(port), (int) OF_B.lo()));
    }

    private static Resolver resolver(Scene scene, int port) throws IOException {
        return scene.remember(new Resolver(scene.network().client(), original(port)));
    }

    @Override
    public void play(Scene scene) throws IOException {
        race(scene);
        silence(scene);
        gone(scene);
        allGone(scene);
    }

    private static void race(Scene scene) throws IOException {
        scene.tell("A and B know the name; both are asked at once:");
        NameServer a = a(scene, RACE);
        NameServer b = b(scene, RACE);
        Resolver resolver = resolver(scene, RACE);
        Resolver.Answer answer = resolver.ask(NAME);
        boolean second = resolver.hearsMore(SECOND_ANSWER_MILLIS);
        scene.ladder(resolver.local());
        scene.claim(
                "one question became two",
                scene.await(() -> a.asked() == 1 && b.asked() == 1),
                "A was asked " + a.asked() + " time, B " + b.asked());
        scene.claim("the first answer is the only one that the client gets", !second, who(answer));

        scene.tell("A falls silent:");
        a.fallSilent();
        Resolver another = resolver(scene, RACE);
        Resolver.Answer ofB = another.ask(NAME);
        scene.ladder(another.local());
        scene.claim(
                "in a race a silent server costs nothing",
                ofB.address().equals(OF_B) && ofB.nanos() < AT_ONCE_NANOS,
                who(ofB));
        dig(scene);
    }

    /** Where there is a client of the trade, it is asked, too. */
    private static void dig(Scene scene) throws IOException {
        boolean there =
                Stream.of(System.getenv().getOrDefault("PATH", "").split(":", -1))
                        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "dig")));
        if (!there) {
            scene.tell("There is no dig here (package bind9-dnsutils), so it is not asked.");
            return;
        }
        String said =
                scene.network()
                        .client()
                        .run(
                                "dig",
                                "+short",
                                "+tries=1",
                                "+time=9",
                                "-p",
                                String.valueOf(RACE),
                                "@" + Stages.ORIGINAL.address(),
                                NAME)
                        .strip();
        scene.claim("dig gets B's answer, too", said.equals(OF_B.toString()), said);
    }

    private static void silence(Scene scene) throws IOException {
        scene.tell("A answers one question, and then no more; B is asked only when A fails:");
        NameServer a = a(scene, SILENCE);
        NameServer b = b(scene, SILENCE);
        Resolver resolver = resolver(scene, SILENCE);
        Resolver.Answer first = resolver.ask(NAME);
        scene.claim("A is asked alone", first.address().equals(OF_A) && b.asked() == 0, who(first));
        a.fallSilent();
        Resolver.Answer second = resolver.ask("owl." + NAME);
        scene.ladder(resolver.local());
        scene.claim(
                "silence is noticed, and the question goes to B; the client has asked once",
                second.address().equals(OF_B) && second.nanos() < IN_TIME_NANOS,
                who(second));
    }

    private static void gone(Scene scene) throws IOException {
        scene.tell("A answers one question and ends; its kernel says port unreachable:");
        NameServer b = b(scene, GONE);
        Resolver resolver = resolver(scene, GONE);
        try (NameServer a = a(scene, GONE)) {
            Resolver.Answer first = resolver.ask(NAME);
            scene.claim("A is asked alone", a.asked() == 1 && b.asked() == 0, who(first));
        }
        Resolver.Answer second = resolver.ask("owl." + NAME);
        scene.ladder(resolver.local());
        scene.claim(
                "B answers at once, and the client's kernel never hears of the ICMP error",
                second.address().equals(OF_B) && second.nanos() < AT_ONCE_NANOS,
                who(second));
    }

    private static void allGone(Scene scene) throws IOException {
        scene.tell("Nobody listens at A or B:");
        Resolver resolver = resolver(scene, ALL_GONE);
        String seen;
        boolean told = false;
        try {
            seen = who(resolver.ask(NAME));
        } catch (PortUnreachableException e) {
            seen = "port unreachable";
            told = true;
        }
        scene.claim("when all are gone the client is told so", told, seen);
    }

    private static String who(Resolver.Answer answer) {
        String server = answer.address().equals(OF_A) ? "A" : "B";
        return server + " said " + answer.address() + " in " + answer.nanos() / 1000 + " µs";
    }
}

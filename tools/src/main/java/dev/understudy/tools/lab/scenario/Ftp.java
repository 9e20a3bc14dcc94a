package dev.understudy.tools.lab.scenario;

import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.stack.wire.Endpoint;
import java.io.IOException;
import java.util.List;

/** FTP (P61): its second connection, which one end announces on the first, finds the server that plays the part. */
final class Ftp implements Scenario {
    private static final int PORT = 8021;
    private static final Endpoint ORIGINAL = new Endpoint(Stages.ORIGINAL.address(), PORT);

    /** A has the original's address. */
    private static final Endpoint A = ORIGINAL;

    private static final Endpoint B = new Endpoint(Stages.B.address(), PORT);

    @Override
    public String name() {
        return "ftp";
    }

    @Override
    public String about() {
        return "P61, FTP";
    }

    @Override
    public String shows() {
        return "The FTP server dies; another one takes over, data connections included, active and"
                + " passive.";
    }

    @Override
    public List<ServiceConfig> services() {
        return List.of(
                Stages.service(
                        ORIGINAL,
                        ServiceConfig.Protocol.FTP,
                        Strategy.IN_ORDER,
                        ServiceConfig.Recover.DEFAULT,
                        A,
                        B));
    }

    @Override
    public void play(Scene scene) throws IOException {
        FtpActor a = scene.remember(new FtpActor(scene.network().server("A").host(), PORT));
        scene.remember(new FtpActor(scene.network().server("B").host(), PORT));
        scene.tell("A is well:");
        FtpClient first = client(scene);
        FtpClient.Fetched file = first.fetch(FtpClient.Mode.PASV);
        scene.claim("A serves its file while it lives", isOf("A", first, file), file.text());

        scene.tell("A dies. Its port is closed, and B stands by:");
        a.die();
        scene.claim(
                "what A had begun ends honestly: B knows nothing of that login",
                ends(first),
                "the control connection ended");
        FtpClient second = client(scene);
        scene.claim(
                "another client logs in as if nothing had happened",
                second.greeting().equals("This is B."),
                second.greeting());
        for (FtpClient.Mode mode : FtpClient.Mode.values()) {
            FtpClient.Fetched fetched = second.fetch(mode);
            scene.claim(
                    mode
                            + ": the data connection is with B, and the client believes it the"
                            + " original's",
                    isOf("B", second, fetched)
                            && fetched.from().getAddress().equals(Scene.original().getAddress()),
                    fetched.from().toString().substring(1));
        }
        scene.ladder(second.control());
        int modes = FtpClient.Mode.values().length;
        scene.claim(
                "each of them was announced, and dispatched as a session of its own",
                scene.await(() -> dataSessions(scene) == modes),
                dataSessions(scene) + " sessions");
        second.ask("QUIT", "221");
    }

    private static FtpClient client(Scene scene) throws IOException {
        return scene.remember(new FtpClient(scene.network().client(), Scene.address(ORIGINAL)));
    }

    private static boolean isOf(String server, FtpClient client, FtpClient.Fetched file) {
        String says = "This is " + server + ".";
        return client.greeting().equals(says) && file.text().equals(says);
    }

    private static boolean ends(FtpClient client) {
        try {
            client.ask("NOOP", "200");
            return false;
        } catch (IOException ended) {
            return true;
        }
    }

    /** Sessions with B that are not a control connection. */
    private static long dataSessions(Scene scene) {
        return scene.events(Event.Kind.WON).stream()
                .map(Event::server)
                .filter(server -> server.address().equals(B.address()) && server.port() != PORT)
                .count();
    }
}

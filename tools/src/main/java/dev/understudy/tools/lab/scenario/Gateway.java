package dev.understudy.tools.lab.scenario;

import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.EventText;
import dev.understudy.tools.net.Host;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** One dispatcher for a network of clients, as its gateway (P56): two clients with the same port, and a server that dies. */
final class Gateway implements Scenario {
    private static final int SAME_PORT = 40_000;
    private static final int SIZE = 32 << 10;
    private static final int PATIENCE_SECONDS = 20;

    @Override
    public String name() {
        return "gateway";
    }

    @Override
    public String about() {
        return "P56, two clients";
    }

    @Override
    public String shows() {
        return "Two clients behind one gateway use the same port; their server dies, and both go"
                + " on.";
    }

    @Override
    public List<ServiceConfig> services() {
        return List.of(Stages.service(Strategy.IN_ORDER, Stages.RESUME, Stages.A, Stages.B));
    }

    @Override
    public void play(Scene scene) throws IOException, InterruptedException {
        List<Film> films = List.of(new Film(SIZE, 1), new Film(SIZE, 2));
        Set<String> peers = ConcurrentHashMap.newKeySet();
        CountDownLatch half = new CountDownLatch(films.size());
        Actor a =
                scene.actor(
                        "A",
                        (self, request, to) -> {
                            peers.add(String.valueOf(to.getRemoteSocketAddress()));
                            film(films, request).send(request, to, SIZE / 4, true);
                            half.countDown();
                            if (awaited(half)) {
                                self.die(false);
                            }
                        });
        Actor b =
                scene.actor(
                        "B",
                        (self, request, to) -> film(films, request).send(request, to, SIZE, true));
        scene.tell(
                "Both clients ask A from port "
                        + SAME_PORT
                        + ", each for a film of its own; A dies when it has sent a quarter of"
                        + " each.");

        List<Browser> browsers = new ArrayList<>();
        for (Host station : scene.network().stations(films.size())) {
            browsers.add(scene.remember(station.namespace().call(Gateway::connect)));
        }
        List<CompletableFuture<Browser.Page>> pages = new ArrayList<>();
        for (int i = 0; i < films.size(); i++) {
            Browser browser = browsers.get(i);
            String path = "/film" + i;
            pages.add(CompletableFuture.supplyAsync(() -> page(browser, path), Gateway::onItsOwn));
        }
        for (int i = 0; i < films.size(); i++) {
            Browser.Page page = result(pages.get(i));
            String who = browsers.get(i).socket().getLocalSocketAddress().toString().substring(1);
            scene.claim(
                    who + " gets all of its own film, and nothing of the other's",
                    page.status() == 200 && page.sha256().equals(films.get(i).sha256()),
                    (page.bytes() >> 10) + " KiB, SHA-256 right");
        }
        scene.claim(
                "the servers could tell the two apart",
                peers.size() == films.size(),
                String.join(" and ", peers));
        scene.claim(
                "A began both, and B ended both",
                a.asked().size() == films.size() && b.asked().size() == films.size(),
                "A " + a.asked() + ", B " + b.asked());
        for (Event event : scene.events(Event.Kind.RESUMED)) {
            scene.tell(EventText.line(event));
        }
        for (Browser browser : browsers) {
            scene.tell(browser.socket().getLocalSocketAddress().toString().substring(1) + ":");
            scene.ladder(browser.socket());
        }
    }

    /** Each waits for its server: from Java 25 on they would wait for each other on a pool of one thread. */
    private static void onItsOwn(Runnable browsing) {
        Thread thread = new Thread(browsing, "browser");
        thread.setDaemon(true);
        thread.start();
    }

    private static Film film(List<Film> films, Actor.Request request) {
        return films.get(request.target().charAt("/film".length()) - '0');
    }

    private static boolean awaited(CountDownLatch latch) throws IOException {
        try {
            return latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted in the middle of a film", e);
        }
    }

    private static Browser connect() throws IOException {
        Socket socket = new Socket();
        socket.setReuseAddress(true);
        socket.bind(new InetSocketAddress(SAME_PORT));
        return new Browser(socket, Scene.original());
    }

    private static Browser.Page page(Browser browser, String path) {
        try {
            return browser.get(path);
        } catch (IOException e) {
            return new Browser.Page(0, e.toString(), 0, "");
        }
    }

    private static Browser.Page result(CompletableFuture<Browser.Page> page)
            throws IOException, InterruptedException {
        try {
            return page.get();
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        }
    }
}

package dev.understudy.dispatcher.session.sim;

import dev.understudy.dispatcher.session.sim.ModelTcp.State;
import dev.understudy.stack.wire.IpAddress;
import java.nio.charset.StandardCharsets;

/** A client that asks for one thing on each connection. */
final class ModelClient extends ModelVisitor {
    private static final long SECOND = 1_000_000_000L;
    private static final long PATIENCE = 60 * SECOND;

    /** Longer than a packet lives on these links. */
    private static final long PAUSE = 3 * SECOND;

    private int request;
    private boolean post;
    private int size;
    private boolean requested;
    private boolean halfClose;
    private boolean firstToClose;

    ModelClient(IpAddress address, Simulation world, int visits) {
        super(address, world, visits, 40_000, PATIENCE);
    }

    @Override
    void prepare() {
        boolean again = tcp != null && tcp.state != State.CLOSED && random.nextBoolean();
        if (!again) {
            port++;
        }
        request = world.newRequest();
        post = random.nextInt(5) == 0;
        size = random.nextInt(3) == 0 ? random.nextInt(12_000) : random.nextInt(1_000);
        requested = false;
        halfClose = random.nextInt(6) == 0;
        firstToClose = random.nextInt(6) == 0;
    }

    @Override
    void speak(long now) {
        if (tcp.connected() && !requested && (!world.schedule.banner() || greeted())) {
            requested = true;
            tcp.write(text().getBytes(StandardCharsets.ISO_8859_1), now);
            if (halfClose) {
                tcp.close(now);
            }
        }
        if (tcp.peerClosed() || requested && firstToClose && tcp.received() == expected()) {
            tcp.close(now);
        }
    }

    private boolean greeted() {
        return tcp.received() >= ModelServer.BANNER;
    }

    private int expected() {
        return size + (world.schedule.banner() ? ModelServer.BANNER : 0);
    }

    private String text() {
        String padding = "x".repeat(random.nextInt(3) == 0 ? random.nextInt(3_000) : 0);
        return (post ? "POST /" : "GET /") + request + "/" + size + " " + padding + "\r\n\r\n";
    }

    @Override
    void judge() {
        world.note(() -> this + " visit " + request + " ended: " + tcp.state);
        int got = tcp.received();
        if (got > 0 && !oneServerSent(got)) {
            world.violated(this + " got bytes that no one server would have sent");
        }
        if (tcp.state == State.CLOSED && got != expected()) {
            world.violated(this + " got " + got + " bytes of " + expected() + " and a clean end");
        }
        world.visited(tcp.state, request, post);
        world.at(world.now() + PAUSE, this::visit);
    }

    private boolean oneServerSent(int got) {
        for (int server = 0; server < world.schedule.servers().size(); server++) {
            int i = 0;
            while (i < got && tcp.receivedAt(i) == ModelServer.content(server, request, i)) {
                i++;
            }
            if (i == got) {
                return true;
            }
        }
        return false;
    }
}

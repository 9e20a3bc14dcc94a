package dev.understudy.dispatcher.session.sim;

import dev.understudy.dispatcher.session.sim.ModelTcp.Ends;
import dev.understudy.dispatcher.session.sim.ModelTcp.State;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/** A client that visits the original a few times, one after the other, and judges what it got. */
final class ModelClient implements Caller {
    private static final long SECOND = 1_000_000_000L;
    private static final long PATIENCE = 60 * SECOND;

    /** Longer than a packet lives on these links. */
    private static final long PAUSE = 3 * SECOND;

    final IpAddress address;
    private final Simulation world;
    private final SplittableRandom random;
    private final ModelTcp.World ground;
    private int visitsLeft;
    private int port;

    private ModelTcp tcp;
    private int request;
    private boolean post;
    private int size;
    private boolean requested;
    private boolean halfClose;
    private boolean firstToClose;
    private boolean judged = true;
    private long giveUpAt;

    ModelClient(IpAddress address, Simulation world, int visits) {
        this.address = address;
        this.world = world;
        this.random = world.random.split();
        this.ground =
                new ModelTcp.World(
                        world.builder,
                        world::toClientSideOfDispatcher,
                        what -> world.violated(this + ": " + what));
        this.visitsLeft = visits;
        this.port = 40_000;
        world.at(random.nextInt(500) * 1_000_000L, this::visit);
    }

    private void visit() {
        if (visitsLeft-- == 0) {
            return;
        }
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
        judged = false;
        giveUpAt = world.now() + PATIENCE;
        world.at(giveUpAt, this::step);
        tcp =
                ModelTcp.connect(
                        new Ends(address, port, world.family.original(), Simulation.PORT),
                        world.isn(),
                        random.nextInt(),
                        Schedule.offer(random),
                        ground,
                        world.now());
        world.wake(tcp);
    }

    @Override
    public IpAddress address() {
        return address;
    }

    @Override
    public void receive(Packet packet) {
        if (!packet.isTcp()) {
            return;
        }
        if (tcp == null || packet.dstPort() != port) {
            ground.refuse(packet);
            return;
        }
        tcp.receive(packet, world.now());
        step();
        world.wake(tcp);
    }

    @Override
    public void step() {
        if (judged) {
            return;
        }
        long now = world.now();
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
        if (now >= giveUpAt && !tcp.over()) {
            tcp.abort(now);
        }
        if (tcp.over()) {
            judge();
        }
        world.wake(tcp);
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

    private void judge() {
        judged = true;
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

    @Override
    public String toString() {
        return "client " + address + ":" + port;
    }
}

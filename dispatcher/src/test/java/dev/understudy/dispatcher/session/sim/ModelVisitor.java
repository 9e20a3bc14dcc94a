package dev.understudy.dispatcher.session.sim;

import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import java.util.SplittableRandom;

/** A client that visits the original a few times, one after the other, and judges what it got. */
abstract sealed class ModelVisitor implements Caller permits ModelClient, ModelBrowser {
    private final IpAddress address;
    private final long patience;
    private final Ground ground;
    private int visitsLeft;
    private boolean judged = true;
    private long giveUpAt;
    final Simulation world;
    final SplittableRandom random;
    int port;
    ModelTcp tcp;

    ModelVisitor(IpAddress address, Simulation world, int visits, int port, long patience) {
        this.address = address;
        this.world = world;
        this.patience = patience;
        this.port = port;
        this.random = world.random.split();
        this.ground =
                new Ground(
                        world.builder,
                        world::toClientSideOfDispatcher,
                        what -> world.violated(this + ": " + what));
        this.visitsLeft = visits;
        world.at(random.nextInt(500) * 1_000_000L, this::visit);
    }

    /** Decides what the next visit is to be like, and from which port. */
    abstract void prepare();

    /** Says what is due, and closes when all is said. */
    abstract void speak(long now);

    /** The visit is over: what has come of it. */
    abstract void judge();

    final void visit() {
        if (visitsLeft-- == 0) {
            return;
        }
        prepare();
        judged = false;
        giveUpAt = world.now() + patience;
        world.at(giveUpAt, this::step);
        boolean pauses = random.nextInt(6) == 0;
        tcp =
                ModelTcp.connect(
                        new Ends(address, port, world.family.original(), Simulation.PORT),
                        world.isn(),
                        random.nextInt(),
                        pauses ? Schedule.cramped(random) : Schedule.offer(random),
                        ground,
                        world.now());
        if (pauses) {
            Schedule.pause(tcp, random);
        }
        world.wake(tcp);
    }

    @Override
    public final IpAddress address() {
        return address;
    }

    @Override
    public final void receive(Packet packet) {
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
    public final void step() {
        if (judged) {
            return;
        }
        long now = world.now();
        speak(now);
        if (now >= giveUpAt && !tcp.over()) {
            tcp.abort(now);
        }
        if (tcp.over()) {
            judged = true;
            judge();
        }
        world.wake(tcp);
    }

    @Override
    public final String toString() {
        return getClass().getSimpleName() + " " + address + ":" + port;
    }
}

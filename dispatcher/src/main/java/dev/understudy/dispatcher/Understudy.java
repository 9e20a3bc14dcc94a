package dev.understudy.dispatcher;

import dev.understudy.dispatcher.attach.Attachments;
import dev.understudy.dispatcher.attach.PacketHandler;
import dev.understudy.dispatcher.config.Config;
import dev.understudy.dispatcher.control.Control;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.LoopControl;
import dev.understudy.dispatcher.control.Snapshot;
import dev.understudy.dispatcher.session.Dispatcher;
import dev.understudy.stack.link.LinkChannel;
import dev.understudy.stack.link.LinkCounters;
import dev.understudy.stack.link.LoopTimer;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import io.netty.channel.EventLoop;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.random.RandomGenerator;

/**
 * A dispatcher between two links: attachments, dispatcher and timer, put together on the links' one event loop (DESIGN 4).
 * Everything but the control surface happens there; the methods may be called from any thread, and return when it is done.
 *
 * <p>The links are opened, and the loop is made, by the caller: real ones over TAP devices, or a manual loop with in-memory
 * wires and a clock of the test's own.
 */
public final class Understudy implements AutoCloseable {
    private final EventLoop loop;
    private final LinkChannel client;
    private final LinkChannel network;
    private final LoopTimer timer;
    private final Attachments attachments;
    private final Dispatcher dispatcher;
    private final Control control;
    private volatile Map<String, Long> counted = Map.of();
    private boolean ended;
    private boolean closed;

    /** On the loop. */
    private Understudy(
            Config config,
            LinkChannel client,
            LinkChannel network,
            int mtu,
            RandomGenerator random) {
        this.loop = client.eventLoop();
        this.client = client;
        this.network = network;
        timer = new LoopTimer(loop, loop.ticker());
        attachments = Attachments.create(config, client, network, timer, this::sessionOwns, random);
        dispatcher =
                new Dispatcher(
                        config,
                        attachments.toClient(),
                        attachments.toNetwork(),
                        Math.min(mtu, attachments.mtu()),
                        network.alloc(),
                        random);
        control =
                new LinkedControl(
                        new LoopControl(
                                dispatcher::snapshot,
                                dispatcher.events(),
                                this::observe,
                                timer::now));
    }

    /**
     * Begins to dispatch.
     *
     * @param client the link to the clients, registered with an event loop
     * @param network the link to the servers, registered with the same one
     * @param mtu what TCP is clamped to, if the way to the servers takes less than the links do
     * @throws IllegalArgumentException if the links are on different loops, or the configuration lacks an address
     */
    public static Understudy start(
            Config config,
            LinkChannel client,
            LinkChannel network,
            int mtu,
            RandomGenerator random) {
        if (client.eventLoop() != network.eventLoop()) {
            throw new IllegalArgumentException("both links must be on one event loop");
        }
        return on(
                client.eventLoop(),
                () -> {
                    Understudy understudy = new Understudy(config, client, network, mtu, random);
                    understudy.begin();
                    return understudy;
                });
    }

    private void begin() {
        timer.add(dispatcher);
        timer.readFirst(client);
        timer.readFirst(network);
        dispatcher.passing(attachments.passThrough());
        attachments.start(
                new Door(dispatcher::fromClient), new Door(dispatcher::fromNetwork), dispatcher);
    }

    /** The attachments are there before the dispatcher is. */
    private boolean sessionOwns(
            int protocol, int port, long remoteHi, long remoteLo, int remotePort) {
        return dispatcher.owns(protocol, port, remoteHi, remoteLo, remotePort);
    }

    /** What monitors, logs and metrics read. Callable from any thread, and never waits for the loop. */
    public Control control() {
        return control;
    }

    /** The loop's time, which events carry, in nanoseconds. */
    public long now() {
        return timer.now();
    }

    /** The link that is gone, if one is: its device was deleted by somebody else. */
    public Optional<String> lostLink() {
        if (!client.isOpen()) {
            return Optional.of(client.name());
        }
        return network.isOpen() ? Optional.empty() : Optional.of(network.name());
    }

    /** Puts the services of another configuration in force for new sessions; live ones keep what they have. */
    public void reload(Config config) {
        on(
                loop,
                () -> {
                    dispatcher.reload(config, timer.now());
                    timer.check();
                    return null;
                });
    }

    /** Records, as an event, that a new configuration was not taken. */
    public void reloadRefused(String reason) {
        on(
                loop,
                () -> {
                    dispatcher.reloadRefused(reason, timer.now());
                    return null;
                });
    }

    /** Whether no session, attempt or stored byte is left. */
    public boolean idle() {
        return on(loop, dispatcher::idle);
    }

    /** Resets every live session on both legs. To be called while both sides can still be reached. */
    public void endSessions() {
        on(
                loop,
                () -> {
                    if (!ended) {
                        ended = true;
                        dispatcher.close(timer.now());
                    }
                    return null;
                });
    }

    /** Ends the sessions and lets go of the links, which stay open. */
    @Override
    public void close() {
        endSessions();
        on(
                loop,
                () -> {
                    if (!closed) {
                        closed = true;
                        attachments.close();
                        timer.close();
                    }
                    return null;
                });
    }

    /** A door of the dispatcher as an attachment knows it. Sessions are TCP, and errors about them ICMP. */
    private record Door(PacketHandler door) implements PacketHandler {
        @Override
        public boolean handle(Packet packet, long now) {
            return door.handle(packet, now);
        }

        @Override
        public boolean concerns(Packet fragment) {
            int protocol = fragment.protocol();
            return protocol == Tcp.PROTOCOL
                    || protocol == Icmp.PROTOCOL
                    || protocol == Icmp.PROTOCOL_V6;
        }
    }

    /** Runs a task on the loop, and waits for it. */
    private static <T> T on(EventLoop loop, Callable<T> task) {
        if (!loop.inEventLoop()) {
            return loop.submit(task).syncUninterruptibly().getNow();
        }
        try {
            return task.call();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Runs what takes a snapshot on the loop, and counts links and attachments at the same moment. */
    private void observe(Runnable snapshot) {
        if (loop.isShuttingDown()) {
            return;
        }
        loop.execute(
                () -> {
                    Map<String, Long> all = new LinkedHashMap<>();
                    attachments.counters(all);
                    count(client, all);
                    count(network, all);
                    all.put("stalls of the loop", timer.stalls());
                    counted = all;
                    snapshot.run();
                });
    }

    private static void count(LinkChannel link, Map<String, Long> all) {
        LinkCounters counters = link.counters();
        all.put(link.name() + " frames in", counters.rxFrames());
        all.put(link.name() + " bytes in", counters.rxBytes());
        all.put(link.name() + " frames out", counters.txFrames());
        all.put(link.name() + " bytes out", counters.txBytes());
        all.put("dropped: " + link.name() + " refused by the device", counters.txDropped());
    }

    /** The dispatcher's control surface, with the counters of what lies below it. */
    private final class LinkedControl implements Control {
        private final Control inner;

        LinkedControl(Control inner) {
            this.inner = inner;
        }

        @Override
        public Snapshot snapshot() {
            Snapshot snapshot = inner.snapshot();
            Map<String, Long> all = new LinkedHashMap<>(snapshot.counters());
            counted.forEach((name, value) -> all.merge(name, value, Long::sum));
            return snapshot.withCounters(all);
        }

        @Override
        public List<Event> events(long after, int most) {
            return inner.events(after, most);
        }
    }
}

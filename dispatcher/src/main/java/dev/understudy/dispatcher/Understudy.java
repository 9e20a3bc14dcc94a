package dev.understudy.dispatcher;

import dev.understudy.dispatcher.attach.Attachments;
import dev.understudy.dispatcher.attach.PacketHandler;
import dev.understudy.dispatcher.config.Config;
import dev.understudy.dispatcher.control.Command;
import dev.understudy.dispatcher.control.Command.Side;
import dev.understudy.dispatcher.control.Impair;
import dev.understudy.dispatcher.control.LoopControl;
import dev.understudy.dispatcher.control.Outcome;
import dev.understudy.dispatcher.control.Overview;
import dev.understudy.dispatcher.control.SessionSample;
import dev.understudy.dispatcher.control.Snapshot.LinkView;
import dev.understudy.dispatcher.control.Source;
import dev.understudy.dispatcher.session.Dispatcher;
import dev.understudy.stack.link.Impairment;
import dev.understudy.stack.link.ImpairmentHandler;
import dev.understudy.stack.link.LinkChannel;
import dev.understudy.stack.link.LinkCounters;
import dev.understudy.stack.link.LoopTimer;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.Udp;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
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
    private final RandomGenerator random;
    private final LoopControl control;
    private volatile Supplier<Outcome> reloader =
            () -> Outcome.refused("There is no configuration file to load again.");
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
        this.random = random;
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
                new LoopControl(
                        new Whole(dispatcher.source()),
                        dispatcher.events(),
                        dispatcher.packets(),
                        this::observe,
                        timer::now,
                        System::currentTimeMillis,
                        () -> reloader.get());
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
    public LoopControl control() {
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

    /** Says how the configuration is loaded again when a command asks for it; called on a thread of its own. */
    public void onReload(Supplier<Outcome> how) {
        reloader = how;
    }

    /** Puts the services of another configuration in force for new sessions; live ones keep what they have. */
    public void reload(Config config) {
        reload(config, "");
    }

    /** As {@link #reload(Config)}, with what has changed for the record. */
    public void reload(Config config, String what) {
        on(
                loop,
                () -> {
                    dispatcher.reload(config, what, timer.now());
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

    /** A door of the dispatcher as an attachment knows it. Sessions are TCP or UDP, and errors about them ICMP. */
    private record Door(PacketHandler door) implements PacketHandler {
        @Override
        public boolean handle(Packet packet, long now) {
            return door.handle(packet, now);
        }

        @Override
        public boolean concerns(Packet fragment) {
            int protocol = fragment.protocol();
            return protocol == Tcp.PROTOCOL
                    || protocol == Udp.PROTOCOL
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

    /** Runs what looks at the dispatcher on the loop, as long as there is one, and arms the timer for what it did. */
    private void observe(Runnable look) {
        if (loop.isShuttingDown()) {
            throw new RejectedExecutionException("the loop is ending");
        }
        loop.execute(
                () -> {
                    look.run();
                    timer.check();
                });
    }

    /** The dispatcher with what lies below it: links, attachments, and what can be done to them. */
    private final class Whole implements Source {
        private final Source inner;
        private final Map<LinkChannel, ImpairmentHandler> impaired = new HashMap<>(2);
        private final Map<LinkChannel, Impair> impairs = new HashMap<>(2);

        Whole(Source inner) {
            this.inner = inner;
        }

        @Override
        public boolean read(List<SessionSample> into, int slots, long now) {
            return inner.read(into, slots, now);
        }

        @Override
        public void read(
                List<SessionSample> into, long id, Endpoint from, Endpoint original, long now) {
            inner.read(into, id, from, original, now);
        }

        @Override
        public Overview overview(long now) {
            Overview of = inner.overview(now);
            Map<String, Long> counters = new LinkedHashMap<>(of.counters());
            Map<String, Long> below = new LinkedHashMap<>();
            attachments.counters(below);
            count(client, below);
            count(network, below);
            below.put("stalls of the loop", timer.stalls());
            below.forEach((name, value) -> counters.merge(name, value, Long::sum));
            return new Overview(
                    of.services(),
                    of.servers(),
                    List.of(view(Side.CLIENT, client), view(Side.NETWORK, network)),
                    of.limits(),
                    counters);
        }

        private LinkView view(Side side, LinkChannel link) {
            LinkCounters counters = link.counters();
            Impair impair = impairs.getOrDefault(link, Impair.NONE);
            return new LinkView(
                    side.label(),
                    link.name(),
                    link.isOpen(),
                    counters.rxFrames(),
                    counters.rxBytes(),
                    counters.txFrames(),
                    counters.txBytes(),
                    counters.txDropped(),
                    impair.none() ? "" : impair.words());
        }

        @Override
        public Outcome perform(Command command, long now) {
            if (command instanceof Command.ImpairLink order) {
                LinkChannel link = order.side() == Side.CLIENT ? client : network;
                return impair(order.side(), link, order.impair());
            }
            return inner.perform(command, now);
        }

        private Outcome impair(Side side, LinkChannel link, Impair impair) {
            if (impair.resetAtByte() >= 0) {
                return Outcome.refused("Only a session can be reset at a byte, not a link.");
            }
            ImpairmentHandler handler =
                    impaired.computeIfAbsent(
                            link,
                            one -> {
                                ImpairmentHandler made = new ImpairmentHandler(random.nextLong());
                                one.pipeline().addFirst("impairment", made);
                                return made;
                            });
            handler.both(
                    Impairment.NONE
                            .withLoss(impair.loss())
                            .withDelay(Duration.ofNanos(impair.delayNanos()))
                            .withDuplicate(impair.duplicate())
                            .withReorder(impair.reorder(), Impairment.NONE.reorderBy())
                            .withCorrupt(impair.corrupt())
                            .withBlackhole(impair.blackhole()));
            impairs.put(link, impair);
            String name = "The " + side.label() + " link " + link.name();
            return Outcome.done(
                    impair.none()
                            ? name + " is as it was."
                            : name + " has " + impair.words() + ".");
        }
    }

    private static void count(LinkChannel link, Map<String, Long> all) {
        LinkCounters counters = link.counters();
        all.put(link.name() + " frames in", counters.rxFrames());
        all.put(link.name() + " bytes in", counters.rxBytes());
        all.put(link.name() + " frames out", counters.txFrames());
        all.put(link.name() + " bytes out", counters.txBytes());
        all.put("dropped: " + link.name() + " refused by the device", counters.txDropped());
    }
}

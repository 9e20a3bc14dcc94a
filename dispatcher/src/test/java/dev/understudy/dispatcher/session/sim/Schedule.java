package dev.understudy.dispatcher.session.sim;

import dev.understudy.dispatcher.config.Bind;
import dev.understudy.dispatcher.config.Config;
import dev.understudy.dispatcher.config.Config.Attach;
import dev.understudy.dispatcher.config.Config.ClientSide;
import dev.understudy.dispatcher.config.Config.LinkSpec;
import dev.understudy.dispatcher.config.Config.NetworkSide;
import dev.understudy.dispatcher.config.Config.Setup;
import dev.understudy.dispatcher.config.Limits;
import dev.understudy.dispatcher.config.Original;
import dev.understudy.dispatcher.config.PortRange;
import dev.understudy.dispatcher.config.ServerConfig;
import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.config.ServiceConfig.Connect;
import dev.understudy.dispatcher.config.ServiceConfig.Recover;
import dev.understudy.dispatcher.config.ServiceConfig.Statuses;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.config.Subnet;
import dev.understudy.stack.wire.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * What happens in one simulation, drawn from its seed: how bad the links are, what becomes of each server and when, and
 * what the clients do.
 */
record Schedule(
        long seed,
        Family family,
        boolean nat,
        Strategy strategy,
        Link link,
        List<ServerPlan> servers,
        int clients,
        int visits,
        boolean banner,
        Speech speech) {

    /** How many servers a session may try: more than any schedule has. */
    static final int ATTEMPTS = 5;

    private static final long MILLIS = 1_000_000L;

    private static final Recover READING =
            new Recover(true, true, true, true, List.of(new Statuses(404, 404)), true);

    /** One direction of one link; probabilities in thousandths. */
    record Link(int loss, int duplication, int corruption, long delay, long jitter) {
        boolean lossless() {
            return loss == 0 && corruption == 0;
        }
    }

    /** What a server does with connections. */
    enum Mode {
        UP,
        REFUSING,
        SILENT,
        UNREACHABLE
    }

    /** At which point of a connection a server dies. */
    enum Death {
        NONE,
        AFTER_SYN_ACK,
        BEFORE_ACKNOWLEDGING,
        AFTER_ACKNOWLEDGING,
        IN_MID_RESPONSE
    }

    /** A change of mode at a time; a server that leaves UP resets its connections, or just vanishes. */
    record Change(long at, Mode mode, boolean withReset) {}

    record ServerPlan(
            Mode first,
            List<Change> changes,
            Death death,
            boolean deathWithReset,
            ModelTcp.Offer offer) {
        boolean alwaysUp() {
            return first == Mode.UP && changes.isEmpty() && death == Death.NONE;
        }
    }

    static Schedule of(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Strategy[] strategies = Strategy.values();
        Strategy strategy = strategies[random.nextInt(strategies.length)];
        List<ServerPlan> servers = new ArrayList<>();
        int count = 1 + random.nextInt(3) + (strategy == Strategy.ORIGINAL_FIRST ? 1 : 0);
        boolean steady = random.nextBoolean();
        for (int i = 0; i < count; i++) {
            servers.add(server(random, steady));
        }
        return new Schedule(
                seed,
                random.nextInt(4) == 0 ? Family.IPV6 : Family.IPV4,
                random.nextInt(3) != 0,
                strategy,
                link(random),
                List.copyOf(servers),
                1 + random.nextInt(3),
                1 + random.nextInt(3),
                random.nextInt(6) == 0,
                Speech.PLAIN);
    }

    /** A schedule in which HTTP is spoken, and read along. */
    static Schedule http(long seed) {
        Schedule plain = of(seed);
        SplittableRandom random = new SplittableRandom(~seed);
        return new Schedule(
                seed,
                plain.family,
                plain.nat,
                plain.strategy,
                plain.link,
                plain.servers,
                plain.clients,
                plain.visits,
                false,
                Speech.of(random));
    }

    private static Link link(SplittableRandom random) {
        long delay = (1 + random.nextInt(random.nextInt(3) == 0 ? 60 : 5)) * MILLIS;
        return switch (random.nextInt(4)) {
            case 0 -> new Link(0, 0, 0, delay, 0);
            case 1 -> new Link(0, random.nextInt(100), 0, delay, random.nextInt(10) * MILLIS);
            case 2 ->
                    new Link(
                            random.nextInt(150),
                            random.nextInt(100),
                            0,
                            delay,
                            random.nextInt(30) * MILLIS);
            default ->
                    new Link(
                            random.nextInt(80),
                            random.nextInt(50),
                            random.nextInt(60),
                            delay,
                            random.nextInt(300) * MILLIS);
        };
    }

    private static ServerPlan server(SplittableRandom random, boolean steady) {
        Mode[] modes = Mode.values();
        Mode first = modes[Math.max(0, random.nextInt(modes.length + 3) - 3)];
        List<Change> changes = new ArrayList<>();
        for (int i = steady ? 0 : random.nextInt(4); i > 0; i--) {
            changes.add(
                    new Change(
                            random.nextInt(6_000) * MILLIS,
                            modes[random.nextInt(modes.length)],
                            random.nextBoolean()));
        }
        Death[] deaths = Death.values();
        Death death = random.nextInt(3) == 0 ? deaths[random.nextInt(deaths.length)] : Death.NONE;
        return new ServerPlan(
                first, List.copyOf(changes), death, random.nextBoolean(), offer(random));
    }

    /** Options that some stack might offer. */
    static ModelTcp.Offer offer(SplittableRandom random) {
        int[] sizes = {1460, 1460, 1400, 1220, 536};
        int scale = random.nextInt(4) == 0 ? -1 : random.nextInt(10);
        return new ModelTcp.Offer(
                sizes[random.nextInt(sizes.length)],
                scale,
                random.nextInt(4) != 0,
                random.nextInt(4) != 0,
                (random.nextInt(4) == 0 ? 3_000 : 30_000) + random.nextInt(30_000));
    }

    /** What an end offers that has little room, for it will not read all the time. */
    static ModelTcp.Offer cramped(SplittableRandom random) {
        ModelTcp.Offer offer = offer(random);
        return new ModelTcp.Offer(
                offer.mss(),
                random.nextInt(3) - 1,
                offer.timestamps(),
                offer.sack(),
                600 + random.nextInt(4_000));
    }

    /** Lets a cramped end stop reading, somewhere in the first bytes that it gets. */
    static void pause(ModelTcp tcp, SplittableRandom random) {
        tcp.pause(random.nextInt(4_000), (1 + random.nextInt(4_000)) * MILLIS);
    }

    private Bind bind() {
        return switch (speech.binding()) {
            case CONNECT -> Bind.CONNECT;
            case INSTANT -> new Bind(Bind.By.URL, Bind.Accept.INSTANT, 250 * MILLIS, List.of());
            case HONEST -> new Bind(Bind.By.URL, Bind.Accept.HONEST, 250 * MILLIS, List.of());
        };
    }

    /** What the dispatcher is told of all this. */
    Config config(List<Endpoint> endpoints) {
        int bits = family == Family.IPV6 ? 128 : 32;
        PortRange port = new PortRange(Simulation.PORT, Simulation.PORT);
        ServiceConfig service =
                new ServiceConfig(
                                "shop",
                                List.of(new Original(new Subnet(family.original(), bits), port)),
                                endpoints.stream().map(ServerConfig::of).toList(),
                                new Connect(strategy, 250 * MILLIS, 2_000 * MILLIS, ATTEMPTS),
                                speech.http() ? READING : Recover.DEFAULT)
                        .with(bind());
        return new Config(
                nat ? Attach.ROUTED : Attach.INLINE,
                new ClientSide(new LinkSpec("tap", "us0", true), Optional.empty()),
                new NetworkSide(
                        new LinkSpec("tap", "us1", true),
                        Optional.of(new Subnet(family.ours(), bits)),
                        Optional.empty(),
                        nat),
                Setup.NONE,
                List.of(service),
                Optional.empty(),
                Limits.DEFAULT);
    }
}

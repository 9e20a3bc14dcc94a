package dev.understudy.stack.tcp.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.tcp.CloseReason;
import dev.understudy.stack.tcp.EcnMode;
import dev.understudy.stack.tcp.TcpConfig;
import dev.understudy.stack.tcp.TcpListener;
import dev.understudy.stack.wire.IpAddress;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Our stack against itself in trouble: outages, slow links, aborts, restarts and forgeries. Each stream arrives intact, or
 * its end is told; whatever happens, it ends in bounded time and nothing is left.
 *
 * <p>A schedule that fails is played once more and recorded, as a capture and as a ladder. {@code -Dseed=S} plays and records
 * that one alone, {@code -Dtrouble.schedules=N} plays more.
 */
class TcpTroubleTest {
    private static final int SCHEDULES = Integer.getInteger("trouble.schedules", 3_000);
    private static final long HOURS = 4 * 3600L * 1_000_000_000L;
    private static final int STEPS = 300_000;
    private static final IpAddress ANY = IpAddress.parse("::");
    private static final Path RECORDINGS = Path.of("target", "recordings");

    @Test
    void everyStreamArrivesOrItsEndIsTold() {
        Long only = Long.getLong("seed");
        if (only != null) {
            record(only);
            return;
        }
        int graceful = 0;
        for (long seed = 0; seed < SCHEDULES; seed++) {
            try {
                graceful += run(seed, Recording.NONE) ? 1 : 0;
            } catch (AssertionError | RuntimeException e) {
                record(seed);
                throw new AssertionError("seed " + seed + " failed once, and not again", e);
            }
        }
        System.out.printf(
                "%d schedules of trouble: %d connections ended well, %d were told their end%n",
                SCHEDULES, graceful, SCHEDULES - graceful);
        assertThat(graceful).isBetween(SCHEDULES / 2, SCHEDULES * 9 / 10);
    }

    private static void record(long seed) {
        String name = "trouble-" + seed;
        try (Recording recording = new Recording(RECORDINGS, name)) {
            run(seed, recording);
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(
                    "seed %d (-Dseed=%d), recorded in %s: %s"
                            .formatted(seed, seed, RECORDINGS.resolve(name), e.getMessage()),
                    e);
        }
    }

    /** Returns whether the connection ended well. */
    private static boolean run(long seed, Recording recording) {
        SplittableRandom random = new SplittableRandom(seed);
        TcpConfig configA = config(random);
        TcpConfig configB = config(random);
        TwoHosts hosts = new TwoHosts(configA, configB, random.nextInt(3) == 0, random);
        App client = app("client", hosts, random, 17, 99);
        App server = app("server", hosts, random, 99, 17);
        hosts.b.listen(ANY, 80, 4, (listener, now) -> accept(listener, server, now));
        hosts.goNearWrap(4000, 80, random.nextInt(1, 30_000));
        hosts.recording = recording;
        hosts.link = link(random);
        Trouble trouble = new Trouble(hosts, random.split());
        trouble.plan(client, server);
        hosts.a.connect(hosts.addressA, 4000, hosts.addressB, 80, client, hosts.now());
        try {
            play(hosts);
            return judge(hosts, client, server, trouble.harmful);
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(e.getMessage() + "\n" + hosts.trace(), e);
        }
    }

    private static void play(TwoHosts hosts) {
        long end = hosts.now() + HOURS;
        int steps = 0;
        while (hosts.step(end)) {
            if (++steps > STEPS) {
                throw new AssertionError("no end after " + STEPS + " steps");
            }
        }
    }

    private static boolean judge(TwoHosts hosts, App client, App server, boolean harmful) {
        assertThat(client.fault).isNull();
        assertThat(server.fault).isNull();
        assertThat(client.closed).as("the client's end").isNotNull();
        if (server.connection != null) {
            assertThat(server.closed).as("the server's end").isNotNull();
        }
        boolean whole = server.read == client.written && client.read == server.written;
        assertThat(whole || harmful).as("nothing forged, and no outage, has done harm").isTrue();
        boolean graceful =
                client.closed == CloseReason.GRACEFUL && server.closed == CloseReason.GRACEFUL;
        assertThat(whole || !graceful).as("what ended well arrived whole").isTrue();
        assertThat(hosts.a.connectionCount() + hosts.b.connectionCount())
                .as("connections that ended by themselves")
                .isZero();
        hosts.a.close(hosts.now());
        hosts.b.close(hosts.now());
        hosts.drain();
        assertThat(hosts.a.timeWaitCount() + hosts.b.timeWaitCount()).as("TIME-WAITs").isZero();
        assertThat(hosts.allocator.live()).as("buffers").isZero();
        return graceful;
    }

    private static void accept(TcpListener listener, App server, long now) {
        server.start(listener.accept(), now);
    }

    private static App app(
            String name, TwoHosts hosts, SplittableRandom random, int salt, int peerSalt) {
        int bytes = random.nextInt(4) == 0 ? 0 : random.nextInt(60_000);
        boolean slowly = random.nextInt(4) == 0;
        return new App(name, hosts, random.split(), salt, peerSalt, bytes, slowly, false);
    }

    private static TwoHosts.Link link(SplittableRandom random) {
        return new TwoHosts.Link(
                random.nextInt(3) == 0 ? random.nextInt(80) : 0,
                random.nextInt(3) == 0 ? random.nextInt(100) : 0,
                random.nextInt(3) == 0 ? random.nextInt(100) : 0,
                random.nextInt(3) == 0 ? random.nextInt(50) : 0,
                random.nextInt(2) == 0 ? random.nextInt(300) : 0,
                random.nextLong(100_000, 60 * TwoHosts.MILLIS),
                random.nextInt(2) == 0 ? 0 : random.nextLong(1, 20 * TwoHosts.MILLIS));
    }

    private static TcpConfig config(SplittableRandom random) {
        return TcpConfig.DEFAULT
                .withOffload(
                        random.nextInt(3) == 0 ? TcpConfig.MAX_SUPER_SEGMENT : 0,
                        random.nextBoolean())
                .withBuffers(65_536, random.nextInt(3) == 0 ? random.nextInt(2000, 9000) : 100_000)
                .withOptions(random.nextInt(4) != 0, random.nextInt(4) != 0, random.nextInt(4) != 0)
                .withEcn(EcnMode.values()[random.nextInt(3)])
                .withNoDelay(random.nextBoolean());
    }
}

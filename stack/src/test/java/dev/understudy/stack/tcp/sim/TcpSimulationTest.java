package dev.understudy.stack.tcp.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.tcp.CloseReason;
import dev.understudy.stack.tcp.CongestionControl;
import dev.understudy.stack.tcp.Cubic;
import dev.understudy.stack.tcp.EcnMode;
import dev.understudy.stack.tcp.NewReno;
import dev.understudy.stack.tcp.TcpConfig;
import dev.understudy.stack.tcp.TcpListener;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Seeds;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Our stack against itself: whatever the link does, streams arrive intact and nothing is left behind. */
class TcpSimulationTest {
    private static final int SCHEDULES = Integer.getInteger("tcp.schedules", 10_000);
    private static final long HOUR = 3600L * 1_000_000_000L;
    private static final int STEPS = 200_000;
    private static final IpAddress ANY = IpAddress.parse("::");

    @Test
    void everyStreamArrivesWholeWhateverTheLinkDoes() {
        Seeds.each(SCHEDULES, TcpSimulationTest::run);
    }

    private static void run(SplittableRandom random) {
        TwoHosts.Link link = link(random);
        TcpConfig configA = config(random);
        TcpConfig configB = config(random);
        TwoHosts hosts = new TwoHosts(configA, configB, random.nextInt(3) == 0, random);
        App client =
                app("client", hosts, random, 17, 99, configA.sendBuffer(), configB.receiveBuffer());
        App server =
                app("server", hosts, random, 99, 17, configB.sendBuffer(), configA.receiveBuffer());
        hosts.goNearWrap(4000, 80, random.nextInt(1, 30_000));
        hosts.link = link;
        if (random.nextInt(8) == 0) {
            hosts.b.connect(hosts.addressB, 80, hosts.addressA, 4000, server, hosts.now());
        } else {
            hosts.b.listen(ANY, 80, 4, (listener, now) -> accept(listener, server, now));
        }
        hosts.a.connect(hosts.addressA, 4000, hosts.addressB, 80, client, hosts.now());
        try {
            play(hosts, client, server);
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(
                    e.getMessage()
                            + "\n"
                            + link
                            + describe(client)
                            + describe(server)
                            + "\n"
                            + hosts.trace(),
                    e);
        }
    }

    private static void play(TwoHosts hosts, App client, App server) {
        long end = hosts.now() + 4 * HOUR;
        int steps = 0;
        while (hosts.step(end)) {
            if (++steps > STEPS) {
                throw new AssertionError("no end after " + STEPS + " steps");
            }
        }
        assertThat(client.fault).isNull();
        assertThat(server.fault).isNull();
        assertThat(client.closed).as("client closed").isNotNull();
        if (client.closed == CloseReason.GRACEFUL
                && server.closed == CloseReason.GRACEFUL
                && !client.closesEarly
                && !server.closesEarly) {
            assertThat(server.read).as("read by the server").isEqualTo(client.written);
            assertThat(client.read).as("read by the client").isEqualTo(server.written);
        }
        if (hosts.link.loss() < 200 && !client.closesEarly && !server.closesEarly) {
            assertThat(client.closed).isEqualTo(CloseReason.GRACEFUL);
            assertThat(server.closed).isEqualTo(CloseReason.GRACEFUL);
        }
        hosts.a.close(hosts.now());
        hosts.b.close(hosts.now());
        hosts.drain();
        assertThat(hosts.a.connectionCount() + hosts.b.connectionCount())
                .as("connections")
                .isZero();
        assertThat(hosts.a.timeWaitCount() + hosts.b.timeWaitCount()).as("TIME-WAITs").isZero();
        assertThat(hosts.bytesKept()).as("bytes kept").isZero();
        assertThat(hosts.allocator.live()).as("buffers").isZero();
    }

    private static void accept(TcpListener listener, App server, long now) {
        server.start(listener.accept(), now);
    }

    private static App app(
            String name,
            TwoHosts hosts,
            SplittableRandom random,
            int salt,
            int peerSalt,
            int sendBuffer,
            int receiveBuffer) {
        int most = Math.min(40_000, 50 * Math.min(sendBuffer, receiveBuffer));
        int bytes = random.nextInt(4) == 0 ? 0 : random.nextInt(most);
        return new App(
                name,
                hosts,
                random.split(),
                salt,
                peerSalt,
                bytes,
                random.nextInt(4) == 0,
                random.nextInt(10) == 0);
    }

    private static String describe(App app) {
        return String.format(
                "%n%s wrote %d read %d closed %s connection %s",
                app.name,
                app.written,
                app.read,
                app.closed,
                app.connection == null ? "none" : app.connection.info());
    }

    private static TwoHosts.Link link(SplittableRandom random) {
        int loss =
                switch (random.nextInt(8)) {
                    case 0, 1 -> 0;
                    case 2, 3 -> 10;
                    case 4, 5 -> 50;
                    case 6 -> 200;
                    default -> 500;
                };
        return new TwoHosts.Link(
                loss,
                random.nextInt(3) == 0 ? random.nextInt(200) : 0,
                random.nextInt(3) == 0 ? random.nextInt(300) : 0,
                random.nextInt(4) == 0 ? random.nextInt(50) : 0,
                random.nextInt(2) == 0 ? random.nextInt(300) : 0,
                random.nextLong(100_000, 100 * TwoHosts.MILLIS),
                random.nextInt(2) == 0 ? 0 : random.nextLong(1, 40 * TwoHosts.MILLIS));
    }

    private static TcpConfig config(SplittableRandom random) {
        CongestionControl.Factory control = random.nextBoolean() ? Cubic::new : NewReno::new;
        int mtu = random.nextBoolean() ? 1500 : random.nextInt(1280, 1500);
        int small = random.nextInt(3);
        return TcpConfig.DEFAULT
                .withMtu(mtu)
                .withOffload(
                        random.nextInt(3) == 0 ? TcpConfig.MAX_SUPER_SEGMENT : 0,
                        random.nextBoolean())
                .withBuffers(
                        small == 0 ? random.nextInt(1, 3000) : 65536,
                        small == 1 ? random.nextInt(1, 3000) : 100_000)
                .withOptions(random.nextInt(4) != 0, random.nextInt(4) != 0, random.nextInt(4) != 0)
                .withEcn(EcnMode.values()[random.nextInt(3)])
                .withNoDelay(random.nextBoolean())
                .withCongestionControl(control);
    }
}

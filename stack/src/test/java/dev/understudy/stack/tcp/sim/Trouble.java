package dev.understudy.stack.tcp.sim;

import dev.understudy.stack.tcp.TcpConnection;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.PacketBuilder;
import dev.understudy.stack.wire.Tcp;
import io.netty.buffer.ByteBuf;
import java.util.SplittableRandom;

/**
 * What happens to a connection beyond a bad link: the link goes down for a while, an application aborts, a machine restarts,
 * somebody who can guess the ends and nearly the numbers forges packets.
 */
final class Trouble {
    private static final long SECOND = 1000 * TwoHosts.MILLIS;

    private final TwoHosts hosts;
    private final SplittableRandom random;
    private final PacketBuilder builder;

    /** Something that may end the connection other than well. */
    boolean harmful;

    Trouble(TwoHosts hosts, SplittableRandom random) {
        this.hosts = hosts;
        this.random = random;
        builder = new PacketBuilder(hosts.allocator);
    }

    /** Plans what will happen in the first seconds. */
    void plan(App client, App server) {
        if (random.nextInt(3) == 0) {
            hosts.rate = random.nextLong(100_000, 50_000_000);
        }
        for (int outages = random.nextInt(3); outages > 0; outages--) {
            outage();
        }
        if (random.nextInt(4) == 0) {
            harmful = true;
            App app = random.nextBoolean() ? client : server;
            hosts.at(sometime(), () -> abort(app));
        }
        if (random.nextInt(4) == 0) {
            harmful = true;
            hosts.at(sometime(), hosts::restartB);
        }
        for (int forgeries = random.nextInt(40); forgeries > 0; forgeries--) {
            hosts.at(sometime(), () -> forge(client, server));
        }
    }

    private long sometime() {
        return hosts.now() + random.nextLong(1 + random.nextLong(5 * SECOND));
    }

    /** The link is down for as long as half a minute, which is well below every time-out of the user's. */
    private void outage() {
        long begin = sometime();
        hosts.at(begin, () -> hosts.down = true);
        hosts.at(begin + random.nextLong(30 * SECOND), () -> hosts.down = false);
    }

    private void abort(App app) {
        if (app.connection != null && app.closed == null) {
            hosts.note(app.name + " aborts");
            app.connection.abort(hosts.now());
        }
    }

    /** What RFC 5961 is against: RST, SYN and acknowledgements that lie near, but not right. */
    private void forge(App client, App server) {
        if (!isOpen(client.connection) || !isOpen(server.connection)) {
            return;
        }
        boolean toB = random.nextBoolean();
        int seq = hosts.sequenceEnd(toB);
        int ack = hosts.sequenceEnd(!toB);
        int beyond = 1 + random.nextInt(30_000);
        switch (random.nextInt(4)) {
            case 0 -> send(toB, seq + beyond, ack, Tcp.RST | random.nextInt(2) * Tcp.ACK);
            case 1 -> send(toB, seq + random.nextInt(), ack, Tcp.SYN);
            case 2 -> send(toB, seq, ack + beyond, Tcp.ACK);
            default -> send(toB, seq - 1_000_000_000 + random.nextInt(1000), ack, Tcp.ACK);
        }
    }

    private static boolean isOpen(TcpConnection connection) {
        return connection != null && !connection.isClosed();
    }

    private void send(boolean toB, int seq, int ack, int flags) {
        IpAddress from = toB ? hosts.addressA : hosts.addressB;
        IpAddress to = toB ? hosts.addressB : hosts.addressA;
        ByteBuf frame =
                builder.tcp(
                        from.hi(),
                        from.lo(),
                        toB ? 4000 : 80,
                        to.hi(),
                        to.lo(),
                        toB ? 80 : 4000,
                        seq,
                        ack,
                        flags,
                        random.nextInt(0x10000),
                        null,
                        null);
        hosts.forge(frame, toB);
    }
}

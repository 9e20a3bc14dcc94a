package dev.understudy.stack.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.link.Impairment;
import dev.understudy.stack.link.ImpairmentHandler;
import dev.understudy.stack.link.LinkChannel;
import dev.understudy.stack.link.VirtualLoop;
import dev.understudy.stack.link.Wire;
import dev.understudy.stack.tcp.TcpConfig;
import dev.understudy.stack.tcp.TcpLimits;
import dev.understudy.stack.wire.PoisoningAllocator;
import io.netty.channel.ChannelHandler;
import java.time.Duration;
import java.util.SplittableRandom;

/** A client's host and a server's on one cable, in virtual time and from one seed. */
final class TwoHosts {
    static final String CLIENT4 = "10.9.0.1";
    static final String SERVER4 = "10.9.0.2";
    static final String CLIENT6 = "fd00:9::1";
    static final String SERVER6 = "fd00:9::2";

    private final Wire wire;
    final VirtualLoop time = new VirtualLoop();
    final HostLink client;
    final HostLink server;
    final HostChannels clientNet;
    final HostChannels serverNet;
    final ImpairmentHandler network;
    private final PoisoningAllocator allocator = new PoisoningAllocator();

    /** With or without offload on both ends. */
    TwoHosts(boolean offload, Duration latency) {
        this(offload, latency, TcpConfig.DEFAULT);
    }

    /** As {@link #TwoHosts(boolean, Duration)}, with a configuration for the client's TCP. */
    TwoHosts(boolean offload, Duration latency, TcpConfig clientTcp) {
        wire =
                Wire.between(
                        new Wire.End("client", offload, 1500),
                        new Wire.End("server", offload, 1500),
                        latency);
        client = attach(wire.a(), CLIENT4, CLIENT6, clientTcp, 1);
        server = attach(wire.b(), SERVER4, SERVER6, TcpConfig.DEFAULT, 2);
        network = new ImpairmentHandler(3);
        wire.b().pipeline().addFirst(network);
        wire.register(time.loop());
        clientNet = new HostChannels(client);
        serverNet = new HostChannels(server);
        time.advance(Duration.ofSeconds(3));
    }

    private HostLink attach(
            LinkChannel link, String address4, String address6, TcpConfig tcp, long seed) {
        link.config().setAllocator(allocator);
        return HostLink.attach(
                link,
                HostConfig.of(address4 + "/24", address6 + "/64").withTcp(tcp, TcpLimits.DEFAULT),
                new SplittableRandom(seed));
    }

    /** Frames on the cable pass this, too, both ways. */
    void route(ChannelHandler router) {
        wire.b().pipeline().addFirst(router);
    }

    /** What happens to frames on the cable, both ways. */
    void impair(Impairment impairment) {
        network.both(impairment);
    }

    TwoHosts advance(Duration duration) {
        time.advance(duration);
        return this;
    }

    /** Buffers that either host or the cable holds. */
    int liveBuffers() {
        return allocator.live();
    }

    /** Nothing of ours failed, and every buffer is back. */
    void close() {
        assertThat(client.failures() + server.failures()).isZero();
        wire.close();
        time.advance(Duration.ofSeconds(1));
        assertThat(allocator.live()).isZero();
    }
}

package dev.understudy.tools.bench;

import dev.understudy.dispatcher.config.Config;
import dev.understudy.dispatcher.config.Original;
import dev.understudy.dispatcher.config.PortRange;
import dev.understudy.dispatcher.config.ServerConfig;
import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.config.Subnet;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.tools.net.TapDispatcher;
import java.io.IOException;
import java.util.List;

/**
 * Understudy itself: the original's preferred server refuses, another plays its part. Every packet is looked up, rewritten
 * in address and port with source NAT, and accounted for.
 */
final class RelocatedSession implements Contestant {
    private static final Endpoint REFUSING = Endpoint.parse("10.112.0.1:1");
    private static final Endpoint PLAYING = Endpoint.parse("10.112.0.1:0");

    private TapDispatcher dispatcher;

    @Override
    public String name() {
        return "Understudy, relocated";
    }

    @Override
    public String open(BenchNetwork network) throws IOException {
        dispatcher = TapDispatcher.start(config(), network.client(), network.server());
        network.client()
                .address("us0", BenchConfig.CLIENT)
                .route("203.0.113.0/24 via " + BenchConfig.GATEWAY);
        network.server().address("us1", BenchConfig.NEXT_HOP + "/24");
        return "203.0.113.10";
    }

    private static Config config() {
        Original original =
                new Original(
                        new Subnet(IpAddress.parse("203.0.113.10"), 32),
                        new PortRange(BenchNetwork.IPERF_PORT, BenchNetwork.HTTP_PORT));
        return BenchConfig.of(
                List.of(
                        new ServiceConfig(
                                "bench",
                                List.of(original),
                                List.of(ServerConfig.of(REFUSING), ServerConfig.of(PLAYING)),
                                ServiceConfig.Connect.DEFAULT,
                                ServiceConfig.Recover.DEFAULT)));
    }

    @Override
    public void close() {
        if (dispatcher != null) {
            dispatcher.close();
        }
    }
}

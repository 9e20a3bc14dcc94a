package dev.understudy.tools.bench;

import dev.understudy.dispatcher.config.Config;
import dev.understudy.dispatcher.config.Limits;
import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.config.Subnet;
import dev.understudy.stack.wire.IpAddress;
import java.util.List;
import java.util.Optional;

/** What a dispatcher is told in every benchmark: links and addresses of its own, and source NAT. */
final class BenchConfig {
    /** The client's address on our link, and ours that its routes lead to. */
    static final String CLIENT = "10.111.0.1/24";

    static final String GATEWAY = "10.111.0.2";

    /** The address of the host behind our network side. */
    static final String NEXT_HOP = "10.112.0.1";

    private BenchConfig() {}

    static Config of(List<ServiceConfig> services) {
        return new Config(
                Config.Attach.ROUTED,
                new Config.ClientSide(
                        new Config.LinkSpec("tap", "us0", true),
                        Optional.of(Subnet.parse(GATEWAY + "/24"))),
                new Config.NetworkSide(
                        new Config.LinkSpec("tap", "us1", true),
                        Optional.of(Subnet.parse("10.112.0.2/24")),
                        Optional.of(IpAddress.parse(NEXT_HOP)),
                        true),
                Config.Setup.NONE,
                services,
                Optional.empty(),
                Limits.DEFAULT);
    }
}

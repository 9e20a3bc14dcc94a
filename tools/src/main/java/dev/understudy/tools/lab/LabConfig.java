package dev.understudy.tools.lab;

import dev.understudy.dispatcher.config.Config;
import dev.understudy.dispatcher.config.Limits;
import dev.understudy.dispatcher.config.Original;
import dev.understudy.dispatcher.config.PortRange;
import dev.understudy.dispatcher.config.ServerConfig;
import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.config.Subnet;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.IpAddress;
import java.util.List;
import java.util.Optional;

/** What the dispatcher of a lab is told, wherever it plays. */
final class LabConfig {
    private static final ServiceConfig.Recover RECOVER =
            new ServiceConfig.Recover(true, true, true, true, List.of(), true);

    private LabConfig() {}

    /**
     * One service with the lab's original. All that can be hidden is: answers are read, and taken up in their middle.
     *
     * @param gateway the next hop to addresses that are not on the network side's link
     * @param servers in order of preference
     */
    static Config of(String gateway, List<Endpoint> servers) {
        PortRange port = new PortRange(LabNetwork.ORIGINAL.port(), LabNetwork.ORIGINAL.port());
        return with(
                gateway,
                List.of(
                        new ServiceConfig(
                                "shop",
                                List.of(
                                        new Original(
                                                new Subnet(LabNetwork.ORIGINAL.address(), 32),
                                                port)),
                                servers.stream().map(ServerConfig::of).toList(),
                                ServiceConfig.Connect.DEFAULT,
                                RECOVER)));
    }

    /** Any services, on the lab's links. */
    static Config with(String gateway, List<ServiceConfig> services) {
        return new Config(
                Config.Attach.ROUTED,
                new Config.ClientSide(
                        new Config.LinkSpec("tap", LabNetwork.CLIENT_DEVICE, true),
                        Optional.of(Subnet.parse("10.111.0.2/24"))),
                new Config.NetworkSide(
                        new Config.LinkSpec("tap", LabNetwork.NETWORK_DEVICE, true),
                        Optional.of(Subnet.parse("10.112.0.2/24")),
                        Optional.of(IpAddress.parse(gateway)),
                        true),
                Config.Setup.NONE,
                services,
                Optional.empty(),
                Limits.DEFAULT);
    }
}

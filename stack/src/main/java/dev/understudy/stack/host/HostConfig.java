package dev.understudy.stack.host;

import dev.understudy.stack.ip.Neighbours;
import dev.understudy.stack.ip.Prefix;
import dev.understudy.stack.ip.Reassembly;
import dev.understudy.stack.tcp.TcpConfig;
import dev.understudy.stack.tcp.TcpLimits;
import dev.understudy.stack.wire.IpAddress;
import java.util.List;

/**
 * What a {@link Host} is to be.
 *
 * @param addresses ours, with the networks that they are of; the first of IPv4 is the one that asks by ARP
 * @param gateways default routers, at most one a family counts
 * @param detectDuplicates whether an IPv6 address is used only once it is known that nobody has it
 * @param autoconfigure whether routers are asked for IPv6 prefixes and a default route
 * @param tcp configuration of connections; its MTU is the link's
 */
public record HostConfig(
        List<Prefix> addresses,
        List<IpAddress> gateways,
        boolean detectDuplicates,
        boolean autoconfigure,
        TcpConfig tcp,
        TcpLimits tcpLimits,
        Neighbours.Limits neighbours,
        Reassembly.Limits reassembly) {
    /** The longest datagram may come in 45 fragments, which must be able to wait for their neighbour together. */
    private static final Neighbours.Limits NEIGHBOURS = new Neighbours.Limits(1024, 64, 1024);

    public HostConfig {
        addresses = List.copyOf(addresses);
        gateways = List.copyOf(gateways);
    }

    /** A host with these addresses, and otherwise as hosts are. */
    public static HostConfig of(List<Prefix> addresses) {
        return new HostConfig(
                addresses,
                List.of(),
                true,
                false,
                TcpConfig.DEFAULT,
                TcpLimits.DEFAULT,
                NEIGHBOURS,
                Reassembly.Limits.DEFAULT);
    }

    /** A host with these addresses, {@code 10.9.0.2/24}. */
    public static HostConfig of(String... addresses) {
        return of(List.of(addresses).stream().map(Prefix::parse).toList());
    }

    public HostConfig withGateways(List<IpAddress> value) {
        return new HostConfig(
                addresses,
                value,
                detectDuplicates,
                autoconfigure,
                tcp,
                tcpLimits,
                neighbours,
                reassembly);
    }

    public HostConfig withDetectDuplicates(boolean value) {
        return new HostConfig(
                addresses, gateways, value, autoconfigure, tcp, tcpLimits, neighbours, reassembly);
    }

    public HostConfig withAutoconfigure(boolean value) {
        return new HostConfig(
                addresses,
                gateways,
                detectDuplicates,
                value,
                tcp,
                tcpLimits,
                neighbours,
                reassembly);
    }

    public HostConfig withTcp(TcpConfig value, TcpLimits limits) {
        return new HostConfig(
                addresses,
                gateways,
                detectDuplicates,
                autoconfigure,
                value,
                limits,
                neighbours,
                reassembly);
    }
}

package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.config.Config;
import dev.understudy.dispatcher.config.Config.NetworkSide;
import dev.understudy.dispatcher.config.Subnet;
import dev.understudy.stack.wire.IpAddress;
import java.util.Optional;

/**
 * Whose address server legs have: ours (source NAT), in each family that we have one in, or the client's own. Whatever
 * comes to ours and no session knows is answered by RST, as a host does.
 *
 * @param ipv4 ours for IPv4, if there is one
 * @param ipv6 ours for IPv6, if there is one
 */
public record NetworkIdentity(Optional<IpAddress> ipv4, Optional<IpAddress> ipv6) {
    /** Server legs keep the client's own address. */
    public static final NetworkIdentity CLIENT =
            new NetworkIdentity(Optional.empty(), Optional.empty());

    /** What a configuration says: NAT needs an address of ours. */
    public static NetworkIdentity of(Config config) {
        NetworkSide side = config.network();
        if (config.attach() == Config.Attach.INLINE || !side.nat()) {
            return CLIENT;
        }
        Optional<IpAddress> first = side.address().map(Subnet::address);
        Optional<IpAddress> second = side.address6().map(Subnet::address);
        return new NetworkIdentity(
                first.filter(IpAddress::isIpv4),
                second.or(() -> first.filter(address -> !address.isIpv4())));
    }

    private Optional<IpAddress> of(long hi, long lo) {
        return IpAddress.isMapped(hi, lo) ? ipv4 : ipv6;
    }

    /** Whether an address is ours. */
    boolean is(long hi, long lo) {
        Optional<IpAddress> ours = of(hi, lo);
        return ours.isPresent() && ours.get().lo() == lo && ours.get().hi() == hi;
    }

    /** Whether we speak to a host under an address of ours. */
    boolean hasFor(long hi, long lo) {
        return of(hi, lo).isPresent();
    }

    /** The address under which we speak to a host, if {@link #hasFor}, with {@link #loFor}. */
    long hiFor(long hi, long lo) {
        return of(hi, lo).orElseThrow().hi();
    }

    long loFor(long hi, long lo) {
        return of(hi, lo).orElseThrow().lo();
    }
}

package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.config.Config;
import dev.understudy.stack.wire.IpAddress;

/**
 * Whose address server legs have: ours (source NAT) or the client's own.
 *
 * @param nat whether the address is ours; if so, whatever comes to it and no session knows is answered by RST, as a host
 *     does
 */
public record NetworkIdentity(boolean nat, long hi, long lo) {
    /** Server legs keep the client's own address. */
    public static final NetworkIdentity CLIENT = new NetworkIdentity(false, 0, 0);

    public static NetworkIdentity nat(IpAddress address) {
        return new NetworkIdentity(true, address.hi(), address.lo());
    }

    /** What a configuration says: NAT needs an address of ours. */
    public static NetworkIdentity of(Config config) {
        if (config.attach() == Config.Attach.INLINE || !config.network().nat()) {
            return CLIENT;
        }
        return config.network().address().map(subnet -> nat(subnet.address())).orElse(CLIENT);
    }
}

package dev.understudy.stack.tcp;

import dev.understudy.stack.wire.IpAddress;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What is known of paths narrower than our own link (RFC 1191 §6.3, RFC 8201 §5.2), for connections to come. Forgotten after
 * ten minutes, when a path may have become wider; at the limit the oldest goes.
 */
final class PathMtus {
    private static final long AGE_NANOS = 600_000_000_000L;
    private static final int LIMIT = 256;

    private record Known(int mtu, long until) {}

    private final LinkedHashMap<IpAddress, Known> known = new LinkedHashMap<>();

    /** The MTU to an address: {@code mtu} of our link unless less is known. */
    int mtu(int mtu, long hi, long lo, long now) {
        if (known.isEmpty()) {
            return mtu;
        }
        Known path = known.get(new IpAddress(hi, lo));
        return path == null || path.until() <= now ? mtu : Math.min(mtu, path.mtu());
    }

    void learn(int mtu, long hi, long lo, long now) {
        IpAddress address = new IpAddress(hi, lo);
        known.remove(address);
        known.put(address, new Known(mtu, now + AGE_NANOS));
        if (known.size() > LIMIT) {
            Map.Entry<IpAddress, Known> oldest = known.entrySet().iterator().next();
            known.remove(oldest.getKey());
        }
    }
}

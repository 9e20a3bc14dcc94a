package dev.understudy.stack.tcp;

import dev.understudy.stack.wire.IpAddress;
import java.util.Iterator;
import java.util.LinkedHashMap;

/**
 * What is known of paths narrower than our own link. A path may become wider, and no router says so: ten minutes after it
 * was last told, what is known is forgotten, and the full size tried anew (RFC 1191 §6.3, RFC 8201 §4, §5.3), by new
 * connections and by those that live. At the limit the oldest goes.
 */
final class PathMtus {
    private static final long NEVER = Long.MAX_VALUE;
    private static final long AGE_NANOS = 600_000_000_000L;
    private static final int LIMIT = 256;

    /**
     * A path to somebody.
     *
     * @param mtu longest IP datagram that it takes, as far as is known
     * @param until when that is forgotten; never for the MTU of our own link
     */
    record Path(int mtu, long until) {}

    private final LinkedHashMap<IpAddress, Path> known = new LinkedHashMap<>();

    /** A path that is as wide as the link, kept so that most connections share one. */
    private Path wide = new Path(0, NEVER);

    /** The path to an address, which is as wide as our link, {@code mtu}, unless less is known. */
    Path to(long hi, long lo, int mtu, long now) {
        if (!known.isEmpty()) {
            IpAddress address = new IpAddress(hi, lo);
            Path path = known.get(address);
            if (path != null && path.until() <= now) {
                known.remove(address);
            } else if (path != null && path.mtu() < mtu) {
                return path;
            }
        }
        if (wide.mtu() != mtu) {
            wide = new Path(mtu, NEVER);
        }
        return wide;
    }

    /** Somebody on the path to an address has told how much it takes. */
    Path learn(long hi, long lo, int mtu, long now) {
        IpAddress address = new IpAddress(hi, lo);
        Path path = new Path(mtu, now + AGE_NANOS);
        // Taken out first, so that the order is that of age.
        known.remove(address);
        known.put(address, path);
        if (known.size() > LIMIT) {
            Iterator<IpAddress> oldest = known.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
        return path;
    }
}

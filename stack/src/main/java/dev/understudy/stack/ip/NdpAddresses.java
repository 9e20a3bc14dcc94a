package dev.understudy.stack.ip;

import dev.understudy.stack.wire.Ndp;
import java.util.ArrayList;
import java.util.List;

/**
 * The IPv6 addresses that a node holds or wants on one link: which may be used, which groups follow from them, and which is
 * the one to speak to somebody from. {@link NdpHost} moves them through their states. Look-ups allocate nothing.
 */
final class NdpAddresses {
    private static final long NEVER = Long.MAX_VALUE;

    private final int limit;
    private final List<NdpAddress> addresses = new ArrayList<>(4);

    /** @param limit most addresses */
    NdpAddresses(int limit) {
        this.limit = limit;
    }

    boolean isFull() {
        return addresses.size() >= limit;
    }

    void add(NdpAddress address) {
        addresses.add(address);
    }

    void remove(long hi, long lo) {
        addresses.removeIf(address -> address.is(hi, lo));
    }

    int size() {
        return addresses.size();
    }

    NdpAddress get(int index) {
        return addresses.get(index);
    }

    /** One that we hold or want, or null. */
    NdpAddress find(long hi, long lo) {
        for (int i = 0; i < addresses.size(); i++) {
            NdpAddress address = addresses.get(i);
            if (address.is(hi, lo)) {
                return address;
            }
        }
        return null;
    }

    boolean isValid(long hi, long lo) {
        NdpAddress address = find(hi, lo);
        return address != null && address.state == NdpAddress.State.VALID;
    }

    boolean isMember(long hi, long lo) {
        if (hi != Ndp.LINK_SCOPE) {
            return false;
        }
        if (lo == Ndp.ALL_NODES) {
            return true;
        }
        for (int i = 0; i < addresses.size(); i++) {
            if (Ndp.solicitedNode(addresses.get(i).lo) == lo) {
                return true;
            }
        }
        return false;
    }

    /**
     * The address to speak to {@code hi}, {@code lo} from: one that may be used, preferred before deprecated, of the same
     * scope, and with the longest common prefix (RFC 6724 §5, rules 2, 3 and 8); null if there is none.
     */
    NdpAddress sourceFor(long hi, long lo, long now) {
        NdpAddress best = null;
        int bestScore = -1;
        boolean local = Ndp.isLinkLocal(hi) || hi >>> 48 == 0xFF02;
        for (int i = 0; i < addresses.size(); i++) {
            NdpAddress address = addresses.get(i);
            if (address.state != NdpAddress.State.VALID) {
                continue;
            }
            int score = address.hi == hi ? 64 : Long.numberOfLeadingZeros(address.hi ^ hi);
            score += local == Ndp.isLinkLocal(address.hi) ? 256 : 0;
            score += address.preferredUntil - now > 0 ? 128 : 0;
            if (score > bestScore) {
                best = address;
                bestScore = score;
            }
        }
        return best;
    }

    /** Lets go of those whose lifetime is over; returns how many. */
    int expire(long now) {
        int before = addresses.size();
        for (int i = before - 1; i >= 0; i--) {
            if (addresses.get(i).validUntil <= now) {
                addresses.remove(i);
            }
        }
        return before - addresses.size();
    }

    /** When a lifetime ends, or silence has lasted long enough. */
    long nextDeadline() {
        long next = NEVER;
        for (int i = 0; i < addresses.size(); i++) {
            NdpAddress address = addresses.get(i);
            next = Math.min(next, address.validUntil);
            if (address.state == NdpAddress.State.TENTATIVE) {
                next = Math.min(next, address.probeAt);
            }
        }
        return next;
    }
}

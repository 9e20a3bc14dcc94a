package dev.understudy.stack.tcp;

import dev.understudy.stack.wire.IpAddress;

/**
 * Ports for connections that do not care (RFC 6056 §3.3.3): a keyed hash of the other three ends, plus a count, so that an
 * outsider cannot tell the next one, and one pair of addresses does not use a port again soon.
 */
final class PortPicker {
    private final SipHash hash;
    private final FlowTable flows;
    private final int first;
    private final int range;
    private int taken;

    PortPicker(SipHash hash, FlowTable flows, TcpLimits limits) {
        this.hash = hash;
        this.flows = flows;
        first = limits.firstPort();
        range = limits.lastPort() - first + 1;
    }

    /** A port that is free towards that end, or 0. */
    int pick(IpAddress local, IpAddress remote, int remotePort) {
        long offset = hash.hash(local.hi(), local.lo(), 0, remote.hi(), remote.lo(), remotePort, 0);
        for (int tries = 0; tries < range; tries++) {
            int port = first + (int) Math.floorMod(offset + taken++, (long) range);
            if (flows.find(local.hi(), local.lo(), port, remote.hi(), remote.lo(), remotePort)
                    == null) {
                return port;
            }
        }
        return 0;
    }
}

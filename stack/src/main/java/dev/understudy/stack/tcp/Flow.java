package dev.understudy.stack.tcp;

import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.IpAddress;

/** What the demultiplexer finds by its two ends: a connection, or what is left of one in TIME-WAIT. IPv4 is v4-mapped. */
abstract sealed class Flow permits TcpConnection, TimeWait {
    final long localHi;
    final long localLo;
    final long remoteHi;
    final long remoteLo;
    final int localPort;
    final int remotePort;

    /** Kept by {@link FlowTable}. */
    int hash;

    Flow(long localHi, long localLo, int localPort, long remoteHi, long remoteLo, int remotePort) {
        this.localHi = localHi;
        this.localLo = localLo;
        this.localPort = localPort;
        this.remoteHi = remoteHi;
        this.remoteLo = remoteLo;
        this.remotePort = remotePort;
    }

    final boolean matches(long lHi, long lLo, int lPort, long rHi, long rLo, int rPort) {
        return localPort == lPort
                && remotePort == rPort
                && localLo == lLo
                && remoteLo == rLo
                && localHi == lHi
                && remoteHi == rHi;
    }

    final boolean isIpv6() {
        return !IpAddress.isMapped(remoteHi, remoteLo);
    }

    /** Our address and port. */
    public final Endpoint local() {
        return Endpoint.of(localHi, localLo, localPort);
    }

    /** The peer's address and port. */
    public final Endpoint remote() {
        return Endpoint.of(remoteHi, remoteLo, remotePort);
    }
}

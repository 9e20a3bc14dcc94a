package dev.understudy.stack.tcp;

import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;

/** The two ends of a segment from our point of view: a reused view. */
final class SegmentEnds {
    long localHi;
    long localLo;
    long remoteHi;
    long remoteLo;
    int localPort;
    int remotePort;

    /** Of a packet that came to us. */
    SegmentEnds read(Packet packet) {
        localHi = packet.dstHi();
        localLo = packet.dstLo();
        localPort = packet.dstPort();
        remoteHi = packet.srcHi();
        remoteLo = packet.srcLo();
        remotePort = packet.srcPort();
        return this;
    }

    SegmentEnds set(long lHi, long lLo, int lPort, long rHi, long rLo, int rPort) {
        localHi = lHi;
        localLo = lLo;
        localPort = lPort;
        remoteHi = rHi;
        remoteLo = rLo;
        remotePort = rPort;
        return this;
    }

    boolean isIpv6() {
        return !IpAddress.isMapped(remoteHi, remoteLo);
    }
}

package dev.understudy.dispatcher.session.sim;

import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;

/** Who speaks with whom. */
record Ends(IpAddress local, int localPort, IpAddress remote, int remotePort) {
    static Ends answering(Packet packet) {
        return new Ends(
                new IpAddress(packet.dstHi(), packet.dstLo()),
                packet.dstPort(),
                new IpAddress(packet.srcHi(), packet.srcLo()),
                packet.srcPort());
    }
}

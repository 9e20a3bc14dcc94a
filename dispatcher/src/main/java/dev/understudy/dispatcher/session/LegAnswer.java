package dev.understudy.dispatcher.session;

import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;

/** What counts as an answer to our SYN (RFC 9293 §3.10.7.3): only what acknowledges exactly it. */
final class LegAnswer {
    private LegAnswer() {}

    /** Whether a segment is a SYN+ACK or a RST+ACK that acknowledges {@code isn} exactly, and is intact. */
    static boolean isToSyn(Packet packet, int isn) {
        int flags = packet.flags();
        boolean synAck = (flags & (Tcp.SYN | Tcp.ACK | Tcp.RST | Tcp.FIN)) == (Tcp.SYN | Tcp.ACK);
        boolean refusal = (flags & (Tcp.ACK | Tcp.RST)) == (Tcp.ACK | Tcp.RST);
        return (synAck || refusal) && packet.ack() == isn + 1 && packet.checksumValid();
    }
}

package dev.understudy.dispatcher.attach;

import dev.understudy.stack.wire.Checksum;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.IcmpQuote;
import dev.understudy.stack.wire.Ipv4;
import dev.understudy.stack.wire.Ipv6;
import dev.understudy.stack.wire.Packet;
import io.netty.buffer.ByteBuf;

/**
 * The flow that an ICMP error quotes, where a quoted echo counts its identifier as the port of the end that asked.
 * Rewriting it keeps all checksums right.
 */
final class QuotedFlow {
    private final IcmpQuote quote = new IcmpQuote();
    private Packet outer;

    /** Where the quoted echo identifier is, or -1. */
    private int identifierAt;

    private boolean request;

    /** False if nothing usable is quoted. */
    boolean parse(Packet error) {
        outer = error;
        identifierAt = -1;
        if (!quote.parse(error)) {
            return false;
        }
        boolean six = quote.isIpv6();
        if (quote.protocol() != (six ? Icmp.PROTOCOL_V6 : Icmp.PROTOCOL)) {
            return true;
        }
        ByteBuf frame = error.frame();
        int ip = error.payload();
        int at = ip + (six ? Ipv6.BYTES : Ipv4.headerLength(frame, ip));
        boolean buried =
                six
                        ? Ipv6.nextHeader(frame, ip) != Icmp.PROTOCOL_V6
                        : Ipv4.fragmentOffset(frame, ip) != 0;
        if (buried || at + Icmp.BYTES > error.end()) {
            return false;
        }
        int type = Icmp.type(frame, at);
        request = type == (six ? Icmp.V6_ECHO_REQUEST : Icmp.ECHO_REQUEST);
        if (!request && type != (six ? Icmp.V6_ECHO_REPLY : Icmp.ECHO_REPLY)) {
            return false;
        }
        identifierAt = at + Icmp.REST_OFFSET;
        return true;
    }

    int protocol() {
        return quote.protocol();
    }

    long srcHi() {
        return quote.srcHi();
    }

    long dstHi() {
        return quote.dstHi();
    }

    long srcLo() {
        return quote.srcLo();
    }

    long dstLo() {
        return quote.dstLo();
    }

    int srcPort() {
        return identifierAt >= 0 ? identifier(request) : quote.srcPort();
    }

    int dstPort() {
        return identifierAt >= 0 ? identifier(!request) : quote.dstPort();
    }

    private int identifier(boolean here) {
        return here ? outer.frame().getUnsignedShort(identifierAt) : 0;
    }

    void source(long hi, long lo, int port) {
        quote.source(hi, lo, port);
        if (identifierAt >= 0 && request) {
            identifier(port);
        }
    }

    void destination(long hi, long lo, int port) {
        quote.destination(hi, lo, port);
        if (identifierAt >= 0 && !request) {
            identifier(port);
        }
    }

    private void identifier(int value) {
        int checksumAt = identifierAt - Icmp.REST_OFFSET + Icmp.CHECKSUM_OFFSET;
        int old = outer.frame().getUnsignedShort(identifierAt);
        int sum = outer.frame().getUnsignedShort(checksumAt);
        outer.tcpShort(identifierAt, value);
        outer.tcpShort(checksumAt, Checksum.update(sum, old, value));
    }
}

package dev.understudy.dispatcher.attach;

import dev.understudy.stack.wire.Checksum;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.IcmpQuote;
import dev.understudy.stack.wire.Ipv4;
import dev.understudy.stack.wire.Packet;
import io.netty.buffer.ByteBuf;

/**
 * The flow that an IPv4 ICMP error quotes, where a quoted echo counts its identifier as the port of the end that asked.
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
        if (!quote.parse(error) || quote.isIpv6()) {
            return false;
        }
        if (quote.protocol() != Icmp.PROTOCOL) {
            return true;
        }
        ByteBuf frame = error.frame();
        int ip = error.payload();
        int at = ip + Ipv4.headerLength(frame, ip);
        if (Ipv4.fragmentOffset(frame, ip) != 0 || at + Icmp.BYTES > error.end()) {
            return false;
        }
        int type = Icmp.type(frame, at);
        request = type == Icmp.ECHO_REQUEST;
        if (!request && type != Icmp.ECHO_REPLY) {
            return false;
        }
        identifierAt = at + Icmp.REST_OFFSET;
        return true;
    }

    int protocol() {
        return quote.protocol();
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

    void source(long lo, int port) {
        quote.source(0, lo, port);
        if (identifierAt >= 0 && request) {
            identifier(port);
        }
    }

    void destination(long lo, int port) {
        quote.destination(0, lo, port);
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

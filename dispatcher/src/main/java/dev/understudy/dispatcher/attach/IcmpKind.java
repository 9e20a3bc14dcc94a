package dev.understudy.dispatcher.attach;

import dev.understudy.stack.ip.IcmpResponder;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.Packet;
import io.netty.buffer.ByteBuf;
import java.util.Optional;

/** What an ICMP error of ours says, in the numbers of either family (RFC 792, RFC 4443). */
enum IcmpKind {
    NO_ROUTE(Icmp.UNREACHABLE, Icmp.CODE_NET_UNREACHABLE, Icmp.V6_UNREACHABLE, 0),
    NO_HOST(Icmp.UNREACHABLE, Icmp.CODE_HOST_UNREACHABLE, Icmp.V6_UNREACHABLE, 3),
    NO_PORT(Icmp.UNREACHABLE, Icmp.CODE_PORT_UNREACHABLE, Icmp.V6_UNREACHABLE, 4),
    NO_PROTOCOL(Icmp.UNREACHABLE, Icmp.CODE_PROTOCOL_UNREACHABLE, Icmp.V6_PARAMETER_PROBLEM, 1),
    HOPS_EXCEEDED(Icmp.TIME_EXCEEDED, 0, Icmp.V6_TIME_EXCEEDED, 0),
    REASSEMBLY_EXCEEDED(
            Icmp.TIME_EXCEEDED,
            Icmp.CODE_REASSEMBLY_TIME_EXCEEDED,
            Icmp.V6_TIME_EXCEEDED,
            Icmp.CODE_REASSEMBLY_TIME_EXCEEDED);

    private final int type4;
    private final int code4;
    private final int type6;
    private final int code6;

    IcmpKind(int type4, int code4, int type6, int code6) {
        this.type4 = type4;
        this.code4 = code4;
        this.type6 = type6;
        this.code6 = code6;
    }

    /**
     * The error of this kind about a packet, in its family, from the address given; none where none may be sent (RFC 1122
     * §3.2.2, RFC 4443 §2.4).
     */
    Optional<ByteBuf> about(Packet cause, IcmpResponder icmp, long fromHi, long fromLo, long now) {
        boolean ipv6 = cause.isIpv6();
        // The four bytes behind the checksum: where the protocol stands, for the error that
        // points at it.
        int rest = this == NO_PROTOCOL && ipv6 ? 6 : 0;
        int type = ipv6 ? type6 : type4;
        int code = ipv6 ? code6 : code4;
        return icmp.error(cause, fromHi, fromLo, type, code, rest, now);
    }
}

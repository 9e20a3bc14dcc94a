package dev.understudy.stack.tcp;

import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.IcmpQuote;
import dev.understudy.stack.wire.Packet;

/**
 * What an ICMP error does to a connection (RFC 9293 §3.9.2.2), with the stance of RFC 5927: only one that quotes a byte in
 * flight is believed at all; a connection that is established is never ended by one; a path MTU is believed down to a floor
 * and only if it is news.
 */
final class IcmpErrors {
    /** RFC 1191 §7.1, for routers that do not tell: the next smaller of these. */
    private static final int[] PLATEAUS = {32000, 17914, 8166, 4352, 2002, 1492, 1006, 552};

    /** No IPv4 path in use is narrower; who says so wants to slow us down. */
    private static final int MIN_MTU_V4 = 552;

    private static final int MIN_MTU_V6 = 1280;

    private IcmpErrors() {}

    /** Whether the quoted sequence number is one that we are waiting for an acknowledgement of (RFC 5927 §4). */
    static boolean quotesInFlight(TcpConnection c, IcmpQuote quote) {
        if (!quote.hasSeq()) {
            return false;
        }
        if (c.handshake != null) {
            return quote.seq() == c.iss;
        }
        return SeqNum.within(quote.seq(), c.sender.unacknowledged(), c.sender.maxSent());
    }

    /** The MTU to use after an error that tells of one, or 0 if it is none or no news. */
    static int mtu(TcpConnection c, IcmpQuote quote) {
        int told = quote.mtu();
        if (told < 0) {
            return 0;
        }
        int floor = c.isIpv6() ? MIN_MTU_V6 : MIN_MTU_V4;
        if (told == 0) {
            told = floor;
            for (int plateau : PLATEAUS) {
                if (plateau < c.mtu()) {
                    told = plateau;
                    break;
                }
            }
        }
        int mtu = Math.max(floor, told);
        return mtu < c.mtu() ? mtu : 0;
    }

    /** Ends a connection that is being opened, if the error is a hard one (RFC 9293 §3.9.2.2, MUST-56 and SHLD-26). */
    static void unreachable(TcpConnection c, Packet error, long now) {
        int type = Icmp.type(error.frame(), error.l4());
        int code = Icmp.code(error.frame(), error.l4());
        boolean port =
                error.isIpv6()
                        ? type == Icmp.V6_UNREACHABLE && code == 4
                        : type == Icmp.UNREACHABLE && code == Icmp.CODE_PORT_UNREACHABLE;
        boolean hard =
                port
                        || (error.isIpv6()
                                ? type == Icmp.V6_UNREACHABLE && code == 1
                                : type == Icmp.UNREACHABLE
                                        && code == Icmp.CODE_PROTOCOL_UNREACHABLE);
        if (c.state() != TcpState.SYN_SENT) {
            return;
        }
        if (hard) {
            c.end(
                    TcpState.Event.TIME_OUT,
                    port ? CloseReason.REFUSED : CloseReason.UNREACHABLE,
                    now);
            c.settle(now);
        } else {
            c.unreachableTold();
        }
    }
}

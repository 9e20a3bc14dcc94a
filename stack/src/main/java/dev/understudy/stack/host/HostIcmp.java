package dev.understudy.stack.host;

import dev.understudy.stack.ip.IcmpResponder;
import dev.understudy.stack.ip.NdpHost;
import dev.understudy.stack.ip.Tally;
import dev.understudy.stack.tcp.TcpStack;
import dev.understudy.stack.udp.UdpStack;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.IcmpQuote;
import dev.understudy.stack.wire.Ipv4;
import dev.understudy.stack.wire.Ndp;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.Udp;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Map;

/**
 * ICMP of a {@link Host}, both families (RFC 1122 §3.2.2, RFC 4443): answers echo requests, tells senders what is wrong with
 * their packets, and takes errors about ours to whoever sent them, which is found by what they quote.
 *
 * <pre>
 *   message ─▶ neighbour discovery ─▶ NdpHost
 *              echo request        ─▶ answered, no faster than {@link IcmpResponder} allows
 *              echo reply          ─▶ Pings
 *              error ─┐
 *   LocalErrors ──────┴─▶ quoted  ─▶ TcpStack, UdpStack, Pings
 * </pre>
 */
final class HostIcmp {
    private enum Count {
        DROPPED_ICMP_CHECKSUM,
        DROPPED_LOCAL_ERROR
    }

    private final IcmpResponder responder;
    private final IpSender sender;
    private final LocalErrors localErrors;
    private final NdpHost ndp;
    private final TcpStack tcp;
    private final UdpStack udp;
    private final Pings pings;
    private final Packet answer = new Packet();
    private final Packet local = new Packet();
    private final IcmpQuote quote = new IcmpQuote();
    private final Tally<Count> tally = new Tally<>("ip in", Count.class);

    HostIcmp(
            IcmpResponder responder,
            IpSender sender,
            LocalErrors localErrors,
            NdpHost ndp,
            TcpStack tcp,
            UdpStack udp,
            Pings pings) {
        this.responder = responder;
        this.sender = sender;
        this.localErrors = localErrors;
        this.ndp = ndp;
        this.tcp = tcp;
        this.udp = udp;
        this.pings = pings;
    }

    // ---- in

    /** @param ours whether it was sent to an address of ours, and not to a group */
    void input(Packet in, boolean ours, long now) {
        if (Ndp.isNdp(in)) {
            ndp.input(in, now);
        } else if (IcmpResponder.isEchoRequest(in)) {
            if (ours) {
                echo(in, now);
            }
        } else if (!in.checksumValid()) {
            tally.count(Count.DROPPED_ICMP_CHECKSUM);
        } else if (IcmpResponder.isError(in)) {
            taken(in, now);
        } else if (Icmp.type(in.frame(), in.l4())
                == (in.isIpv6() ? Icmp.V6_ECHO_REPLY : Icmp.ECHO_REPLY)) {
            pings.answered(in, now);
        }
    }

    /** Back to the MAC it came from: the answer costs no look-up, and cannot be turned on anybody else on the link. */
    private void echo(Packet request, long now) {
        responder
                .echoReply(request, now)
                .ifPresent(
                        frame -> {
                            try {
                                answer.parse(frame);
                                if (!answer.isIpv6()
                                        && answer.end() - answer.l3() > 0
                                        && Ipv4.dontFragment(frame, answer.l3())) {
                                    // A request's DF says nothing of the way back.
                                    clearDontFragment(frame, answer.l3());
                                }
                                sender.answer(answer);
                            } finally {
                                frame.release();
                            }
                        });
    }

    private static void clearDontFragment(ByteBuf frame, int l3) {
        int field = Ipv4.fragmentField(frame, l3);
        frame.setShort(l3 + Ipv4.FRAGMENT_OFFSET, field & ~Ipv4.DONT_FRAGMENT);
        Ipv4.fixChecksum(frame, l3);
    }

    private void taken(Packet error, long now) {
        if (!quote.parse(error)) {
            return;
        }
        if (quote.protocol() == Tcp.PROTOCOL) {
            tcp.onIcmpError(error, quote, now);
        } else if (quote.protocol() == Udp.PROTOCOL) {
            udp.onIcmpError(quote, now);
        } else if (quote.isEchoRequest()) {
            pings.failed(error, quote, now);
        }
    }

    /** Takes the errors that wait to whoever sent in vain. */
    void tellLocalErrors(long now) {
        if (!localErrors.isEmpty()) {
            localErrors.tell(
                    error -> {
                        if (local.parse(error) == Packet.Parse.OK) {
                            taken(local, now);
                        }
                    });
        }
    }

    // ---- errors of ours

    void portUnreachable(Packet in, long now) {
        if (in.isIpv6()) {
            error(in, Icmp.V6_UNREACHABLE, Icmp.CODE_V6_PORT_UNREACHABLE, 0, now);
        } else {
            error(in, Icmp.UNREACHABLE, Icmp.CODE_PORT_UNREACHABLE, 0, now);
        }
    }

    void protocolUnreachable(Packet in, long now) {
        if (in.isIpv6()) {
            // The pointer is that of the first next-header field, which is right where there are no
            // extension headers.
            error(in, Icmp.V6_PARAMETER_PROBLEM, Icmp.CODE_V6_UNKNOWN_NEXT_HEADER, 6, now);
        } else {
            error(in, Icmp.UNREACHABLE, Icmp.CODE_PROTOCOL_UNREACHABLE, 0, now);
        }
    }

    /** The rest of a datagram did not come in time: said only if its first fragment did (RFC 792, RFC 4443 §3.3). */
    void reassemblyTimeExceeded(List<ByteBuf> fragments, long now) {
        for (ByteBuf fragment : fragments) {
            if (answer.parse(fragment) == Packet.Parse.OK && answer.fragmentOffset() == 0) {
                error(
                        answer,
                        answer.isIpv6() ? Icmp.V6_TIME_EXCEEDED : Icmp.TIME_EXCEEDED,
                        Icmp.CODE_REASSEMBLY_TIME_EXCEEDED,
                        0,
                        now);
                return;
            }
        }
    }

    private void error(Packet cause, int type, int code, int rest, long now) {
        responder
                .error(cause, cause.dstHi(), cause.dstLo(), type, code, rest, now)
                .ifPresent(
                        frame -> {
                            try {
                                answer.parse(frame);
                                sender.send(answer, now);
                            } finally {
                                frame.release();
                            }
                        });
    }

    void counters(Map<String, Long> all) {
        tally.count(
                Count.DROPPED_LOCAL_ERROR,
                localErrors.dropped() - tally.get(Count.DROPPED_LOCAL_ERROR));
        tally.addTo(all);
        responder.counters(all);
    }
}

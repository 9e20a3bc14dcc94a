package dev.understudy.dispatcher.attach;

import dev.understudy.stack.ip.IcmpResponder;
import dev.understudy.stack.ip.Tally;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.Udp;
import java.util.Map;

/**
 * What becomes of packets of one family between the two routed sides that concern no service: they are forwarded as a router forwards
 * (RFC 1812 §5.2), so that ping, DNS and connections that the dispatcher let go their own way work through us.
 *
 * <p>The TTL is decremented, and one that ends here is told so. With NAT, packets leave under our network-side address
 * (see {@link NatTable}), and only answers come back in; ICMP errors are translated by the flow that they quote. Without,
 * addresses stay, and what comes in for a known client is delivered. What is addressed to ourselves and nobody wants is
 * answered by port or protocol unreachable, as a host does (RFC 1122 §3.2.2.1).
 */
final class PassThrough {
    private enum Count {
        TO_NETWORK,
        TO_CLIENT,
        DROPPED_SAME_SIDE,
        DROPPED_NO_ROUTE,
        DROPPED_TTL,
        DROPPED_UNSOLICITED,
        DROPPED_NOT_TRANSLATABLE,
        DROPPED_TO_US
    }

    private final RoutedAttachment client;
    private final RoutedAttachment network;
    private final boolean nat;
    private final NatTable flows;
    private final QuotedFlow quote = new QuotedFlow();
    private final Tally<Count> tally = new Tally<>("pass-through", Count.class);

    PassThrough(RoutedAttachment client, RoutedAttachment network, boolean nat, NatTable flows) {
        this.client = client;
        this.network = network;
        this.nat = nat;
        this.flows = flows;
    }

    /** Joins the two sides with the dispatcher's doors, and with each other. */
    void connect(PacketHandler clientDoor, PacketHandler networkDoor) {
        client.connect(clientDoor, this);
        network.connect(networkDoor, this);
    }

    /** Whether a packet from the network belongs to a flow that passes through. Allocates nothing. */
    boolean claims(Packet packet) {
        return nat
                && flows.size() > 0
                && network.isOurs(packet.dstHi(), packet.dstLo())
                && incoming(packet) != null;
    }

    private NatFlow incoming(Packet packet) {
        int port = packet.dstPort();
        int remotePort = packet.srcPort();
        if (packet.isIcmp()) {
            int reply = packet.isIpv6() ? Icmp.V6_ECHO_REPLY : Icmp.ECHO_REPLY;
            if (Icmp.type(packet.frame(), packet.l4()) != reply) {
                return null;
            }
            port = echoIdentifier(packet);
        }
        return flows.incoming(packet.protocol(), port, packet.srcHi(), packet.srcLo(), remotePort);
    }

    private static int echoIdentifier(Packet packet) {
        return packet.frame().getUnsignedShort(packet.l4() + Icmp.REST_OFFSET);
    }

    private static void echoIdentifier(Packet packet, int value) {
        packet.tcpShort(packet.l4() + Icmp.REST_OFFSET, value);
        int checksumAt = packet.l4() + Icmp.CHECKSUM_OFFSET;
        if (packet.frame().getShort(checksumAt) == 0) {
            // A reply that is all zeroes has the other zero for its sum; to any other packet they
            // are the same.
            packet.frame().setShort(checksumAt, 0xFFFF);
        }
    }

    private static int tcpFlags(Packet packet) {
        return packet.isTcp() ? packet.flags() : 0;
    }

    // ---- client to network

    void fromClient(Packet packet, long now) {
        long hi = packet.dstHi();
        long lo = packet.dstLo();
        if (client.isOurs(hi, lo) || network.isOurs(hi, lo)) {
            toUs(packet, client, now);
        } else if (!RoutedAttachment.isHost(hi, lo) || client.isOnLink(hi, lo)) {
            tally.count(Count.DROPPED_SAME_SIDE);
        } else if (!network.hasRoute(hi, lo)) {
            tally.count(Count.DROPPED_NO_ROUTE);
            client.error(packet, IcmpKind.NO_ROUTE, now);
        } else if (countHop(packet, client, now) && (!nat || leave(packet, now))) {
            tally.count(Count.TO_NETWORK);
            network.send(packet, now);
        }
    }

    /** Gives a client's packet our address; false if that cannot be. */
    private boolean leave(Packet packet, long now) {
        if (IcmpResponder.isError(packet)) {
            return leaveError(packet);
        }
        int protocol = packet.protocol();
        int clientPort = packet.srcPort();
        if (packet.isIcmp()) {
            if (!IcmpResponder.isEchoRequest(packet)) {
                tally.count(Count.DROPPED_NOT_TRANSLATABLE);
                return false;
            }
            clientPort = echoIdentifier(packet);
        }
        NatFlow flow =
                flows.outgoing(
                        protocol,
                        packet.srcHi(),
                        packet.srcLo(),
                        clientPort,
                        packet.dstHi(),
                        packet.dstLo(),
                        packet.dstPort());
        if (flow == null) {
            flow =
                    flows.open(
                            protocol,
                            packet.srcHi(),
                            packet.srcLo(),
                            clientPort,
                            packet.dstHi(),
                            packet.dstLo(),
                            packet.dstPort(),
                            now);
            if (flow == null) {
                client.error(packet, IcmpKind.NO_ROUTE, now);
                return false;
            }
        }
        flows.used(flow, true, tcpFlags(packet), now);
        packet.source(network.addressHi(), network.addressLo(), flow.port);
        if (packet.isIcmp()) {
            echoIdentifier(packet, flow.port);
        }
        return true;
    }

    /** A client's error about a packet that we delivered: the quote shows what the remote end sent. */
    private boolean leaveError(Packet packet) {
        NatFlow flow = null;
        if (quote.parse(packet)) {
            flow =
                    flows.outgoing(
                            quote.protocol(),
                            quote.dstHi(),
                            quote.dstLo(),
                            quote.dstPort(),
                            quote.srcHi(),
                            quote.srcLo(),
                            quote.srcPort());
        }
        if (flow == null) {
            tally.count(Count.DROPPED_NOT_TRANSLATABLE);
            return false;
        }
        quote.destination(network.addressHi(), network.addressLo(), flow.port);
        packet.source(network.addressHi(), network.addressLo(), 0);
        return true;
    }

    // ---- network to client

    void fromNetwork(Packet packet, long now) {
        if (nat) {
            fromNetworkToNat(packet, now);
            return;
        }
        long hi = packet.dstHi();
        long lo = packet.dstLo();
        if (network.isOurs(hi, lo) || client.isOurs(hi, lo)) {
            toUs(packet, network, now);
        } else if (!RoutedAttachment.isHost(hi, lo) || !client.hasRoute(hi, lo)) {
            tally.count(Count.DROPPED_NO_ROUTE);
        } else if (countHop(packet, network, now)) {
            tally.count(Count.TO_CLIENT);
            client.send(packet, now);
        }
    }

    private void fromNetworkToNat(Packet packet, long now) {
        if (!network.isOurs(packet.dstHi(), packet.dstLo())) {
            tally.count(Count.DROPPED_UNSOLICITED);
            return;
        }
        if (IcmpResponder.isError(packet)) {
            enterError(packet, now);
            return;
        }
        NatFlow flow = incoming(packet);
        if (flow == null) {
            toUs(packet, network, now);
            return;
        }
        if (!countHop(packet, network, now)) {
            return;
        }
        flows.used(flow, false, tcpFlags(packet), now);
        packet.destination(flow.clientHi, flow.clientLo, flow.clientPort);
        if (packet.isIcmp()) {
            echoIdentifier(packet, flow.clientPort);
        }
        tally.count(Count.TO_CLIENT);
        client.send(packet, now);
    }

    /** An error from anywhere about a packet that left under our address. */
    private void enterError(Packet packet, long now) {
        NatFlow flow = null;
        if (quote.parse(packet) && network.isOurs(quote.srcHi(), quote.srcLo())) {
            flow =
                    flows.incoming(
                            quote.protocol(),
                            quote.srcPort(),
                            quote.dstHi(),
                            quote.dstLo(),
                            quote.dstPort());
        }
        if (flow == null) {
            tally.count(Count.DROPPED_UNSOLICITED);
            return;
        }
        quote.source(flow.clientHi, flow.clientLo, flow.clientPort);
        packet.destination(flow.clientHi, flow.clientLo, 0);
        if (network.isOurs(packet.srcHi(), packet.srcLo())) {
            // An error of our own: the client knows us by the address on its side.
            packet.source(client.addressHi(), client.addressLo(), 0);
        }
        tally.count(Count.TO_CLIENT);
        client.send(packet, now);
    }

    // ---- both

    private boolean countHop(Packet packet, RoutedAttachment side, long now) {
        int ttl = packet.ttl();
        if (ttl <= 1) {
            tally.count(Count.DROPPED_TTL);
            side.error(packet, IcmpKind.HOPS_EXCEEDED, now);
            return false;
        }
        packet.ttl(ttl - 1);
        return true;
    }

    /** Nobody here wants it. An echo request to our other side's address is answered all the same (RFC 1122 §3.3.4.2). */
    private void toUs(Packet packet, RoutedAttachment side, long now) {
        if (IcmpResponder.isEchoRequest(packet)) {
            side.icmp().echoReply(packet, now).ifPresent(reply -> side.sendOwn(reply, now));
            return;
        }
        tally.count(Count.DROPPED_TO_US);
        if (!packet.isIcmp()) {
            int protocol = packet.protocol();
            boolean ports = protocol == Tcp.PROTOCOL || protocol == Udp.PROTOCOL;
            side.refuse(packet, ports ? IcmpKind.NO_PORT : IcmpKind.NO_PROTOCOL, now);
        }
    }

    void counters(Map<String, Long> all) {
        tally.addTo(all);
    }
}

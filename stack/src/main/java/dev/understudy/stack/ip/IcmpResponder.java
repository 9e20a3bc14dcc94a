package dev.understudy.stack.ip;

import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.Frames;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Ndp;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.PacketBuilder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * What a host says by ICMP (RFC 1122 §3.2.2) and ICMPv6 (RFC 4443 §2.4): answers to echo requests, and errors.
 *
 * <p>An error is never sent about an ICMP error, a fragment other than the first, a packet to a broadcast or multicast
 * address of either layer, or a source that is no single host. Errors are limited to 1,000 a second with bursts of 100,
 * echo replies to 10,000 a second: beyond that they are counted and not sent, so that nobody uses us against the source
 * that he forges.
 */
public final class IcmpResponder {
    private enum Count {
        ECHO_REPLIES,
        ERRORS_SENT,
        ERRORS_SUPPRESSED,
        ERRORS_RATE_LIMITED,
        DROPPED_ECHO_RATE_LIMITED,
        DROPPED_ECHO_CHECKSUM
    }

    private final ByteBufAllocator allocator;
    private final PacketBuilder builder;
    private final IntPredicate broadcast;
    private final Tally<Count> tally = new Tally<>("icmp", Count.class);
    private final TokenBucket errors = new TokenBucket(1000, 100);
    private final TokenBucket echoes = new TokenBucket(10_000, 1000);

    /** {@code broadcast} knows the directed broadcast addresses of our links. */
    public IcmpResponder(ByteBufAllocator allocator, IntPredicate broadcast) {
        this.allocator = allocator;
        this.broadcast = broadcast;
        builder = new PacketBuilder(allocator);
    }

    /** Whether a packet is an echo request. */
    public static boolean isEchoRequest(Packet packet) {
        if (!packet.isIcmp() || packet.isFragment()) {
            return false;
        }
        int type = Icmp.type(packet.frame(), packet.l4());
        return type == (packet.isIpv6() ? Icmp.V6_ECHO_REQUEST : Icmp.ECHO_REQUEST);
    }

    /** Whether a packet is an ICMP or ICMPv6 error. */
    public static boolean isError(Packet packet) {
        return packet.isIcmp()
                && Icmp.isError(packet.isIpv6(), Icmp.type(packet.frame(), packet.l4()));
    }

    /** The reply to an echo request for an address of ours: a new frame back to where it came from; the caller's. */
    public Optional<ByteBuf> echoReply(Packet request, long now) {
        if (!request.checksumValid()) {
            tally.count(Count.DROPPED_ECHO_CHECKSUM);
            return Optional.empty();
        }
        if (!isSingle(request) || Ethernet.isGroup(request.dstMac())) {
            tally.count(Count.ERRORS_SUPPRESSED);
            return Optional.empty();
        }
        if (!echoes.tryTake(now)) {
            tally.count(Count.DROPPED_ECHO_RATE_LIMITED);
            return Optional.empty();
        }
        ByteBuf reply = Frames.copy(allocator, request.frame());
        Packet view = new Packet();
        view.parse(reply);
        long fromHi = view.srcHi();
        long fromLo = view.srcLo();
        long toHi = view.dstHi();
        long toLo = view.dstLo();
        view.ttl(PacketBuilder.TTL);
        view.source(toHi, toLo, 0);
        view.destination(fromHi, fromLo, 0);
        Ethernet.source(reply, view.eth(), request.dstMac());
        Ethernet.destination(reply, view.eth(), request.srcMac());
        reply.setByte(
                view.l4() + Icmp.TYPE_OFFSET, view.isIpv6() ? Icmp.V6_ECHO_REPLY : Icmp.ECHO_REPLY);
        // Anew, not updated: a reply may be all zeroes, of which RFC 1624 makes the wrong one of
        // the two zero sums.
        view.fillChecksum();
        tally.count(Count.ECHO_REPLIES);
        return Optional.of(reply);
    }

    private static boolean isSingle(Packet packet) {
        return packet.isIpv6()
                ? !Ndp.isMulticast(packet.srcHi())
                        && !Ndp.isMulticast(packet.dstHi())
                        && (packet.srcHi() | packet.srcLo()) != 0
                : !isGroupOrNobody((int) packet.srcLo());
    }

    /**
     * An error about {@code cause}, addressed to its source, without MACs; the caller's.
     *
     * @param hi who says so, with {@code lo}
     * @param rest the four bytes behind the checksum: an MTU, or 0
     * @return empty if none may be sent
     */
    public Optional<ByteBuf> error(
            Packet cause, long hi, long lo, int type, int code, int rest, long now) {
        if (!mayAnswer(cause)) {
            tally.count(Count.ERRORS_SUPPRESSED);
            return Optional.empty();
        }
        if (!errors.tryTake(now)) {
            tally.count(Count.ERRORS_RATE_LIMITED);
            return Optional.empty();
        }
        tally.count(Count.ERRORS_SENT);
        return Optional.of(builder.icmpError(hi, lo, type, code, rest, cause));
    }

    /** Fragmentation needed or packet too big: {@code cause} does not fit {@code mtu}. See {@link #error}. */
    public Optional<ByteBuf> tooBig(Packet cause, long hi, long lo, int mtu, long now) {
        return cause.isIpv6()
                ? error(cause, hi, lo, Icmp.V6_PACKET_TOO_BIG, 0, mtu, now)
                : error(cause, hi, lo, Icmp.UNREACHABLE, Icmp.CODE_FRAGMENTATION_NEEDED, mtu, now);
    }

    private boolean mayAnswer(Packet cause) {
        if (cause.fragmentOffset() != 0 || isError(cause) || Ethernet.isGroup(cause.dstMac())) {
            return false;
        }
        if (cause.isIpv6()) {
            return cause.srcHi() >>> 56 != 0xFF
                    && cause.dstHi() >>> 56 != 0xFF
                    && (cause.srcHi() | cause.srcLo()) != 0;
        }
        int source = (int) cause.srcLo();
        int destination = (int) cause.dstLo();
        return !isGroupOrNobody(source)
                && !broadcast.test(source)
                && !isGroupOrNobody(destination)
                && !broadcast.test(destination);
    }

    /** 0/8, 127/8, multicast, class E and the limited broadcast: not the address of a single host. */
    private static boolean isGroupOrNobody(int address) {
        int net = address >>> 24;
        return net == 0 || net == 127 || net >= 224;
    }

    /** Whether an address, as two longs, is one IPv4 host's. */
    public static boolean isHost(long hi, long lo) {
        return IpAddress.isMapped(hi, lo) && !isGroupOrNobody((int) lo);
    }

    /** Adds the counters to a map. */
    public void counters(Map<String, Long> all) {
        tally.addTo(all);
    }
}

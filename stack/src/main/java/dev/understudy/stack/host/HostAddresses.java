package dev.understudy.stack.host;

import dev.understudy.stack.ip.NdpHost;
import dev.understudy.stack.ip.Prefix;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Ndp;
import dev.understudy.stack.wire.Packet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Which addresses are ours, and what follows from that: whom a packet is for, who cannot have sent it, and whom we speak
 * as. Those of IPv4 are as configured, those of IPv6 as {@link NdpHost} holds them. Look-ups for packets allocate nothing.
 */
final class HostAddresses {
    private final List<Prefix> addresses4 = new ArrayList<>();
    private final long mac;
    private final NdpHost ndp;

    /** @param mac ours on the link */
    HostAddresses(List<Prefix> configured, long mac, NdpHost ndp) {
        this.mac = mac;
        this.ndp = ndp;
        for (Prefix prefix : configured) {
            if (prefix.address().isIpv4()) {
                addresses4.add(prefix);
            }
        }
    }

    boolean hasIpv4() {
        return !addresses4.isEmpty();
    }

    /** Whether there are IPv4 addresses besides the first. */
    boolean hasMoreIpv4() {
        return addresses4.size() > 1;
    }

    /** The first IPv4 address, 0 if there is none. */
    int first4() {
        return addresses4.isEmpty() ? 0 : addresses4.get(0).address().ipv4();
    }

    /** The address of ours to speak to another one from (RFC 1122 §3.3.4.3, RFC 6724). */
    Optional<IpAddress> source(IpAddress to, long now) {
        if (!to.isIpv4()) {
            return ndp.selectSource(to.hi(), to.lo(), now)
                    ? Optional.of(new IpAddress(ndp.sourceHi(), ndp.sourceLo()))
                    : Optional.empty();
        }
        for (Prefix prefix : addresses4) {
            if (prefix.contains(to.hi(), to.lo())) {
                return Optional.of(prefix.address());
            }
        }
        return addresses4.isEmpty() ? Optional.empty() : Optional.of(addresses4.get(0).address());
    }

    /** Whether an address is ours and may be used. */
    boolean isOurs(long hi, long lo) {
        return IpAddress.isMapped(hi, lo) ? isOurs4((int) lo) : ndp.isValid(hi, lo);
    }

    boolean isOurs4(int address) {
        for (int i = 0; i < addresses4.size(); i++) {
            if (addresses4.get(i).address().ipv4() == address) {
                return true;
            }
        }
        return false;
    }

    /** Whether an address is on one of our own networks. */
    boolean isOnLink4(int address) {
        for (int i = 0; i < addresses4.size(); i++) {
            if (addresses4.get(i).contains(0, IpAddress.mapped(address))) {
                return true;
            }
        }
        return false;
    }

    /** The limited broadcast, or that of one of our networks. */
    boolean isBroadcast4(int address) {
        for (int i = 0; i < addresses4.size(); i++) {
            if (addresses4.get(i).broadcast() == address) {
                return true;
            }
        }
        return address == -1;
    }

    /** Multicast or the limited broadcast. */
    static boolean isGroup4(int address) {
        return address >>> 28 == 0xE || address == -1;
    }

    /** Whether a packet is to a group that we listen to. */
    boolean isForGroupOfOurs(Packet in) {
        return in.isIpv6()
                ? ndp.isMember(in.dstHi(), in.dstLo())
                : isGroup4((int) in.dstLo()) || isBroadcast4((int) in.dstLo());
    }

    /** Whether nobody can have sent a packet: it is from a group, from a loop, or from ourselves. */
    boolean hasBadSource(Packet in) {
        if (in.isIpv6()) {
            return Ndp.isMulticast(in.srcHi())
                    || in.srcHi() == 0 && in.srcLo() == 1
                    || ndp.isValid(in.srcHi(), in.srcLo()) && in.srcMac() != mac;
        }
        int source = (int) in.srcLo();
        return source >>> 24 == 127 || isGroup4(source) || isOurs4(source);
    }
}

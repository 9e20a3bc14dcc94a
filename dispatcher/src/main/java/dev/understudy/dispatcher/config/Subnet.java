package dev.understudy.dispatcher.config;

import dev.understudy.stack.wire.IpAddress;
import java.util.Optional;

/** An address with the length of its network's prefix: {@code 10.111.0.2/24}. The length counts in the address's own family. */
public record Subnet(IpAddress address, int prefix) {
    public Subnet {
        int bits = address.isIpv4() ? 32 : 128;
        if (prefix < 0 || prefix > bits) {
            throw new IllegalArgumentException(
                    "prefix length " + prefix + " is outside 0.." + bits);
        }
    }

    /**
     * Reads {@code ADDRESS/LENGTH}; without a length, the single address.
     *
     * @throws IllegalArgumentException if the text is not of that form
     */
    public static Subnet parse(String text) {
        int slash = text.indexOf('/');
        IpAddress address = IpAddress.parse(slash < 0 ? text : text.substring(0, slash));
        if (slash < 0) {
            return new Subnet(address, address.isIpv4() ? 32 : 128);
        }
        String length = text.substring(slash + 1);
        if (!length.matches("\\d{1,3}")) {
            throw new IllegalArgumentException("'" + length + "' is not a prefix length");
        }
        return new Subnet(address, Integer.parseInt(length));
    }

    /** Whether an address is in this network. */
    public boolean contains(long hi, long lo) {
        if (IpAddress.isMapped(hi, lo) != address.isIpv4()) {
            return false;
        }
        int bits = address.isIpv4() ? 96 + prefix : prefix;
        long hiMask = bits >= 64 ? -1L : bits == 0 ? 0 : -1L << 64 - bits;
        long loMask = bits <= 64 ? 0 : -1L << 128 - bits;
        return ((hi ^ address.hi()) & hiMask) == 0 && ((lo ^ address.lo()) & loMask) == 0;
    }

    /** Whether an address is in this network. */
    public boolean contains(IpAddress other) {
        return contains(other.hi(), other.lo());
    }

    /** Whether the two networks have an address in common. */
    public boolean overlaps(Subnet other) {
        return prefix <= other.prefix ? contains(other.address) : other.contains(address);
    }

    /** The network itself: the address with its host bits cleared. */
    public Subnet network() {
        int bits = address.isIpv4() ? 96 + prefix : prefix;
        long hiMask = bits >= 64 ? -1L : bits == 0 ? 0 : -1L << 64 - bits;
        long loMask = bits <= 64 ? 0 : -1L << 128 - bits;
        return new Subnet(new IpAddress(address.hi() & hiMask, address.lo() & loMask), prefix);
    }

    /** Whether the address can be a host's: neither all zeroes nor all ones where the network keeps these (RFC 1122 §3.2.1.3). */
    public boolean isHost() {
        int free = (address.isIpv4() ? 32 : 128) - prefix;
        if (free < 2 || !address.isIpv4()) {
            return true;
        }
        long ones = (1L << free) - 1;
        long host = address.ipv4() & ones;
        return host != 0 && host != ones;
    }

    /**
     * The lowest host address of this network that is not {@link #address}; empty if the network has room for one only.
     * It is what {@code setup: auto} gives to the kernel's end of the link.
     */
    public Optional<IpAddress> firstOtherHost() {
        int free = (address.isIpv4() ? 32 : 128) - prefix;
        if (free == 0) {
            return Optional.empty();
        }
        IpAddress base = network().address;
        long first = base.lo() + (free == 1 ? 0 : 1);
        IpAddress candidate = new IpAddress(base.hi(), first);
        return Optional.of(
                candidate.equals(address) ? new IpAddress(base.hi(), first + 1) : candidate);
    }

    @Override
    public String toString() {
        return address + "/" + prefix;
    }
}

package dev.understudy.dispatcher.config;

import dev.understudy.stack.wire.IpAddress;

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

    @Override
    public String toString() {
        return address + "/" + prefix;
    }
}

package dev.understudy.stack.ip;

import dev.understudy.stack.wire.IpAddress;

/** An address with the length of its network's prefix: {@code 10.9.0.2/24}, {@code 2001:db8::2/64}. */
public record Prefix(IpAddress address, int length) {
    private static final int V4_IN_V6 = 96;

    public Prefix {
        if (length < 0 || length > (address.isIpv4() ? 32 : 128)) {
            throw new IllegalArgumentException(
                    "/" + length + " is no length of a prefix of " + address);
        }
    }

    /**
     * Reads {@code ADDRESS/LENGTH}.
     *
     * @throws IllegalArgumentException if the text is not of that form
     */
    public static Prefix parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0 || !text.substring(slash + 1).matches("\\d{1,3}")) {
            throw new IllegalArgumentException("'" + text + "' is not ADDRESS/LENGTH");
        }
        return new Prefix(
                IpAddress.parse(text.substring(0, slash)),
                Integer.parseInt(text.substring(slash + 1)));
    }

    /** Length in the 128 bits of the two longs, IPv4 being v4-mapped. */
    public int bits() {
        return address.isIpv4() ? V4_IN_V6 + length : length;
    }

    /** Whether another address is of the same network. */
    public boolean contains(long hi, long lo) {
        return matches(hi, lo, address.hi(), address.lo(), bits());
    }

    /** Whether the first {@code bits} of two addresses agree. */
    static boolean matches(long hi, long lo, long prefixHi, long prefixLo, int bits) {
        long differenceHi = hi ^ prefixHi;
        if (bits <= 64) {
            return bits == 0 || differenceHi >>> 64 - bits == 0;
        }
        return differenceHi == 0 && (lo ^ prefixLo) >>> 128 - bits == 0;
    }

    /** The directed broadcast address of an IPv4 network (RFC 919), 0 for networks that have none. */
    public int broadcast() {
        return address.isIpv4() && length < 31 ? address.ipv4() | -1 >>> length : 0;
    }

    @Override
    public String toString() {
        return address + "/" + length;
    }
}

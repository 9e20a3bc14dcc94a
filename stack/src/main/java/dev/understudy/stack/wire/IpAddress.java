package dev.understudy.stack.wire;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/**
 * An IPv4 or IPv6 address as two longs, IPv4 as v4-mapped (RFC 4291 §2.5.5.2), so that both families take one path. This
 * is the value for configuration, events and screens; per packet, the two longs travel bare.
 */
public record IpAddress(long hi, long lo) implements Comparable<IpAddress> {
    private static final long MAPPED = 0xFFFF_0000_0000L;
    private static final String OCTET = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
    private static final Pattern IPV4_TEXT = Pattern.compile("(" + OCTET + "\\.){3}" + OCTET);
    private static final Pattern IPV6_TEXT = Pattern.compile("[0-9a-fA-F:][0-9a-fA-F:.]*");

    /** The low half of a v4-mapped address. */
    public static long mapped(int ipv4) {
        return MAPPED | ipv4 & 0xFFFFFFFFL;
    }

    /** Whether two longs are a v4-mapped address. */
    public static boolean isMapped(long hi, long lo) {
        return hi == 0 && lo >>> 32 == 0xFFFF;
    }

    /** The address of an IPv4 word. */
    public static IpAddress v4(int ipv4) {
        return new IpAddress(0, mapped(ipv4));
    }

    /**
     * Reads a literal address: dotted quad or RFC 4291 text, no host names and no look-ups.
     *
     * @throws IllegalArgumentException if the text is no address
     */
    public static IpAddress parse(String text) {
        // Only what these let through reaches the JDK, which would look anything else up as a name.
        boolean literal =
                text.indexOf(':') >= 0
                        ? IPV6_TEXT.matcher(text).matches()
                        : IPV4_TEXT.matcher(text).matches();
        if (!literal) {
            throw new IllegalArgumentException("'" + text + "' is not an IP address");
        }
        try {
            return of(InetAddress.getByName(text));
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("'" + text + "' is not an IP address", e);
        }
    }

    public static IpAddress of(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length == 4) {
            return v4(
                    bytes[0] << 24
                            | (bytes[1] & 0xFF) << 16
                            | (bytes[2] & 0xFF) << 8
                            | bytes[3] & 0xFF);
        }
        return new IpAddress(readLong(bytes, 0), readLong(bytes, 8));
    }

    public boolean isIpv4() {
        return isMapped(hi, lo);
    }

    /** The IPv4 word; meaningful only if {@link #isIpv4}. */
    public int ipv4() {
        return (int) lo;
    }

    public InetAddress toInetAddress() {
        byte[] bytes = new byte[isIpv4() ? 4 : 16];
        for (int i = 0; i < bytes.length; i++) {
            int fromRight = bytes.length - 1 - i;
            bytes[i] = (byte) ((fromRight < 8 ? lo : hi) >>> ((fromRight & 7) << 3));
        }
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new AssertionError("4 or 16 bytes are always an address", e);
        }
    }

    @Override
    public int compareTo(IpAddress other) {
        int high = Long.compareUnsigned(hi, other.hi);
        return high != 0 ? high : Long.compareUnsigned(lo, other.lo);
    }

    /** Dotted quad, or RFC 5952 text. */
    @Override
    public String toString() {
        if (isIpv4()) {
            int a = ipv4();
            return (a >>> 24) + "." + (a >>> 16 & 0xFF) + "." + (a >>> 8 & 0xFF) + "." + (a & 0xFF);
        }
        return shorten();
    }

    /** RFC 5952 §4: lower case, no leading zeroes, the longest run of two or more zero groups as "::". */
    private String shorten() {
        int bestStart = -1;
        int bestLength = 1;
        for (int start = 0; start < 8; start++) {
            int length = 0;
            while (start + length < 8 && group(start + length) == 0) {
                length++;
            }
            if (length > bestLength) {
                bestStart = start;
                bestLength = length;
            }
        }
        StringBuilder text = new StringBuilder(39);
        for (int i = 0; i < 8; i++) {
            if (i == bestStart) {
                text.append("::");
                i += bestLength - 1;
            } else {
                if (i > 0 && text.charAt(text.length() - 1) != ':') {
                    text.append(':');
                }
                text.append(Integer.toHexString(group(i)));
            }
        }
        return text.toString();
    }

    private int group(int index) {
        return (int) ((index < 4 ? hi : lo) >>> (3 - (index & 3)) * 16) & 0xFFFF;
    }

    private static long readLong(byte[] bytes, int from) {
        long value = 0;
        for (int i = 0; i < 8; i++) {
            value = value << 8 | bytes[from + i] & 0xFF;
        }
        return value;
    }
}

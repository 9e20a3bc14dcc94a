package dev.understudy.tui.filter;

import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.IpAddress;
import java.util.Optional;
import java.util.function.Predicate;

/** Reads what somebody writes for a set of endpoints: an address, one with a port, a port, a network. */
final class AddressPattern {
    private static final int V4_BITS = 32;
    private static final int V6_BITS = 128;

    private AddressPattern() {}

    static Optional<Predicate<Endpoint>> read(String text) {
        try {
            if (text.startsWith(":") && text.matches(":\\d{1,5}")) {
                int port = Integer.parseInt(text.substring(1));
                return Optional.of(endpoint -> endpoint.port() == port);
            }
            int slash = text.indexOf('/');
            if (slash > 0) {
                return network(text.substring(0, slash), text.substring(slash + 1));
            }
            if (text.startsWith("[") && text.endsWith("]")) {
                return address(text.substring(1, text.length() - 1));
            }
            boolean port = text.startsWith("[") || text.indexOf(':') == text.lastIndexOf(':');
            if (port && text.indexOf(':') > 0) {
                Endpoint wanted = Endpoint.parse(text);
                return Optional.of(wanted::equals);
            }
            return address(text);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Optional<Predicate<Endpoint>> address(String text) {
        IpAddress wanted = IpAddress.parse(text);
        return Optional.of(endpoint -> endpoint.address().equals(wanted));
    }

    private static Optional<Predicate<Endpoint>> network(String address, String bits) {
        IpAddress base = IpAddress.parse(address);
        int most = base.isIpv4() ? V4_BITS : V6_BITS;
        if (!bits.matches("\\d{1,3}") || Integer.parseInt(bits) > most) {
            return Optional.empty();
        }
        int prefix = Integer.parseInt(bits) + V6_BITS - most;
        long hiMask = prefix >= 64 ? -1L : mask(prefix);
        long loMask = prefix <= 64 ? 0 : mask(prefix - 64);
        long hi = base.hi() & hiMask;
        long lo = base.lo() & loMask;
        return Optional.of(
                endpoint ->
                        (endpoint.address().hi() & hiMask) == hi
                                && (endpoint.address().lo() & loMask) == lo);
    }

    private static long mask(int ones) {
        return ones == 0 ? 0 : -1L << (64 - ones);
    }
}

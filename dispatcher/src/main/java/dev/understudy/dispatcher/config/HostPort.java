package dev.understudy.dispatcher.config;

import dev.understudy.stack.wire.IpAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The text {@code HOST:PORTS}, split: the host is an address, a network or a name, in brackets if it is IPv6 (RFC 3986
 * §3.2.2). Methods throw IllegalArgumentException with a sentence for the user.
 */
record HostPort(String host, Optional<String> ports) {
    private static final Pattern NUMERIC = Pattern.compile("[\\d./]+");
    private static final Pattern NAME =
            Pattern.compile(
                    "(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?"
                            + "(\\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)*\\.?");

    static HostPort split(String text) {
        if (text.contains("://")) {
            throw new IllegalArgumentException(
                    "'" + Scalars.shorten(text) + "' is a URL; expected only its HOST:PORT.");
        }
        if (text.startsWith("[")) {
            int end = text.indexOf(']');
            if (end < 0 || end + 1 < text.length() && text.charAt(end + 1) != ':') {
                throw new IllegalArgumentException(
                        "'" + Scalars.shorten(text) + "' is not [ADDRESS]:PORT.");
            }
            return new HostPort(
                    text.substring(1, end),
                    end + 1 == text.length()
                            ? Optional.empty()
                            : Optional.of(text.substring(end + 2)));
        }
        int colon = text.indexOf(':');
        if (colon >= 0 && text.indexOf(':', colon + 1) >= 0) {
            throw new IllegalArgumentException(
                    "'"
                            + Scalars.shorten(text)
                            + "' has several colons; write an IPv6 address as \"[2001:db8::1]:80\","
                            + " with the quotes.");
        }
        return colon < 0
                ? new HostPort(text, Optional.empty())
                : new HostPort(text.substring(0, colon), Optional.of(text.substring(colon + 1)));
    }

    /** Whether the host is a name to be resolved. */
    boolean isName() {
        return !host.contains(":")
                && !NUMERIC.matcher(host).matches()
                && NAME.matcher(host.toLowerCase(Locale.ROOT)).matches();
    }

    /** The host as a network; a single address is a network of one. */
    Subnet subnet() {
        int slash = host.indexOf('/');
        IpAddress address = address(slash < 0 ? host : host.substring(0, slash));
        int bits = address.isIpv4() ? 32 : 128;
        if (slash < 0) {
            return new Subnet(address, bits);
        }
        String length = host.substring(slash + 1);
        if (!length.matches("\\d{1,3}") || Integer.parseInt(length) > bits) {
            throw new IllegalArgumentException(
                    "'"
                            + Scalars.shorten(length)
                            + "' is not a prefix length (0 to "
                            + bits
                            + ").");
        }
        return new Subnet(address, Integer.parseInt(length));
    }

    /** Strict, so that {@code 10.0.0.300} is an error here and never a question to the name servers. */
    static IpAddress address(String text) {
        boolean quad = NUMERIC.matcher(text).matches();
        boolean valid = text.contains(":");
        if (quad) {
            String[] parts = text.split("\\.", -1);
            valid = parts.length == 4;
            for (String part : parts) {
                valid &= part.matches("0|[1-9]\\d{0,2}") && Integer.parseInt(part) <= 255;
            }
        }
        if (!valid) {
            throw new IllegalArgumentException(
                    "'" + Scalars.shorten(text) + "' is not an IP address.");
        }
        try {
            return IpAddress.parse(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "'" + Scalars.shorten(text) + "' is not an IP address.", e);
        }
    }

    List<IpAddress> resolve(HostResolver resolver) {
        if (!isName()) {
            throw new IllegalArgumentException(
                    "'" + Scalars.shorten(host) + "' is neither an IP address nor a host name.");
        }
        try {
            List<IpAddress> addresses = resolver.resolve(host);
            if (!addresses.isEmpty()) {
                return addresses;
            }
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(noAddress(), e);
        }
        throw new IllegalArgumentException(noAddress());
    }

    private String noAddress() {
        return "the name '"
                + host
                + "' has no address at present; use an address, or mend the name.";
    }

    /** A port, or two with a dash between; 1 to 65535. */
    static PortRange portRange(String text) {
        if (!text.matches("\\d{1,5}(-\\d{1,5})?")) {
            throw new IllegalArgumentException(
                    "'"
                            + Scalars.shorten(text)
                            + "' is not a port (80) or a range of ports (8000-8100).");
        }
        int dash = text.indexOf('-');
        int first = Integer.parseInt(dash < 0 ? text : text.substring(0, dash));
        int last = Integer.parseInt(text.substring(dash + 1));
        if (first < 1 || last > 0xFFFF) {
            throw new IllegalArgumentException("port '" + text + "' is outside 1 to 65535.");
        }
        if (first > last) {
            throw new IllegalArgumentException(
                    "the range of ports '"
                            + text
                            + "' runs backwards; did you mean '"
                            + last
                            + "-"
                            + first
                            + "'?");
        }
        return new PortRange(first, last);
    }
}

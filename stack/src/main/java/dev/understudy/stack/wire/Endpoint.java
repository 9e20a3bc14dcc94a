package dev.understudy.stack.wire;

/** An address with a port (0..65535): one end of a flow. */
public record Endpoint(IpAddress address, int port) implements Comparable<Endpoint> {
    public Endpoint {
        if (port < 0 || port > 0xFFFF) {
            throw new IllegalArgumentException("port " + port + " is outside 0..65535");
        }
    }

    public static Endpoint of(long hi, long lo, int port) {
        return new Endpoint(new IpAddress(hi, lo), port);
    }

    /**
     * Reads {@code 10.0.0.1:80} or {@code [2001:db8::1]:80}.
     *
     * @throws IllegalArgumentException if the text is not of that form
     */
    public static Endpoint parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 1) {
            throw new IllegalArgumentException("'" + text + "' is not ADDRESS:PORT");
        }
        String host = text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.indexOf(':') >= 0) {
            throw new IllegalArgumentException("'" + text + "' is not [ADDRESS]:PORT");
        }
        String port = text.substring(colon + 1);
        if (!port.matches("\\d{1,5}")) {
            throw new IllegalArgumentException("'" + port + "' is not a port (0..65535)");
        }
        return new Endpoint(IpAddress.parse(host), Integer.parseInt(port));
    }

    @Override
    public int compareTo(Endpoint other) {
        int byAddress = address.compareTo(other.address);
        return byAddress != 0 ? byAddress : Integer.compare(port, other.port);
    }

    @Override
    public String toString() {
        return address.isIpv4() ? address + ":" + port : "[" + address + "]:" + port;
    }
}

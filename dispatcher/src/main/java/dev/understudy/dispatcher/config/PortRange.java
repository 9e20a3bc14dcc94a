package dev.understudy.dispatcher.config;

/** Ports from first to last, both included. */
public record PortRange(int first, int last) {
    public PortRange {
        if (first < 0 || last > 0xFFFF || first > last) {
            throw new IllegalArgumentException(
                    "ports " + first + "-" + last + " are no range in 0..65535");
        }
    }

    public boolean contains(int port) {
        return port >= first && port <= last;
    }

    @Override
    public String toString() {
        return first == last ? Integer.toString(first) : first + "-" + last;
    }
}

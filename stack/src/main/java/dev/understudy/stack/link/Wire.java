package dev.understudy.stack.link;

import io.netty.channel.EventLoop;
import java.time.Duration;

/**
 * A cable in memory with a link at either end. What one end writes the other reads, in order, after the cable's
 * latency. Tests and the lab without privileges run the same code on it as on TAP devices, and on a loop with virtual
 * time a million times faster.
 */
public final class Wire {
    /** The MTU of Ethernet (RFC 894). */
    public static final int ETHERNET_MTU = 1500;

    /**
     * What one end of a cable is like.
     *
     * @param name what screens and tests call the link
     * @param offload whether frames written here may be super-segments with partial checksums; if not, they are sliced
     * @param mtu longest IP datagram written here, in bytes; longer frames are dropped and counted
     */
    public record End(String name, boolean offload, int mtu) {
        public End {
            if (mtu < 68 || mtu > 65535) {
                throw new IllegalArgumentException("no MTU of IP: " + mtu);
            }
        }

        /** With offload and Ethernet's MTU. */
        public static End of(String name) {
            return new End(name, true, ETHERNET_MTU);
        }

        /** Without offload, with Ethernet's MTU. */
        public static End plain(String name) {
            return new End(name, false, ETHERNET_MTU);
        }
    }

    private final WireChannel a;
    private final WireChannel b;

    private Wire(End a, End b, Duration latency) {
        this.a = new WireChannel(a, latency.toNanos());
        this.b = new WireChannel(b, latency.toNanos());
        this.a.connectTo(this.b);
        this.b.connectTo(this.a);
    }

    /** A cable with no latency: a frame arrives in the loop's next round. */
    public static Wire between(End a, End b) {
        return new Wire(a, b, Duration.ZERO);
    }

    /** A cable with the same latency both ways. */
    public static Wire between(End a, End b, Duration latency) {
        return new Wire(a, b, latency);
    }

    public WireChannel a() {
        return a;
    }

    public WireChannel b() {
        return b;
    }

    /** Registers both ends with one loop; on a manual loop this takes effect when it runs. */
    public Wire register(EventLoop loop) {
        register(loop, a);
        register(loop, b);
        return this;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // nothing can fail: there is no device
    private static void register(EventLoop loop, WireChannel end) {
        loop.register(end);
    }

    /** Closes both ends; what is on its way is dropped. */
    @SuppressWarnings("FutureReturnValueIgnored") // nothing can fail: there is no device
    public void close() {
        a.close();
        b.close();
    }
}

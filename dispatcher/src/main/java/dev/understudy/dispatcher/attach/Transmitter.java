package dev.understudy.dispatcher.attach;

import dev.understudy.stack.ip.Fragmenter;
import dev.understudy.stack.ip.FrameOutput;
import dev.understudy.stack.ip.Ipv6Fragmenter;
import dev.understudy.stack.wire.Ipv4;
import dev.understudy.stack.wire.Ipv6;
import dev.understudy.stack.wire.Packet;
import io.netty.buffer.ByteBufAllocator;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Whether a packet fits its link, and what is done if not: split, or told to be too big.
 *
 * <p>A super-segment fits if the segments that it stands for do; the link, or the kernel behind it, slices it.
 */
final class Transmitter {
    /** What is to be done with a packet. */
    enum Fit {
        FITS,
        SPLIT,
        TOO_BIG
    }

    private final Fragmenter fragmenter;
    private final Ipv6Fragmenter fragmenter6;
    private final RandomGenerator random;
    private final int mtu;
    private final int otherMtu;

    /**
     * @param mtu of the link that packets leave by
     * @param otherMtu of the link that they come by
     */
    Transmitter(ByteBufAllocator allocator, int mtu, int otherMtu, RandomGenerator random) {
        this.random = random;
        this.mtu = mtu;
        this.otherMtu = otherMtu;
        fragmenter = new Fragmenter(allocator, random.nextInt());
        fragmenter6 = new Ipv6Fragmenter(allocator);
    }

    int mtu() {
        return mtu;
    }

    Fit fit(Packet packet) {
        int length = packet.end() - packet.l3();
        if (length <= mtu) {
            return Fit.FITS;
        }
        if (packet.isGso()) {
            boolean slices = packet.isTcp() || packet.isUdp();
            int slice = packet.payload() - packet.l3() + packet.gsoSize();
            return slices && packet.gsoSize() > 0 && slice <= mtu ? Fit.FITS : Fit.TOO_BIG;
        }
        if (packet.isIpv6()) {
            // What is longer than its link carries has come in fragments, and leaves in some.
            return length > otherMtu && mtu >= Ipv6.MIN_MTU ? Fit.SPLIT : Fit.TOO_BIG;
        }
        return Ipv4.dontFragment(packet.frame(), packet.l3()) ? Fit.TOO_BIG : Fit.SPLIT;
    }

    /** Splits; false if it turns out that it cannot be. */
    boolean split(Packet packet, FrameOutput output) {
        return packet.isIpv6()
                ? fragmenter6.split(packet, mtu, random.nextInt(), output)
                : fragmenter.split(packet, mtu, output);
    }

    void counters(Map<String, Long> all) {
        fragmenter.counters(all);
        fragmenter6.counters(all);
    }
}

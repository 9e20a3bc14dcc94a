package dev.understudy.dispatcher.attach;

import dev.understudy.stack.ip.Fragmenter;
import dev.understudy.stack.ip.FrameOutput;
import dev.understudy.stack.wire.Ipv4;
import dev.understudy.stack.wire.Packet;

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
    private final int mtu;

    Transmitter(Fragmenter fragmenter, int mtu) {
        this.fragmenter = fragmenter;
        this.mtu = mtu;
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
        return packet.isIpv4() && !Ipv4.dontFragment(packet.frame(), packet.l3())
                ? Fit.SPLIT
                : Fit.TOO_BIG;
    }

    /** Splits; false if it turns out that it cannot be. */
    boolean split(Packet packet, FrameOutput output) {
        return fragmenter.split(packet, mtu, output);
    }
}

package dev.understudy.stack.tcp;

/**
 * What all connections of a stack have in common. Immutable; the {@code with} methods give a changed copy.
 *
 * @param mtu longest IP datagram that the link takes
 * @param superSegmentBytes most data in a super-segment; 0 if the link below neither takes nor slices them
 * @param partialChecksums whether the link below completes checksums (every link of {@code stack.link} does)
 * @param sendBuffer most bytes queued for sending
 * @param receiveBuffer most bytes queued for the application; the window scale follows from it
 * @param windowScaling, timestamps, sack what is offered in a SYN (RFC 7323, RFC 2018)
 * @param ecn whether routers may mark instead of drop (RFC 3168)
 * @param noDelay whether Nagle's algorithm is off unless asked for
 * @param initialWindow in bytes; 0 for RFC 6928's
 * @param pieces see {@link ReceiverSetup#pieces}
 * @param times how long to wait for what
 * @param congestionControl makes one for each connection
 */
public record TcpConfig(
        int mtu,
        int superSegmentBytes,
        boolean partialChecksums,
        int sendBuffer,
        int receiveBuffer,
        boolean windowScaling,
        boolean timestamps,
        boolean sack,
        EcnMode ecn,
        boolean noDelay,
        int initialWindow,
        int pieces,
        TcpTimes times,
        CongestionControl.Factory congestionControl) {
    /** The longest data of a super-segment: an IP datagram's 65,535 less the largest headers. */
    public static final int MAX_SUPER_SEGMENT = 65535 - 40 - 60;

    public static final TcpConfig DEFAULT =
            new TcpConfig(
                    1500,
                    MAX_SUPER_SEGMENT,
                    true,
                    1 << 20,
                    1 << 20,
                    true,
                    true,
                    true,
                    EcnMode.ACCEPT,
                    false,
                    0,
                    1024,
                    TcpTimes.DEFAULT,
                    Cubic::new);

    public TcpConfig {
        if (mtu < 68 || superSegmentBytes > MAX_SUPER_SEGMENT || sendBuffer < 1) {
            throw new IllegalArgumentException(
                    "mtu " + mtu + ", super-segments of " + superSegmentBytes);
        }
    }

    public TcpConfig withMtu(int value) {
        return new TcpConfig(
                value,
                superSegmentBytes,
                partialChecksums,
                sendBuffer,
                receiveBuffer,
                windowScaling,
                timestamps,
                sack,
                ecn,
                noDelay,
                initialWindow,
                pieces,
                times,
                congestionControl);
    }

    /** With or without the work that a link may do for us. */
    public TcpConfig withOffload(int superSegments, boolean checksums) {
        return new TcpConfig(
                mtu,
                superSegments,
                checksums,
                sendBuffer,
                receiveBuffer,
                windowScaling,
                timestamps,
                sack,
                ecn,
                noDelay,
                initialWindow,
                pieces,
                times,
                congestionControl);
    }

    public TcpConfig withBuffers(int send, int receive) {
        return new TcpConfig(
                mtu,
                superSegmentBytes,
                partialChecksums,
                send,
                receive,
                windowScaling,
                timestamps,
                sack,
                ecn,
                noDelay,
                initialWindow,
                pieces,
                times,
                congestionControl);
    }

    public TcpConfig withOptions(boolean scaling, boolean stamps, boolean selective) {
        return new TcpConfig(
                mtu,
                superSegmentBytes,
                partialChecksums,
                sendBuffer,
                receiveBuffer,
                scaling,
                stamps,
                selective,
                ecn,
                noDelay,
                initialWindow,
                pieces,
                times,
                congestionControl);
    }

    public TcpConfig withEcn(EcnMode value) {
        return new TcpConfig(
                mtu,
                superSegmentBytes,
                partialChecksums,
                sendBuffer,
                receiveBuffer,
                windowScaling,
                timestamps,
                sack,
                value,
                noDelay,
                initialWindow,
                pieces,
                times,
                congestionControl);
    }

    public TcpConfig withNoDelay(boolean value) {
        return new TcpConfig(
                mtu,
                superSegmentBytes,
                partialChecksums,
                sendBuffer,
                receiveBuffer,
                windowScaling,
                timestamps,
                sack,
                ecn,
                value,
                initialWindow,
                pieces,
                times,
                congestionControl);
    }

    public TcpConfig withInitialWindow(int bytes) {
        return new TcpConfig(
                mtu,
                superSegmentBytes,
                partialChecksums,
                sendBuffer,
                receiveBuffer,
                windowScaling,
                timestamps,
                sack,
                ecn,
                noDelay,
                bytes,
                pieces,
                times,
                congestionControl);
    }

    public TcpConfig withTimes(TcpTimes value) {
        return new TcpConfig(
                mtu,
                superSegmentBytes,
                partialChecksums,
                sendBuffer,
                receiveBuffer,
                windowScaling,
                timestamps,
                sack,
                ecn,
                noDelay,
                initialWindow,
                pieces,
                value,
                congestionControl);
    }

    public TcpConfig withCongestionControl(CongestionControl.Factory value) {
        return new TcpConfig(
                mtu,
                superSegmentBytes,
                partialChecksums,
                sendBuffer,
                receiveBuffer,
                windowScaling,
                timestamps,
                sack,
                ecn,
                noDelay,
                initialWindow,
                pieces,
                times,
                value);
    }

    /** The window shift to offer, or -1. */
    int offeredScale() {
        return windowScaling ? ReceiverSetup.scaleFor(receiveBuffer) : -1;
    }

    /** Bytes of data in a full segment of this MTU without TCP options (RFC 6691). */
    static int mssOf(int mtu, boolean ipv6) {
        return Math.max(SenderSetup.MIN_MSS, mtu - (ipv6 ? 60 : 40));
    }
}

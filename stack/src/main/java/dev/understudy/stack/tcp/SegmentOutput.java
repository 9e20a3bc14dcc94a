package dev.understudy.stack.tcp;

/** Where a {@link TcpSender} puts its segments. */
public interface SegmentOutput {
    /**
     * Sends one segment, or a super-segment of {@link TcpSender#mss}-sized ones. Its data is copied out by {@link
     * TcpSender#copy}. Must not call back into the sender other than that.
     *
     * @param seq of the first byte
     * @param length bytes of data, 0 for a FIN alone
     * @param flags PSH and FIN where they belong (see {@link dev.understudy.stack.wire.Tcp}); ACK is the output's to add
     * @param again whether some of it was sent before
     */
    void transmit(TcpSender sender, int seq, int length, int flags, boolean again, long now);

    /**
     * Bytes of TCP options that the output will put into a segment with data now: the MSS option of a peer does not count
     * them (RFC 6691), a segment must.
     */
    default int optionBytes() {
        return 0;
    }
}

package dev.understudy.dispatcher.translate;

import dev.understudy.stack.tcp.SeqNum;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TcpOptions;

/**
 * Everything beyond address and port that differs between the two legs of one session, and the rewriting of each TCP
 * segment that follows from it. A session whose legs agree has none ({@link #needed}).
 *
 * <p>What is rewritten, in this order (patent claims 5 and 16 know only the first):
 *
 * <ul>
 *   <li>SEQ and ACK by two {@link SequenceMap}s. A segment that runs over an edge is cut there, and its sender
 *       retransmits the rest; one that begins with bytes that have no place is dropped.
 *   <li>SACK blocks (RFC 2018): edges mapped; a block that crosses an edge is removed; all go if the leg did not permit
 *       them.
 *   <li>Timestamps (RFC 7323). Both legs have them: TSval to the client moves by an offset fixed at the switch, so that the
 *       client's PAWS check sees one clock; TSecr moves back, and what echoes an earlier server's clock becomes the new
 *       server's first TSval. One leg has them: inserted toward it, removed toward the other. SYN and RST are not
 *       given any.
 *   <li>The window: {@code min(65535, (field << in) >> out)}, never in a SYN (RFC 7323 §2.2).
 *   <li>Size: a segment longer than the receiver's MSS leaves as a super-segment with slices that fit.
 * </ul>
 *
 * Addresses and ports are the session's. The urgent pointer is relative to SEQ and stays. Nothing is allocated per packet.
 */
public final class Translation {
    private static final long NANOS_PER_MILLI = 1_000_000;

    /** A segment that was overtaken may echo a server from before: for longer than any lives, at a tick a millisecond. */
    private static final int STALE_TICKS = 1 << 18;

    private final SequenceMap clientToServer;
    private final SequenceMap serverToClient;
    private final TranslationDrops drops;

    /** Echo toward the only leg that has timestamps; null if both have or none has. */
    private final TimestampEcho echo;

    private final char clientMss;
    private final char serverMss;
    private final byte clientShiftIn;
    private final byte clientShiftOut;
    private final byte serverShiftIn;
    private final byte serverShiftOut;
    private final boolean clientHasTimestamps;
    private final boolean serverHasTimestamps;
    private final boolean stripSackToServer;
    private final boolean stripSackToClient;

    /** Added to the server's clock, or to ours if the server has none. */
    private int tsOffset;

    /** The first TSval of the current server; no TSecr toward it is older. */
    private int firstTsVal;

    /** Whether the client may still echo a server from before. */
    private boolean staleEchoes;

    /**
     * A translation between two legs. If either has timestamps, {@link #timestamps} must follow.
     *
     * @param clientLeg what the client believes was agreed on
     * @param serverLeg what the server believes
     * @param clientToServer the client's numbers to the server's view of them
     * @param serverToClient the server's numbers to the client's view of them
     */
    public Translation(
            LegOptions clientLeg,
            LegOptions serverLeg,
            SequenceMap clientToServer,
            SequenceMap serverToClient,
            TranslationDrops drops) {
        this.clientToServer = clientToServer;
        this.serverToClient = serverToClient;
        this.drops = drops;
        clientMss = (char) clientLeg.clientMss();
        serverMss = (char) serverLeg.serverMss();
        clientShiftIn = (byte) clientLeg.clientShiftOrZero();
        clientShiftOut = (byte) serverLeg.clientShiftOrZero();
        serverShiftIn = (byte) serverLeg.serverShiftOrZero();
        serverShiftOut = (byte) clientLeg.serverShiftOrZero();
        clientHasTimestamps = clientLeg.timestamps();
        serverHasTimestamps = serverLeg.timestamps();
        echo = clientHasTimestamps != serverHasTimestamps ? new TimestampEcho(0) : null;
        stripSackToServer = clientLeg.sackPermitted() && !serverLeg.sackPermitted();
        stripSackToClient = serverLeg.sackPermitted() && !clientLeg.sackPermitted();
    }

    /**
     * Whether two legs differ so that their segments need translating beyond address and port.
     *
     * @param delta of the server's direction, see {@link SequenceMap#delta(int, int)}
     * @param anotherClock both legs have timestamps, and the client has already seen another server's
     */
    public static boolean needed(
            LegOptions clientLeg, LegOptions serverLeg, int delta, boolean anotherClock) {
        return delta != 0
                || anotherClock
                || clientLeg.timestamps() != serverLeg.timestamps()
                || clientLeg.sackPermitted() != serverLeg.sackPermitted()
                || clientLeg.clientShiftOrZero() != serverLeg.clientShiftOrZero()
                || clientLeg.serverShiftOrZero() != serverLeg.serverShiftOrZero()
                || serverLeg.serverMss() < clientLeg.serverMss()
                || clientLeg.clientMss() < serverLeg.clientMss();
    }

    /**
     * Joins the clocks of the two legs. Which values are meant depends on who has timestamps:
     *
     * <table>
     *   <caption>Arguments</caption>
     *   <tr><th></th><th>both legs</th><th>client leg only</th><th>server leg only</th></tr>
     *   <tr><td>shown</td><td colspan="2">last TSval that the client saw; the TSecr of its latest segment says it</td>
     *       <td>last TSval that the server saw, usually its SYN's</td></tr>
     *   <tr><td>said</td><td>TSval of the new server's SYN+ACK</td>
     *       <td>last TSval of the client, to be echoed</td><td>last TSval of the server, to be echoed</td></tr>
     * </table>
     *
     * @param now nanoseconds; our own clock, where one is needed, counts milliseconds of it
     */
    public Translation timestamps(int shown, int said, long now) {
        if (echo != null) {
            tsOffset = shown - millis(now);
            echo.passed(said, 0, 0);
        } else {
            tsOffset = shown - said;
            firstTsVal = said;
            staleEchoes = tsOffset != 0;
        }
        return this;
    }

    /** The client's numbers to the server's. */
    public SequenceMap clientToServer() {
        return clientToServer;
    }

    /** The server's numbers to the client's. */
    public SequenceMap serverToClient() {
        return serverToClient;
    }

    /** By how much TSval moves toward the client while both legs have timestamps, modulo 2^32. */
    public int timestampOffset() {
        return tsOffset;
    }

    /** How many bytes longer a segment is on the server leg than on the client leg: 12, 0 or -12. */
    public int growthToServer() {
        return echo == null ? 0 : serverHasTimestamps ? 12 : -12;
    }

    /**
     * Rewrites a TCP segment of the client for the server.
     *
     * @param scratch overwritten
     * @return false if it must be dropped; the reason is counted
     */
    public boolean toServer(Packet packet, TcpOptions scratch, long now) {
        int seq = packet.seq();
        if (!cut(packet, clientToServer, seq)) {
            return false;
        }
        sequence(packet, scratch, clientToServer, serverToClient, stripSackToServer);
        if (echo != null) {
            if (!oneSidedClock(packet, scratch, clientHasTimestamps, seq, now)) {
                return false;
            }
        } else if (staleEchoes || tsOffset != 0) {
            echoToServer(packet, scratch);
        }
        window(packet, clientShiftIn, clientShiftOut);
        return fit(packet, serverMss);
    }

    /**
     * Rewrites a TCP segment of the server for the client.
     *
     * @param scratch overwritten
     * @return false if it must be dropped; the reason is counted
     */
    public boolean toClient(Packet packet, TcpOptions scratch, long now) {
        int seq = packet.seq();
        if (!cut(packet, serverToClient, seq)) {
            return false;
        }
        sequence(packet, scratch, serverToClient, clientToServer, stripSackToClient);
        if (echo != null) {
            if (!oneSidedClock(packet, scratch, serverHasTimestamps, seq, now)) {
                return false;
            }
        } else if (tsOffset != 0 && clientHasTimestamps && scratch.hasTimestamps()) {
            packet.tcpInt(scratch.timestampsAt() + 2, scratch.tsVal() + tsOffset);
        }
        window(packet, serverShiftIn, serverShiftOut);
        return fit(packet, clientMss);
    }

    private boolean fit(Packet packet, int mss) {
        if (!SegmentEdit.fit(packet, mss)) {
            drops.countDamaged();
            return false;
        }
        return true;
    }

    /** Cuts a segment where an epoch ends; false if nothing of it can be passed on. */
    private boolean cut(Packet packet, SequenceMap forward, int seq) {
        if (packet.has(Tcp.RST) && !forward.travels(seq)) {
            // It would become exact on its way: half of all numbers that somebody might make up.
            drops.countCrossedEpoch();
            return false;
        }
        if (!forward.crosses(seq, packet.segmentLength())) {
            return true;
        }
        int carries = forward.carries(seq);
        if (carries == 0) {
            drops.countCrossedEpoch();
            return false;
        }
        if (!packet.checksumValid()) {
            drops.countDamaged();
            return false;
        }
        int syn = packet.has(Tcp.SYN) ? 1 : 0;
        SegmentEdit.truncate(packet, Math.min(packet.payloadLength(), carries - syn));
        return true;
    }

    /** SEQ, ACK and SACK. Leaves the packet's options read. */
    private static void sequence(
            Packet packet,
            TcpOptions scratch,
            SequenceMap forward,
            SequenceMap backward,
            boolean stripSack) {
        scratch.parse(packet);
        int image = forward.map(packet.seq());
        packet.seq(image);
        forward.passed(image + packet.segmentLength());
        if (!packet.has(Tcp.ACK)) {
            return;
        }
        if (scratch.sackAt() >= 0) {
            if (stripSack) {
                OptionEdit.shortenSack(packet, scratch.sackAt(), scratch.sackBlocks(), 0);
            } else if (!backward.isIdentity()) {
                sackBlocks(packet, scratch.sackAt(), scratch.sackBlocks(), backward);
            }
        }
        int ack = packet.ack();
        packet.ack(backward.unmap(ack));
        backward.acknowledged(ack);
    }

    private static void sackBlocks(Packet packet, int at, int blocks, SequenceMap map) {
        int kept = 0;
        for (int i = 0; i < blocks; i++) {
            int from = at + 2 + 8 * i;
            int left = packet.frame().getInt(from);
            int right = packet.frame().getInt(from + 4);
            if (map.blockCrosses(left, right)) {
                continue;
            }
            int to = at + 2 + 8 * kept++;
            int image = map.unmap(left);
            packet.tcpInt(to, image);
            packet.tcpInt(to + 4, image + (right - left));
        }
        if (kept < blocks) {
            OptionEdit.shortenSack(packet, at, blocks, kept);
        }
    }

    /** One leg has timestamps. {@code seq} is the segment's as its sender counts; its ACK is already the receiver's. */
    private boolean oneSidedClock(
            Packet packet, TcpOptions scratch, boolean senderHasThem, int seq, long now) {
        int flags = packet.flags();
        if (senderHasThem) {
            if (scratch.hasTimestamps()) {
                if (packet.checksumValid()) {
                    // What is echoed becomes the sender's idea of the round trip: no wrong bits.
                    echo.passed(scratch.tsVal(), seq, packet.segmentLength());
                }
                OptionEdit.stripTimestamps(packet, scratch);
            }
            return true;
        }
        if ((flags & Tcp.ACK) != 0) {
            echo.acknowledged(packet.ack());
        }
        if ((flags & (Tcp.SYN | Tcp.RST)) != 0) {
            return true;
        }
        if (!OptionEdit.insertTimestamps(packet, scratch, millis(now) + tsOffset, echo.tsEcr())) {
            drops.countNoRoomForTimestamps();
            return false;
        }
        return true;
    }

    /** TSecr back to the server's clock. 0 stays: it means that there is nothing to echo (RFC 7323 §3.2). */
    private void echoToServer(Packet packet, TcpOptions scratch) {
        if (!clientHasTimestamps
                || !scratch.hasTimestamps()
                || scratch.tsEcr() == 0
                || !packet.has(Tcp.ACK)) {
            return;
        }
        int echoed = scratch.tsEcr() - tsOffset;
        if (staleEchoes) {
            if (SeqNum.lt(echoed, firstTsVal)) {
                echoed = firstTsVal;
            } else if (echoed - firstTsVal > STALE_TICKS) {
                staleEchoes = false;
            }
        }
        packet.tcpInt(scratch.timestampsAt() + 6, echoed);
    }

    private static void window(Packet packet, int shiftIn, int shiftOut) {
        if (shiftIn != shiftOut && !packet.has(Tcp.SYN)) {
            packet.window(Math.min(0xFFFF, packet.window() << shiftIn >> shiftOut));
        }
    }

    private static int millis(long now) {
        return (int) (now / NANOS_PER_MILLI);
    }
}

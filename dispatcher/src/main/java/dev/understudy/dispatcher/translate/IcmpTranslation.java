package dev.understudy.dispatcher.translate;

import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.IcmpQuote;
import dev.understudy.stack.wire.Packet;

/**
 * ICMP errors about a session's packets, as the end that sent the packet must see them: about the packet that it sent
 * (RFC 5508 §4.2 asks the same of a NAT).
 *
 * <p>The quoted addresses, ports and sequence number are those of the other leg afterwards, so the receiver's stack finds its
 * own connection; Linux ignores an error whose sequence number is not in flight (RFC 5927 §4.1). An error from the far
 * end itself appears to come from the end that it stands for, one from a router keeps the router's address. An MTU stays,
 * less the option bytes that a segment gains on the way to that router.
 *
 * <p>Whether an error belongs to a session, and whether it is to be believed, is the caller's to decide before. Only
 * addresses and ports are written for UDP.
 */
public final class IcmpTranslation {
    /** RFC 791: every IPv4 link carries so much. */
    private static final int MIN_MTU_IPV4 = 68;

    /** RFC 8200 §5. */
    private static final int MIN_MTU_IPV6 = 1280;

    private final IcmpQuote quote = new IcmpQuote();
    private final TranslationDrops drops;

    public IcmpTranslation(TranslationDrops drops) {
        this.drops = drops;
    }

    /**
     * Rewrites an error about a packet of ours to a server into one about what the client sent to the original.
     *
     * @param error addressed to our network side; the source that it quotes is ours, the destination is the server
     * @param translation the session's, null if the legs differ by address and port only
     * @return false if the quote cannot be read, which is counted
     */
    public boolean toClient(
            Packet error,
            long clientHi,
            long clientLo,
            int clientPort,
            long originalHi,
            long originalLo,
            int originalPort,
            Translation translation) {
        return rewrite(
                error,
                clientHi,
                clientLo,
                clientPort,
                originalHi,
                originalLo,
                originalPort,
                translation == null ? null : translation.clientToServer(),
                translation == null ? 0 : translation.growthToServer());
    }

    /**
     * Rewrites an error of the client about a packet that it got as the original's into one about what the server sent.
     *
     * @param error addressed to the original, whose packet it quotes
     * @param ourHi our network-side address of this session, with {@code ourLo} and {@code ourPort}
     * @param translation the session's, null if the legs differ by address and port only
     * @return false if the quote cannot be read, which is counted
     */
    public boolean toServer(
            Packet error,
            long serverHi,
            long serverLo,
            int serverPort,
            long ourHi,
            long ourLo,
            int ourPort,
            Translation translation) {
        boolean fromClientItself = quote.parse(error) && fromQuotedDestination(error);
        if (!rewrite(
                error,
                serverHi,
                serverLo,
                serverPort,
                ourHi,
                ourLo,
                ourPort,
                translation == null ? null : translation.serverToClient(),
                translation == null ? 0 : -translation.growthToServer())) {
            return false;
        }
        if (!fromClientItself) {
            // A router on the client's side is nobody's business on the network side.
            error.source(ourHi, ourLo, 0);
        }
        return true;
    }

    /**
     * Makes the error speak to one end, its receiver, of a packet that it sent to its peer.
     *
     * @param map from the receiver's numbers to those quoted, null if they are the same
     * @param growth how many bytes longer the quoted packet is than the one that the receiver sent
     */
    private boolean rewrite(
            Packet error,
            long receiverHi,
            long receiverLo,
            int receiverPort,
            long peerHi,
            long peerLo,
            int peerPort,
            SequenceMap map,
            int growth) {
        if (!quote.parse(error)) {
            drops.countForeignQuote();
            return false;
        }
        if (fromQuotedDestination(error)) {
            error.source(peerHi, peerLo, 0);
        }
        error.destination(receiverHi, receiverLo, 0);
        quote.source(receiverHi, receiverLo, receiverPort);
        quote.destination(peerHi, peerLo, peerPort);
        if (map != null && quote.hasSeq()) {
            quote.seq(map.unmap(quote.seq()));
        }
        int mtu = quote.mtu();
        if (mtu > 0 && growth != 0) {
            int floor = error.isIpv6() ? MIN_MTU_IPV6 : MIN_MTU_IPV4;
            mtu(error, Math.max(Math.min(mtu, floor), mtu - growth));
        }
        return true;
    }

    private boolean fromQuotedDestination(Packet error) {
        return error.srcHi() == quote.dstHi() && error.srcLo() == quote.dstLo();
    }

    private static void mtu(Packet error, int value) {
        if (error.isIpv6()) {
            error.tcpInt(error.l4() + Icmp.REST_OFFSET, value);
        } else {
            error.tcpShort(error.l4() + Icmp.MTU_OFFSET, Math.min(value, 0xFFFF));
        }
    }
}

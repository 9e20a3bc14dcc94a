package dev.understudy.dispatcher.translate;

import dev.understudy.stack.tcp.SeqNum;

/**
 * How the sequence numbers of one direction of a session differ between its two legs: a short list of epochs.
 *
 * <p><b>The algebra.</b> A direction has a sender and a receiver, each with its own numbers for the same bytes. In an epoch
 * the two differ by a constant, {@code delta = sender − receiver}, and
 *
 * <pre>
 *   SEQ of the sender    → receiver:  map(seq)   = seq − delta
 *   ACK of the receiver  → sender:    unmap(ack) = ack + delta         all modulo 2^32
 * </pre>
 *
 * When another server takes the part over at the handshake, the direction server → client has {@code delta = ISN in the new
 * server's SYN+ACK − ISN that the client saw} ({@link #delta(int, int)}; the patent's description. Claim 5 states the
 * difference with the opposite sign, with which "SEQ minus delta" would move the wrong way). The direction client → server
 * has delta 0 as long as every byte that the client sent before reaches the new server too.
 *
 * <p><b>Epochs.</b> A new one begins where bytes were put into or taken out of the stream. {@code append(position, delta)}
 * says: the sender's byte {@code position} and all later ones have this delta. The new epoch's first byte is the receiver's
 * {@code edge = position − delta}. A retransmission of older bytes still finds the older delta.
 *
 * <pre>
 *   delta shrinks by n: n bytes of ours stand in front of the edge      delta grows by n: the n bytes before position are gone
 *   sender      ……………ab│cd………                                          sender      ……abXXX│cd………
 *   receiver    ……………abIII│cd……                                         receiver    ……ab│cd…………
 * </pre>
 *
 * Both mappings are monotone. {@code unmap} answers the largest number that maps there, so an ACK inside bytes of ours
 * acknowledges what precedes them and no more, and an ACK exactly on the edge covers bytes that were taken out. A segment
 * that would carry bytes over an edge, or that holds bytes that were taken out, is for the caller to cut: {@link #carries}.
 *
 * <p>An epoch is forgotten once the receiver has acknowledged up to its end: from then on every older byte is a duplicate
 * to the receiver under either delta. Believed are only acknowledgements of what was {@linkplain #passed passed on}: an
 * ACK out of the blue must not make the map forget (RFC 5961 §5). Linux's {@code nf_conntrack_seqadj} keeps two offsets
 * for the same purpose.
 *
 * <p><b>Splice.</b> A sender that takes over in the middle (resume, a relocated session) has numbers of its own; what it
 * sends before the splice never travels, and an ACK from before it says nothing to it. Nor does one of bytes that the
 * receiver has from the sender before and that this one has not sent yet: a host would take no ACK of what it never sent, so
 * it gets one of what it has, until it has caught up: {@link #splice}.
 *
 * <p>Limits: {@value #MAX_EPOCHS} epochs; the array for the older ones exists only while there are any. Allocates in
 * {@code append} and {@code splice} only.
 */
public final class SequenceMap {
    /** Epochs that a map holds at most, the newest included. */
    public static final int MAX_EPOCHS = 8;

    private static final int[] NONE = {};

    /** Of the newest epoch. */
    private int delta;

    /** How many epochs are remembered besides the newest. */
    private int older;

    /** The oldest epoch belongs to another sender: nothing maps there. */
    private boolean spliced;

    /** End of what was passed on, in the receiver's numbers; kept only while there are older epochs. */
    private int furthest;

    /** Up to where the receiver may have bytes from the sender before the splice. */
    private int reach;

    /** Per older epoch, oldest first: its delta, and the edge where the next one begins (receiver's numbers). */
    private int[] kept = NONE;

    /** A map of one epoch. */
    public SequenceMap(int delta) {
        this.delta = delta;
    }

    /** The delta of a server's direction: where the server's numbers begin, less where the client saw them begin. */
    public static int delta(int serverIsn, int isnThatTheClientSaw) {
        return serverIsn - isnThatTheClientSaw;
    }

    /** The newest epoch's delta, sender minus receiver. */
    public int delta() {
        return delta;
    }

    /** How many epochs are alive, at least 1. */
    public int epochs() {
        return older + 1;
    }

    /** Whether nothing changes: one epoch with delta 0. */
    public boolean isIdentity() {
        return delta == 0 && older == 0;
    }

    /** A sequence number of the sender as the receiver counts. A byte that was taken out maps to the one behind it. */
    public int map(int seq) {
        int image = seq - delta;
        for (int i = older - 1; i >= 0 && SeqNum.lt(image, edge(i)); i--) {
            image = SeqNum.min(seq - deltaOf(i), edge(i));
        }
        return spliced ? SeqNum.max(image, edge(0)) : image;
    }

    /** An acknowledgement number of the receiver as the sender counts. */
    public int unmap(int ack) {
        int seen = spliced ? SeqNum.min(SeqNum.max(ack, edge(0)), furthest) : ack;
        int next = delta;
        int preimage = seen + next;
        for (int i = older - 1; i >= 0 && SeqNum.lt(seen, edge(i)); i--) {
            preimage = SeqNum.min(seen + deltaOf(i), edge(i) + next);
            next = deltaOf(i);
        }
        return preimage;
    }

    /**
     * How many sequence numbers from {@code seq} (the sender's) on travel in one piece, unaltered: up to the next edge, or
     * {@link Integer#MAX_VALUE}. 0 if the first one was taken out or precedes a splice.
     */
    public int carries(int seq) {
        int room = Integer.MAX_VALUE;
        int next = delta;
        for (int i = older - 1; i >= 0 && SeqNum.lt(seq - next, edge(i)); i--) {
            int end = SeqNum.min(edge(i) + next, edge(i) + deltaOf(i));
            room = i == 0 && spliced ? 0 : Math.max(0, end - seq);
            next = deltaOf(i);
        }
        return room;
    }

    /**
     * Whether a number of the sender has a counterpart of its own. Those before a splice have none: {@link #map} puts them all on
     * one number, which nobody has meant.
     */
    public boolean travels(int seq) {
        return older == 0 || carries(seq) != 0;
    }

    /** Whether a segment of the sender cannot be passed on whole. {@code length} counts SYN and FIN. */
    public boolean crosses(int seq, int length) {
        return older != 0 && length > carries(seq);
    }

    /**
     * Whether the receiver's bytes {@code [left, right)} are not all bytes of the sender in one epoch: a SACK block that
     * has no counterpart.
     */
    public boolean blockCrosses(int left, int right) {
        int room = Integer.MAX_VALUE;
        int next = delta;
        for (int i = older - 1; i >= 0 && SeqNum.lt(left, edge(i)); i--) {
            int end = SeqNum.min(edge(i), edge(i) + next - deltaOf(i));
            room = i == 0 && spliced ? 0 : Math.max(0, end - left);
            next = deltaOf(i);
        }
        return older != 0 && right - left > room;
    }

    /**
     * From the sender's byte {@code position} on, {@code newDelta} holds.
     *
     * @return false, with nothing changed, if there are {@value #MAX_EPOCHS} epochs, or the new one would begin before the
     *     last one did
     */
    public boolean append(int position, int newDelta) {
        if (newDelta == delta) {
            return true;
        }
        int newEdge = position - newDelta;
        if (older > 0) {
            int last = edge(older - 1);
            if (older == MAX_EPOCHS - 1
                    || SeqNum.lt(newEdge, last)
                    || SeqNum.lt(position - delta, last)) {
                return false;
            }
        }
        if (kept.length < 2 * older + 2) {
            int[] grown = new int[Math.min(2 * MAX_EPOCHS - 2, Math.max(4, 2 * kept.length))];
            System.arraycopy(kept, 0, grown, 0, 2 * older);
            kept = grown;
        }
        kept[2 * older] = delta;
        kept[2 * older + 1] = newEdge;
        furthest = older == 0 ? newEdge : SeqNum.max(furthest, newEdge);
        older++;
        delta = newDelta;
        return true;
    }

    /**
     * Another sender takes over: its byte {@code position} is the receiver's byte {@code image}, and what it sends before
     * does not travel. All earlier epochs are forgotten, so everything before {@code image} should have been acknowledged.
     *
     * @param had up to where the receiver may have bytes from the sender before: not all of them need have been acknowledged
     */
    public void splice(int position, int image, int had) {
        delta = position - image;
        kept = new int[] {delta, image};
        older = 1;
        spliced = true;
        furthest = image;
        reach = SeqNum.max(image, had);
    }

    /** One epoch again, without a memory: another pair of sender and receiver, joined at the handshake. */
    public void reset(int newDelta) {
        delta = newDelta;
        forgetAll();
    }

    /** A segment that ends at {@code end} (receiver's numbers) was passed on; tells which acknowledgements to believe. */
    public void passed(int end) {
        if (older != 0) {
            furthest = SeqNum.max(furthest, end);
        }
    }

    /** The receiver has acknowledged up to {@code ack} (its own numbers): epochs that are past are forgotten. */
    public void acknowledged(int ack) {
        if (older == 0 || SeqNum.gt(ack, furthest) || spliced && SeqNum.lt(furthest, reach)) {
            return;
        }
        int past = 0;
        while (past < older
                && (spliced && past == 0
                        ? SeqNum.gt(ack, edge(past))
                        : SeqNum.ge(ack, edge(past)))) {
            past++;
        }
        if (past == older) {
            forgetAll();
        } else if (past > 0) {
            older -= past;
            System.arraycopy(kept, 2 * past, kept, 0, 2 * older);
            spliced = false;
        }
    }

    private void forgetAll() {
        older = 0;
        spliced = false;
        kept = NONE;
    }

    private int deltaOf(int epoch) {
        return kept[2 * epoch];
    }

    /** Where the epoch behind this older one begins, in the receiver's numbers. */
    private int edge(int epoch) {
        return kept[2 * epoch + 1];
    }

    /** The epochs as people read them: {@code +1000 | from 5000: +990}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i <= older; i++) {
            if (i > 0) {
                text.append(" | from ").append(Integer.toUnsignedString(edge(i - 1))).append(": ");
            }
            if (i == 0 && spliced) {
                text.append("another sender");
            } else {
                text.append(String.format("%+d", i == older ? delta : deltaOf(i)));
            }
        }
        return text.toString();
    }
}

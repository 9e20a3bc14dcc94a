package dev.understudy.stack.tcp;

/** Enters the SACK blocks of a segment in a scoreboard (RFC 2018 §5), and knows a duplicate's report (RFC 2883 §4). */
final class SackReader {
    private final Scoreboard board;
    private final Rack rack;

    SackReader(Scoreboard board, Rack rack) {
        this.board = board;
        this.rack = rack;
    }

    /**
     * Reads the blocks in ascending order, so that one acknowledgement does not look like reordering. Blocks of what was
     * never sent, or that end before they begin, are ignored.
     *
     * @return whether the first block reports a duplicate
     */
    boolean read(Segment segment, int una, int next, long now) {
        int blocks = segment.sackBlocks();
        if (blocks == 0) {
            return false;
        }
        boolean duplicate = isDuplicate(segment);
        if (duplicate) {
            rack.duplicateReported();
        }
        int done = 0;
        for (int i = 0; i < blocks; i++) {
            int lowest = -1;
            for (int block = 0; block < blocks; block++) {
                if ((done & 1 << block) == 0
                        && (lowest < 0
                                || SeqNum.lt(segment.sackLeft(block), segment.sackLeft(lowest)))) {
                    lowest = block;
                }
            }
            done |= 1 << lowest;
            int left = SeqNum.max(segment.sackLeft(lowest), una);
            int right = segment.sackRight(lowest);
            if (SeqNum.lt(left, right) && SeqNum.le(right, next)) {
                board.sack(left, right, now);
            }
        }
        return duplicate;
    }

    /** A first block below the acknowledgement, or within the second. */
    private static boolean isDuplicate(Segment segment) {
        return SeqNum.le(segment.sackRight(0), segment.ack())
                || segment.sackBlocks() > 1
                        && SeqNum.le(segment.sackRight(0), segment.sackRight(1))
                        && SeqNum.ge(segment.sackLeft(0), segment.sackLeft(1));
    }
}

package dev.understudy.stack.tcp;

/**
 * What was sent and not yet acknowledged: contiguous runs of sequence numbers, each with the time it was last sent and what
 * is known of it (RFC 6675 §3, with RFC 8985's times). A run is what one transmission sent, up to a super-segment; it is
 * split where an acknowledgement or a loss covers a part of it, and neighbours that the peer holds are joined again.
 *
 * <p>In flight, by RFC 6675's reckoning, is {@link #pipe}: everything, less what the peer holds, less what is lost, plus
 * what was sent again.
 */
final class Scoreboard {
    private static final int SMALLEST = 4;

    /** The peer holds it, by a SACK block. */
    private static final byte SACKED = 1;

    private static final byte LOST = 2;

    /** Sent more than once, so that its acknowledgement says nothing about time (Karn). */
    private static final byte RETRANSMITTED = 4;

    /** A retransmission of it is in flight. */
    private static final byte RESENT = 8;

    private final Rack rack;
    private int[] starts;
    private long[] sentAt;
    private byte[] marks;
    private int head;
    private int count;
    private int end;
    private int sacked;
    private int lost;
    private int resent;
    private int toResend;

    // What the last ack() and sack() calls found.
    private int delivered;
    private long earliestSample;
    private long latestSample;
    private boolean sampled;
    private int highestSacked;

    Scoreboard(int seq, Rack rack) {
        this.rack = rack;
        end = seq;
        highestSacked = seq;
    }

    boolean isEmpty() {
        return count == 0;
    }

    int runs() {
        return count;
    }

    /** Estimated bytes in the network. */
    int pipe() {
        return count == 0 ? 0 : end - starts[head] - sacked - lost + resent;
    }

    int sackedBytes() {
        return sacked;
    }

    int lostBytes() {
        return lost;
    }

    /** Bytes that are lost and not yet sent again. */
    int bytesToResend() {
        return toResend;
    }

    /** Everything between the first and the last byte sent. */
    int outstanding() {
        return count == 0 ? 0 : end - starts[head];
    }

    int startOf(int run) {
        return starts[head + run];
    }

    int endOf(int run) {
        return run + 1 < count ? starts[head + run + 1] : end;
    }

    long sentAt(int run) {
        return sentAt[head + run];
    }

    boolean isSacked(int run) {
        return (marks[head + run] & SACKED) != 0;
    }

    boolean isLost(int run) {
        return (marks[head + run] & LOST) != 0;
    }

    boolean isRetransmitted(int run) {
        return (marks[head + run] & RETRANSMITTED) != 0;
    }

    boolean isResent(int run) {
        return (marks[head + run] & RESENT) != 0;
    }

    private int lengthOf(int run) {
        return endOf(run) - startOf(run);
    }

    // ---- sending

    /** New data up to {@code newEnd} was sent. */
    void sent(int newEnd, long now) {
        reserve();
        int at = head + count;
        starts[at] = end;
        sentAt[at] = now;
        marks[at] = 0;
        count++;
        end = newEnd;
    }

    /** The first {@code length} bytes of a run were sent again; the run is split behind them if it is longer. */
    void resent(int run, int length, long now) {
        if (length < lengthOf(run)) {
            split(run, startOf(run) + length);
        }
        int at = head + run;
        if ((marks[at] & RESENT) == 0) {
            resent += length;
            if ((marks[at] & LOST) != 0) {
                toResend -= length;
            }
        }
        marks[at] |= RETRANSMITTED | RESENT;
        sentAt[at] = now;
    }

    /** Cuts the last {@code bytes} off the last run, which is longer; returns the number of the new run. */
    int splitTail(int bytes) {
        split(count - 1, end - bytes);
        return count - 1;
    }

    /** The first run that is lost and waits to be sent again, or -1. */
    int nextToResend() {
        if (toResend > 0) {
            for (int run = 0; run < count; run++) {
                if ((marks[head + run] & (LOST | RESENT)) == LOST) {
                    return run;
                }
            }
        }
        return -1;
    }

    // ---- acknowledgement

    /** Begins the reading of one acknowledgement. */
    void beginAck() {
        delivered = 0;
        sampled = false;
    }

    /** Everything before {@code seq} is acknowledged. */
    void ack(int seq, long now) {
        while (count > 0 && SeqNum.lt(starts[head], seq)) {
            if (SeqNum.le(endOf(0), seq)) {
                if (!isSacked(0)) {
                    deliver(0, now);
                }
                unmark(0, lengthOf(0));
                head++;
                count--;
            } else {
                int bytes = seq - starts[head];
                if (!isSacked(0)) {
                    delivered += bytes;
                }
                unmark(0, bytes);
                starts[head] = seq;
            }
        }
        if (SeqNum.lt(highestSacked, seq)) {
            highestSacked = seq;
        }
        if (count == 0) {
            head = 0;
            // A window probe is acknowledged without having been here.
            end = SeqNum.max(end, seq);
            if (starts != null && starts.length > 64) {
                starts = null;
                sentAt = null;
                marks = null;
            }
        }
    }

    /** The peer holds {@code [left, right)}. */
    void sack(int left, int right, long now) {
        int run = find(left);
        int first = run;
        while (run < count && SeqNum.lt(startOf(run), right)) {
            if (!isSacked(run)) {
                if (SeqNum.lt(startOf(run), left)) {
                    split(run, left);
                    run++;
                }
                if (SeqNum.gt(endOf(run), right)) {
                    split(run, right);
                }
                deliver(run, now);
                unmark(run, lengthOf(run));
                marks[head + run] |= SACKED;
                sacked += lengthOf(run);
            }
            highestSacked = SeqNum.max(highestSacked, endOf(run));
            run++;
        }
        join(Math.max(0, first - 1), Math.min(count, run + 1));
    }

    private void deliver(int run, long now) {
        delivered += lengthOf(run);
        boolean again = isRetransmitted(run);
        long at = sentAt(run);
        if (!again) {
            earliestSample = sampled ? Math.min(earliestSample, at) : at;
            latestSample = sampled ? Math.max(latestSample, at) : at;
            sampled = true;
            if (SeqNum.lt(endOf(run), highestSacked)) {
                rack.reordered();
            }
        }
        rack.delivered(at, endOf(run), again, now);
    }

    /** Takes the first {@code bytes} of a run out of all sums. */
    private void unmark(int run, int bytes) {
        int mark = marks[head + run];
        if ((mark & SACKED) != 0) {
            sacked -= bytes;
        }
        if ((mark & LOST) != 0) {
            lost -= bytes;
            if ((mark & RESENT) == 0) {
                toResend -= bytes;
            }
        }
        if ((mark & RESENT) != 0) {
            resent -= bytes;
        }
        if (bytes == lengthOf(run)) {
            marks[head + run] &= RETRANSMITTED;
        }
    }

    /** The first run that ends behind {@code seq}. */
    private int find(int seq) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = low + high >>> 1;
            if (SeqNum.le(endOf(middle), seq)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Bytes newly known to have arrived. */
    int delivered() {
        return delivered;
    }

    /** Whether anything delivered was sent only once, so that it measures the round trip (RFC 6298 §3). */
    boolean sampled() {
        return sampled;
    }

    /** When the first sent of those was sent. */
    long earliestSample() {
        return earliestSample;
    }

    /** When the last sent of those was sent. */
    long latestSample() {
        return latestSample;
    }

    // ---- loss

    /** Marks a run as lost, and any retransmission of it. */
    void markLost(int run) {
        int at = head + run;
        int bytes = lengthOf(run);
        if ((marks[at] & SACKED) != 0 || (marks[at] & (LOST | RESENT)) == LOST) {
            return;
        }
        if ((marks[at] & RESENT) != 0) {
            resent -= bytes;
            marks[at] &= ~RESENT;
        }
        if ((marks[at] & LOST) == 0) {
            marks[at] |= LOST;
            lost += bytes;
        }
        toResend += bytes;
    }

    /** Marks the first {@code bytes} as lost, if nothing there was marked before (RFC 6582: the head of the window). */
    void markHeadLost(int bytes) {
        if (count > 0 && !isSacked(0) && !isLost(0)) {
            if (bytes < lengthOf(0)) {
                split(0, starts[head] + bytes);
            }
            markLost(0);
        }
    }

    /** The time-out: whatever the peer is not known to hold is lost. */
    void markAllLost() {
        for (int run = 0; run < count; run++) {
            markLost(run);
        }
    }

    /** What was marked lost and not sent again was not lost after all. */
    void unmarkLost() {
        for (int run = 0; run < count; run++) {
            int at = head + run;
            if ((marks[at] & LOST) != 0) {
                lost -= lengthOf(run);
                if ((marks[at] & RESENT) == 0) {
                    toResend -= lengthOf(run);
                }
                marks[at] &= ~LOST;
            }
        }
    }

    /** RFC 2018 §8: the peer is not bound to what it reported. Whether it took it back shows when the first byte was SACKed. */
    boolean reneged() {
        return count > 0 && isSacked(0);
    }

    /** Forgets all SACK blocks. */
    void forgetSacks() {
        for (int run = 0; run < count; run++) {
            marks[head + run] &= ~SACKED;
        }
        sacked = 0;
        highestSacked = count == 0 ? end : starts[head];
    }

    // ---- storage

    private void reserve() {
        if (starts == null) {
            starts = new int[SMALLEST];
            sentAt = new long[SMALLEST];
            marks = new byte[SMALLEST];
            head = 0;
        } else if (head + count == starts.length) {
            int capacity = count > starts.length / 2 ? 2 * starts.length : starts.length;
            int[] newStarts = capacity == starts.length ? starts : new int[capacity];
            long[] newSentAt = capacity == starts.length ? sentAt : new long[capacity];
            byte[] newMarks = capacity == starts.length ? marks : new byte[capacity];
            System.arraycopy(starts, head, newStarts, 0, count);
            System.arraycopy(sentAt, head, newSentAt, 0, count);
            System.arraycopy(marks, head, newMarks, 0, count);
            starts = newStarts;
            sentAt = newSentAt;
            marks = newMarks;
            head = 0;
        }
    }

    private void split(int run, int seq) {
        reserve();
        int from = head + run + 1;
        int moved = count - run - 1;
        System.arraycopy(starts, from, starts, from + 1, moved);
        System.arraycopy(sentAt, from, sentAt, from + 1, moved);
        System.arraycopy(marks, from, marks, from + 1, moved);
        starts[from] = seq;
        sentAt[from] = sentAt[from - 1];
        marks[from] = marks[from - 1];
        count++;
    }

    /** Joins neighbours in {@code [from, to)} that are both SACKed. */
    private void join(int from, int to) {
        int kept = from;
        for (int run = from + 1; run < to; run++) {
            if (isSacked(kept) && isSacked(run)) {
                continue;
            }
            kept++;
            if (kept != run) {
                starts[head + kept] = starts[head + run];
                sentAt[head + kept] = sentAt[head + run];
                marks[head + kept] = marks[head + run];
            }
        }
        int removed = to - 1 - kept;
        if (removed > 0 && to > from) {
            int tail = count - to;
            System.arraycopy(starts, head + to, starts, head + kept + 1, tail);
            System.arraycopy(sentAt, head + to, sentAt, head + kept + 1, tail);
            System.arraycopy(marks, head + to, marks, head + kept + 1, tail);
            count -= removed;
        }
    }
}

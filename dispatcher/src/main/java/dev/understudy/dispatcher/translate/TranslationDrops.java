package dev.understudy.dispatcher.translate;

/** Why translation dropped packets, counted: one object for all sessions of a dispatcher. Written by its loop only. */
public final class TranslationDrops {
    private long crossedEpoch;
    private long noRoomForTimestamps;
    private long foreignQuote;
    private long damaged;

    /** Segments that begin with bytes that have no place in the receiver's stream: taken out, or before a splice. */
    public long crossedEpoch() {
        return crossedEpoch;
    }

    /** Segments that should have got timestamps, and whose header or datagram was too long to grow. */
    public long noRoomForTimestamps() {
        return noRoomForTimestamps;
    }

    /** ICMP errors that quote a packet of another session, or none that can be read. */
    public long foreignQuote() {
        return foreignQuote;
    }

    /** Segments with a wrong checksum that would have got a right one by being cut or sliced. */
    public long damaged() {
        return damaged;
    }

    public long total() {
        return crossedEpoch + noRoomForTimestamps + foreignQuote + damaged;
    }

    void countCrossedEpoch() {
        crossedEpoch++;
    }

    void countNoRoomForTimestamps() {
        noRoomForTimestamps++;
    }

    void countForeignQuote() {
        foreignQuote++;
    }

    void countDamaged() {
        damaged++;
    }
}

package dev.understudy.tui.ladder;

import dev.understudy.dispatcher.control.TracedPacket;

/** One row of a ladder. */
public sealed interface Row {
    /** When, in the loop's nanoseconds. */
    long nanos();

    /** A packet on one side, or on both. */
    record Arrow(TracedPacket packet) implements Row {
        @Override
        public long nanos() {
            return packet.nanos();
        }
    }

    /** Something that the dispatcher decided or found out, across all lanes. */
    record Decision(long nanos, String sentence, Weight weight) implements Row {}

    /** Packets that are not on record any more. */
    record Gap(long nanos, long forgotten) implements Row {}

    /** How a decision turned out for the client. */
    enum Weight {
        /** It goes its way. */
        PLAIN,
        /** Something is wrong, and being dealt with. */
        TROUBLE,
        /** Something was wrong, and the client did not notice. */
        SAVED,
        /** The client notices. */
        LOST
    }
}

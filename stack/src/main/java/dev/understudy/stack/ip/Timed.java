package dev.understudy.stack.ip;

/**
 * A state machine with deadlines and no clock (DESIGN 5): its owner asks when to come back, and comes back. After {@link
 * #onDeadline} the next deadline is later than the {@code now} that was given.
 */
public interface Timed {
    /** When {@link #onDeadline} wants to be called, in nanoseconds; {@code Long.MAX_VALUE} if there is nothing to wait for. */
    long nextDeadline();

    /** Does what is due. Called early or late it does no harm. */
    void onDeadline(long now);
}

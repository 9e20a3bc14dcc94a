package dev.understudy.dispatcher.attach;

/** What an inline attachment must know of the services in order to answer ARP and NDP for a dead original (DESIGN 7.7). */
public interface Originals {
    /** Whether an address is an original's, on any port. */
    boolean isOriginal(long hi, long lo);

    /** Whether an original's address is known to be dead at this time: then it is answered for without waiting. */
    boolean isDead(long hi, long lo, long now);
}

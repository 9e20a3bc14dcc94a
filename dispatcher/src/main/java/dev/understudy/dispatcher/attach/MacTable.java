package dev.understudy.dispatcher.attach;

/**
 * Which MAC, and which VLAN tags, frames of an address bore: learned from passing frames, as a switch does. A cache of
 * fixed size, four ways a set, the least recently learned way replaced: it never grows, nothing is allocated, and a miss
 * must always have a fallback. The hash is seeded, so that nobody can choose addresses that displace one another.
 */
final class MacTable {
    /** What {@link #find} says of an address that is not there. */
    static final int NONE = -1;

    private static final int WAYS = 4;

    private final long[] his;
    private final long[] los;

    /** 0 where a slot is empty: no frame comes from MAC 0. */
    private final long[] macs;

    private final long[] tags;
    private final int[] stamps;
    private final int sets;
    private final long seed;
    private int clock;

    /** Room for {@code sets} times four addresses; a power of two. */
    MacTable(int sets, long seed) {
        this.sets = sets;
        this.seed = seed;
        his = new long[sets * WAYS];
        los = new long[sets * WAYS];
        macs = new long[sets * WAYS];
        tags = new long[sets * WAYS];
        stamps = new int[sets * WAYS];
    }

    /** Remembers, or refreshes. */
    void learn(long hi, long lo, long mac, long vlanTags) {
        int first = set(hi, lo);
        int victim = first;
        for (int i = first; i < first + WAYS; i++) {
            if (macs[i] != 0 && los[i] == lo && his[i] == hi) {
                victim = i;
                break;
            }
            if (macs[victim] != 0 && (macs[i] == 0 || stamps[i] - stamps[victim] < 0)) {
                victim = i;
            }
        }
        his[victim] = hi;
        los[victim] = lo;
        macs[victim] = mac;
        tags[victim] = vlanTags;
        stamps[victim] = ++clock;
    }

    /** The index of an address for {@link #mac} and {@link #tags}, or {@link #NONE}. */
    int find(long hi, long lo) {
        int first = set(hi, lo);
        for (int i = first; i < first + WAYS; i++) {
            if (macs[i] != 0 && los[i] == lo && his[i] == hi) {
                return i;
            }
        }
        return NONE;
    }

    long mac(int index) {
        return macs[index];
    }

    long tags(int index) {
        return tags[index];
    }

    private int set(long hi, long lo) {
        long h = (hi ^ seed) * 0x9E3779B97F4A7C15L + lo;
        h = (h ^ h >>> 32 ^ seed) * 0xD6E8FEB86659FD93L;
        return ((int) (h ^ h >>> 32) & sets - 1) * WAYS;
    }
}

package dev.understudy.stack.ip;

/**
 * The hash table of {@link Neighbours}: open addressing with linear probing, half empty at its limit, never grown. Keys
 * are two longs, so that a look-up allocates nothing; the hash is seeded, so that nobody on the link can choose addresses
 * that collide.
 */
final class NeighbourTable {
    private final Neighbour[] slots;
    private final long seed;
    private int size;

    NeighbourTable(int limit, long seed) {
        slots = new Neighbour[Integer.highestOneBit(Math.max(4, limit)) << 2];
        this.seed = seed;
    }

    int size() {
        return size;
    }

    int slots() {
        return slots.length;
    }

    /** What a slot holds, or null. */
    Neighbour slot(int index) {
        return slots[index];
    }

    Neighbour find(long hi, long lo) {
        for (int i = home(hi, lo); ; i = next(i)) {
            Neighbour n = slots[i];
            if (n == null || n.lo == lo && n.hi == hi) {
                return n;
            }
        }
    }

    void insert(Neighbour n) {
        int i = home(n.hi, n.lo);
        while (slots[i] != null) {
            i = next(i);
        }
        slots[i] = n;
        size++;
    }

    /** Takes an entry out and moves up those that had to go around it. */
    void remove(Neighbour gone) {
        int hole = home(gone.hi, gone.lo);
        while (slots[hole] != gone) {
            hole = next(hole);
        }
        slots[hole] = null;
        size--;
        for (int i = next(hole); slots[i] != null; i = next(i)) {
            int home = home(slots[i].hi, slots[i].lo);
            if ((i - home & slots.length - 1) >= (i - hole & slots.length - 1)) {
                slots[hole] = slots[i];
                slots[i] = null;
                hole = i;
            }
        }
    }

    /** Of those that were only overheard, the one that was so longest ago; null if there is none. */
    Neighbour oldestOverheard() {
        Neighbour oldest = null;
        for (Neighbour n : slots) {
            if (n != null && !n.wanted && (oldest == null || n.usedAt - oldest.usedAt < 0)) {
                oldest = n;
            }
        }
        return oldest;
    }

    /** Of those that are neither fresh nor asked for, the one unused for longest; null if there is none. */
    Neighbour longestUnused(long now) {
        Neighbour longest = null;
        for (Neighbour n : slots) {
            if (n != null
                    && !n.asking()
                    && now - n.reachableUntil >= 0
                    && (longest == null || n.usedAt - longest.usedAt < 0)) {
                longest = n;
            }
        }
        return longest;
    }

    private int next(int i) {
        return i + 1 & slots.length - 1;
    }

    private int home(long hi, long lo) {
        long h = (hi ^ seed) * 0x9E3779B97F4A7C15L + lo;
        h = (h ^ h >>> 32 ^ seed) * 0xD6E8FEB86659FD93L;
        return (int) (h ^ h >>> 32) & slots.length - 1;
    }
}

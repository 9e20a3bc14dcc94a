package dev.understudy.dispatcher.session;

import java.util.Arrays;
import java.util.function.Consumer;

/**
 * A hash index over flows: open addressing, linear probing, deletion by shifting back, so that it needs neither entry
 * objects nor tombstones and a look-up allocates nothing. The hash is keyed with a random seed: a client that chooses
 * its ports cannot choose its bucket. Doubles at two thirds full.
 */
final class FlowIndex<F extends Flow> {
    private static final int SMALLEST = 64;

    private final long seed;
    private Flow[] slots = new Flow[SMALLEST];
    private int size;

    FlowIndex(long seed) {
        this.seed = seed;
    }

    private int hash(
            int protocol,
            long nearHi,
            long nearLo,
            int nearPort,
            long farHi,
            long farLo,
            int farPort) {
        long h = seed + protocol ^ nearLo * 0x9E3779B97F4A7C15L;
        h = (h ^ h >>> 29) + farLo * 0xC2B2AE3D27D4EB4FL;
        h = (h ^ h >>> 32) + (nearHi ^ Long.rotateLeft(farHi, 31));
        h = (h ^ ((long) nearPort << 16 | farPort)) * 0xFF51AFD7ED558CCDL;
        h = (h ^ h >>> 33) * 0xC4CEB9FE1A85EC53L;
        return (int) (h >>> 32);
    }

    /** The flow with these ends, or null. */
    @SuppressWarnings("unchecked") // only F is ever put in
    F find(
            int protocol,
            long nearHi,
            long nearLo,
            int nearPort,
            long farHi,
            long farLo,
            int farPort) {
        Flow[] table = slots;
        int mask = table.length - 1;
        int hash = hash(protocol, nearHi, nearLo, nearPort, farHi, farLo, farPort);
        for (int i = hash & mask; ; i = i + 1 & mask) {
            Flow flow = table[i];
            if (flow == null) {
                return null;
            }
            if (flow.hash == hash
                    && flow.matches(protocol, nearHi, nearLo, nearPort, farHi, farLo, farPort)) {
                return (F) flow;
            }
        }
    }

    /** Puts a flow in; none with the same ends may be there. */
    void add(F flow) {
        flow.hash =
                hash(
                        flow.protocol,
                        flow.nearHi,
                        flow.nearLo,
                        flow.nearPort,
                        flow.farHi,
                        flow.farLo,
                        flow.farPort);
        if (size >= slots.length / 3 * 2) {
            grow();
        }
        place(slots, flow);
        size++;
    }

    private static void place(Flow[] table, Flow flow) {
        int mask = table.length - 1;
        int i = flow.hash & mask;
        while (table[i] != null) {
            i = i + 1 & mask;
        }
        table[i] = flow;
    }

    private void grow() {
        Flow[] larger = new Flow[slots.length * 2];
        for (Flow flow : slots) {
            if (flow != null) {
                place(larger, flow);
            }
        }
        slots = larger;
    }

    /** Takes this very flow out; false if it is not in. */
    boolean remove(F flow) {
        Flow[] table = slots;
        int mask = table.length - 1;
        int hole = flow.hash & mask;
        while (table[hole] != flow) {
            if (table[hole] == null) {
                return false;
            }
            hole = hole + 1 & mask;
        }
        size--;
        for (int i = hole + 1 & mask; table[i] != null; i = i + 1 & mask) {
            int home = table[i].hash & mask;
            if ((i - home & mask) >= (i - hole & mask)) {
                table[hole] = table[i];
                hole = i;
            }
        }
        table[hole] = null;
        return true;
    }

    int size() {
        return size;
    }

    /** Calls back for each flow, in no order. The index must not change meanwhile. */
    @SuppressWarnings("unchecked")
    void forEach(Consumer<F> action) {
        for (Flow flow : slots) {
            if (flow != null) {
                action.accept((F) flow);
            }
        }
    }

    /**
     * Calls back for each flow in some of the places, from {@code from} on. The index may change between two calls: what stays
     * in it is met within two rounds.
     *
     * @return where to go on, 0 if this was the end
     */
    @SuppressWarnings("unchecked")
    int visit(int from, int places, Consumer<F> action) {
        Flow[] table = slots;
        int end = Math.min(table.length, from + places);
        for (int i = Math.min(from, end); i < end; i++) {
            if (table[i] != null) {
                action.accept((F) table[i]);
            }
        }
        return end >= table.length ? 0 : end;
    }

    void clear() {
        Arrays.fill(slots, null);
        size = 0;
    }
}

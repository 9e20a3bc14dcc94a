package dev.understudy.stack.tcp;

import java.util.function.Consumer;

/**
 * Connections and TIME-WAITs by their two ends: open addressing, linear probing, deletion by shifting back, so that a
 * look-up allocates nothing and nothing is left behind. The hash is keyed: who chooses ports cannot choose a slot.
 */
final class FlowTable {
    private static final int SMALLEST = 64;

    private final long seed;
    private Flow[] slots = new Flow[SMALLEST];
    private int size;

    FlowTable(long seed) {
        this.seed = seed;
    }

    private int hash(long lHi, long lLo, int lPort, long rHi, long rLo, int rPort) {
        long h = seed ^ rLo * 0x9E3779B97F4A7C15L;
        h = (h ^ h >>> 29) + lLo * 0xC2B2AE3D27D4EB4FL;
        h = (h ^ h >>> 32) + (rHi ^ Long.rotateLeft(lHi, 31));
        h = (h ^ ((long) rPort << 16 | lPort)) * 0xFF51AFD7ED558CCDL;
        h = (h ^ h >>> 33) * 0xC4CEB9FE1A85EC53L;
        return (int) (h >>> 32);
    }

    /** The flow with these ends, or null. */
    Flow find(long lHi, long lLo, int lPort, long rHi, long rLo, int rPort) {
        Flow[] table = slots;
        int mask = table.length - 1;
        int hash = hash(lHi, lLo, lPort, rHi, rLo, rPort);
        for (int i = hash & mask; ; i = i + 1 & mask) {
            Flow flow = table[i];
            if (flow == null
                    || flow.hash == hash && flow.matches(lHi, lLo, lPort, rHi, rLo, rPort)) {
                return flow;
            }
        }
    }

    /** Puts a flow in; none with the same ends may be there. */
    void add(Flow flow) {
        flow.hash =
                hash(
                        flow.localHi,
                        flow.localLo,
                        flow.localPort,
                        flow.remoteHi,
                        flow.remoteLo,
                        flow.remotePort);
        if (size >= slots.length / 3 * 2) {
            Flow[] larger = new Flow[slots.length * 2];
            forEach(other -> place(larger, other));
            slots = larger;
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

    /** Takes this very flow out, if it is there. */
    void remove(Flow flow) {
        Flow[] table = slots;
        int mask = table.length - 1;
        int hole = flow.hash & mask;
        while (!isSame(table[hole], flow)) {
            if (table[hole] == null) {
                return;
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
    }

    @SuppressWarnings("ReferenceEquality") // it is this object that is looked for
    private static boolean isSame(Flow a, Flow b) {
        return a == b;
    }

    int size() {
        return size;
    }

    /** Calls back for each flow, in no order. The table must not change meanwhile. */
    void forEach(Consumer<Flow> action) {
        for (Flow flow : slots) {
            if (flow != null) {
                action.accept(flow);
            }
        }
    }
}

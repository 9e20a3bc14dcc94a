package dev.understudy.dispatcher.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The hash index does what a {@link HashMap} does, whatever is put in and taken out. */
@Tag("P03")
class FlowIndexTest {
    private record Key(
            long nearHi, long nearLo, int nearPort, long farHi, long farLo, int farPort) {
        Probe flow() {
            return new Probe(this);
        }
    }

    private static final class Probe extends Flow {
        Probe(Key k) {
            super(6, k.nearHi, k.nearLo, k.nearPort, k.farHi, k.farLo, k.farPort);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void behavesAsAMap(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        FlowIndex<Probe> index = new FlowIndex<>(random.nextLong());
        Map<Key, Probe> model = new HashMap<>();
        int span = 1 + random.nextInt(12);
        for (int i = 0; i < 20_000; i++) {
            Key key = key(random, span);
            if (random.nextInt(5) < 3) {
                if (!model.containsKey(key)) {
                    Probe flow = key.flow();
                    model.put(key, flow);
                    index.add(flow);
                }
            } else {
                Probe flow = model.remove(key);
                index.remove(flow == null ? key.flow() : flow);
            }
            assertThat(index.size()).isEqualTo(model.size());
            Key other = key(random, span);
            assertThat(find(index, other)).isSameAs(model.get(other));
        }
        Set<Probe> all = new HashSet<>();
        index.forEach(all::add);
        assertThat(all).containsExactlyInAnyOrderElementsOf(model.values());
        index.clear();
        assertThat(index.size()).isZero();
        model.keySet().forEach(key -> assertThat(find(index, key)).isNull());
    }

    @Test
    void everyPartOfAFlowCounts() {
        FlowIndex<Probe> index = new FlowIndex<>(7);
        Key base = new Key(1, 2, 3, 4, 5, 6);
        index.add(base.flow());

        for (Key other :
                List.of(
                        new Key(9, 2, 3, 4, 5, 6),
                        new Key(1, 9, 3, 4, 5, 6),
                        new Key(1, 2, 9, 4, 5, 6),
                        new Key(1, 2, 3, 9, 5, 6),
                        new Key(1, 2, 3, 4, 9, 6),
                        new Key(1, 2, 3, 4, 5, 9),
                        new Key(4, 5, 6, 1, 2, 3))) {
            assertThat(find(index, other)).as("%s", other).isNull();
        }
        assertThat(find(index, base)).isNotNull();
    }

    @Test
    void removingTakesOutThatVeryFlowAndNotItsEqual() {
        FlowIndex<Probe> index = new FlowIndex<>(7);
        Key key = new Key(1, 2, 3, 4, 5, 6);
        Probe there = key.flow();
        index.add(there);
        Probe equal = key.flow();
        equal.hash = there.hash;

        index.remove(equal);

        assertThat(find(index, key)).isSameAs(there);
    }

    @Test
    void portsOfOneClientSpreadOverTheTable() {
        FlowIndex<Probe> index = new FlowIndex<>(0x1234_5678_9ABC_DEF0L);
        List<Probe> flows = new ArrayList<>();
        for (int port = 0; port < 40_000; port++) {
            Probe flow = new Key(0, 0xFFFF_0A00_0001L, port, 0, 0xFFFF_CB00_710AL, 80).flow();
            flows.add(flow);
            index.add(flow);
        }
        Map<Integer, Integer> buckets = new HashMap<>();
        flows.forEach(flow -> buckets.merge(flow.hash & 0xFFFF, 1, Integer::sum));
        assertThat(buckets.size()).isGreaterThan(28_000);
        assertThat(buckets.values()).allMatch(count -> count < 12);
    }

    private static Probe find(FlowIndex<Probe> index, Key k) {
        return index.find(6, k.nearHi, k.nearLo, k.nearPort, k.farHi, k.farLo, k.farPort);
    }

    private static Key key(SplittableRandom random, int span) {
        return new Key(
                random.nextInt(2),
                random.nextInt(span),
                random.nextInt(span) * 5_000,
                random.nextInt(2),
                random.nextInt(span),
                random.nextInt(3));
    }
}

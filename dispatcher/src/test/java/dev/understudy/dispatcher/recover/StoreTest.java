package dev.understudy.dispatcher.recover;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.wire.Frames;
import dev.understudy.stack.wire.PoisoningAllocator;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("P05")
class StoreTest {
    private final PoisoningAllocator allocator = new PoisoningAllocator();

    @Test
    void copiesAreByteExactWhateverBecomesOfTheOriginal() {
        Store store = new Store(new StoreBudget(1_000, 1_000));
        ByteBuf frame = frame(100, 7);
        ByteBuf expected = frame.copy();

        store.keep(allocator, frame);
        frame.setZero(frame.readerIndex(), frame.readableBytes());
        frame.release();

        assertThat(store.packets()).hasSize(1);
        assertThat(store.packets().get(0)).isEqualTo(expected);
        assertThat(store.packets().get(0).readerIndex()).isEqualTo(Frames.HEADROOM);
        expected.release();
        store.release();
        assertThat(allocator.live()).isZero();
    }

    @Test
    void storeThatCouldNotKeepOneKeepsNoneAfterIt() {
        Store store = new Store(new StoreBudget(1_000, 100));
        keep(store, 60);
        assertThat(store.complete()).isTrue();
        keep(store, 60);
        keep(store, 20);

        assertThat(store.complete()).isFalse();
        assertThat(store.packets()).hasSize(1);
        assertThat(store.bytes()).isEqualTo(60);
    }

    @Test
    void newerSynReplacesTheFirstIfItIsAsLong() {
        Store store = new Store(new StoreBudget(1_000, 1_000));
        store.keep(allocator, frame(60, 1));
        ByteBuf newer = frame(60, 2);

        store.replaceFirst(newer);
        store.replaceFirst(frame(64, 3));

        assertThat(store.packets().get(0)).isEqualTo(newer);
        assertThat(store.bytes()).isEqualTo(60);
    }

    @Test
    void budgetIsNeverExceededAndComesBackWhole() {
        SplittableRandom random = new SplittableRandom(11);
        StoreBudget budget = new StoreBudget(10_000, 3_000);
        List<Store> stores = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            stores.add(new Store(budget));
        }
        for (int i = 0; i < 5_000; i++) {
            Store store = stores.get(random.nextInt(stores.size()));
            if (random.nextInt(6) == 0) {
                store.release();
            } else {
                keep(store, 12 + random.nextInt(900));
            }
            int held = stores.stream().mapToInt(Store::bytes).sum();
            assertThat(budget.used()).isEqualTo(held).isLessThanOrEqualTo(10_000);
            assertThat(stores).allMatch(s -> s.bytes() <= 3_000);
            assertThat(stores)
                    .allMatch(
                            s ->
                                    s.packets().stream().mapToInt(ByteBuf::readableBytes).sum()
                                            == s.bytes());
        }
        stores.forEach(Store::release);
        assertThat(budget.used()).isZero();
        assertThat(allocator.live()).isZero();
    }

    private void keep(Store store, int bytes) {
        ByteBuf frame = frame(bytes, bytes);
        store.keep(allocator, frame);
        frame.release();
    }

    private ByteBuf frame(int bytes, int fill) {
        ByteBuf frame = Frames.allocate(allocator, bytes - 12);
        for (int i = 12; i < bytes; i++) {
            frame.writeByte(fill + i);
        }
        return frame;
    }
}

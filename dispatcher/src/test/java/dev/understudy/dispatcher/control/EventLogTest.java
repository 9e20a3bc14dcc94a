package dev.understudy.dispatcher.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.understudy.dispatcher.control.Event.Kind;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class EventLogTest {
    private final EventLog log = new EventLog(8);

    @Test
    void eventsComeInOrderWithoutGaps() {
        add(5);

        assertThat(ids(log.after(0, 100))).containsExactly(1L, 2L, 3L, 4L, 5L);
        assertThat(ids(log.after(3, 100))).containsExactly(4L, 5L);
        assertThat(ids(log.after(0, 2))).containsExactly(1L, 2L);
        assertThat(log.after(5, 100)).isEmpty();
        assertThat(log.newest()).isEqualTo(5);
    }

    @Test
    void oldestAreForgotten() {
        add(20);

        assertThat(ids(log.after(0, 100)))
                .containsExactlyElementsOf(LongStream.rangeClosed(13, 20).boxed().toList());
    }

    @Test
    void emptyAndFutureAreEmpty() {
        assertThat(log.after(0, 10)).isEmpty();
        add(3);
        assertThat(log.after(99, 10)).isEmpty();
        assertThat(log.after(0, 0)).isEmpty();
    }

    @Test
    void capacityIsAPowerOfTwo() {
        assertThatIllegalArgumentException().isThrownBy(() -> new EventLog(12));
    }

    @Test
    void readerBesideTheWriterSeesOnlyWholeEventsInOrder()
            throws ExecutionException, InterruptedException, TimeoutException {
        EventLog shared = new EventLog(64);
        int written = 200_000;
        CompletableFuture<Long> reader =
                CompletableFuture.supplyAsync(
                        () -> {
                            long last = 0;
                            long seen = 0;
                            while (last < written) {
                                for (Event event : shared.after(last, 1_000)) {
                                    assertThat(event.id()).isGreaterThan(last);
                                    assertThat(event.number()).isEqualTo(event.id());
                                    last = event.id();
                                    seen++;
                                }
                            }
                            return seen;
                        });
        for (int i = 1; i <= written; i++) {
            shared.add(i, 0, Kind.OPENED, null, null, i, "");
        }
        assertThat(reader.get(60, TimeUnit.SECONDS)).isPositive();
    }

    private void add(int count) {
        for (int i = 0; i < count; i++) {
            log.add(i, 1, Kind.ATTEMPT, null, null, 0, "");
        }
    }

    private static List<Long> ids(List<Event> events) {
        return events.stream().map(Event::id).toList();
    }
}

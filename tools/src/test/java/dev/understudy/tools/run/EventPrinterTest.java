package dev.understudy.tools.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.control.Control;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.control.Snapshot;
import dev.understudy.stack.wire.Endpoint;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Events as lines, for those who have no screen. */
class EventPrinterTest {
    private static final Endpoint A = Endpoint.parse("10.20.0.11:80");

    private final List<Event> events = new ArrayList<>();
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final EventPrinter printer =
            EventPrinter.sentences(
                    new Control() {
                        @Override
                        public Snapshot snapshot() {
                            return Snapshot.EMPTY;
                        }

                        @Override
                        public List<Event> events(long after, int most) {
                            return events.stream().filter(e -> e.id() > after).toList();
                        }
                    },
                    new PrintStream(printed, true, StandardCharsets.UTF_8),
                    nanos -> Instant.EPOCH,
                    true);

    private String after(long id) {
        events.add(new Event(id, id, 0, Kind.SERVER_UP, null, A, 0, ""));
        printed.reset();
        printer.drain();
        return printed.toString(StandardCharsets.UTF_8);
    }

    @Test
    void whatWasOverBeforeSomebodyLookedIsNoLoss() {
        assertThat(after(24_000)).endsWith(A + " answers again.\n").doesNotContain("too fast");
    }

    @Test
    void whatCameTooFastForSomebodyWhoLooksIsSaid() {
        after(1);
        assertThat(after(4)).startsWith("(2 events came too fast to be shown)");
    }
}

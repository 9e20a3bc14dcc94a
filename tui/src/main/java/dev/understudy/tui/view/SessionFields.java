package dev.understudy.tui.view;

import dev.understudy.dispatcher.control.Snapshot.SessionView;
import dev.understudy.tui.filter.Field;
import dev.understudy.tui.filter.Field.Address;
import dev.understudy.tui.filter.Field.Choice;
import dev.understudy.tui.filter.Field.Flag;
import dev.understudy.tui.filter.Field.Numeric;
import dev.understudy.tui.filter.Field.Text;
import dev.understudy.tui.filter.Schema;
import dev.understudy.tui.filter.Unit;
import dev.understudy.tui.model.Past;
import java.util.List;
import java.util.Optional;
import java.util.function.LongPredicate;
import java.util.function.LongSupplier;

/** What a filter may ask of a session. */
final class SessionFields {
    private static final List<String> STATES =
            List.of(
                    "opening",
                    "binding",
                    "relaying",
                    "relocating",
                    "closing",
                    "time-wait",
                    "closed",
                    "reset",
                    "expired",
                    "failed");
    private static final List<String> LEGS =
            List.of(
                    "listen",
                    "syn-sent",
                    "syn-received",
                    "established",
                    "fin-wait-1",
                    "fin-wait-2",
                    "close-wait",
                    "closing",
                    "last-ack",
                    "time-wait",
                    "closed");

    private SessionFields() {}

    /**
     * The fields.
     *
     * @param now the moment that the picture shows
     * @param marked whether a session is marked
     */
    static Schema<SessionView> schema(LongSupplier now, LongPredicate marked) {
        return new Schema<>(
                "session",
                List.of(
                        new Choice<>(
                                "state",
                                "what it is doing, or how it ended",
                                STATES,
                                SessionView::phase),
                        new Address<>(
                                "server",
                                "who plays the original's part",
                                s -> Optional.ofNullable(s.server())),
                        new Address<>(
                                "client", "the client's end", s -> Optional.ofNullable(s.client())),
                        new Address<>(
                                "original",
                                "what the client asked for",
                                s -> Optional.ofNullable(s.original())),
                        new Text<>("service", "its service", SessionView::service),
                        new Choice<>(
                                "protocol",
                                "tcp or udp",
                                List.of("tcp", "udp"),
                                SessionView::protocol),
                        new Numeric<>(
                                "rtt",
                                "how long the server took to answer the SYN",
                                Unit.TIME,
                                s -> known(s.roundTripNanos())),
                        new Numeric<>(
                                "hidden",
                                "failures that its client did not see",
                                Unit.COUNT,
                                SessionView::hidden),
                        new Numeric<>(
                                "moved",
                                "how often it went on with another server",
                                Unit.COUNT,
                                SessionView::moves),
                        new Numeric<>(
                                "down", "bytes to the client", Unit.BYTES, SessionView::bytesDown),
                        new Numeric<>(
                                "up", "bytes from the client", Unit.BYTES, SessionView::bytesUp),
                        new Numeric<>(
                                "age",
                                "since the client's SYN, or how long it lasted",
                                Unit.TIME,
                                s ->
                                        Past.isOver(s)
                                                ? s.lastPacketAt() - s.openedAt()
                                                : s.ageAt(now.getAsLong())),
                        new Numeric<>(
                                "idle",
                                "since the last packet",
                                Unit.TIME,
                                s -> SessionColumns.idle(s, now.getAsLong())),
                        new Choice<>(
                                "cli-leg",
                                "TCP state of the client leg",
                                LEGS,
                                SessionView::clientState),
                        new Choice<>(
                                "srv-leg",
                                "TCP state of the server leg",
                                LEGS,
                                SessionView::serverState),
                        new Numeric<>(
                                "delta",
                                "server's sequence number minus the client's view of it",
                                Unit.COUNT,
                                SessionView::delta),
                        new Numeric<>(
                                "stored",
                                "bytes kept for a replay",
                                Unit.BYTES,
                                SessionView::storedBytes),
                        new Numeric<>(
                                "packets",
                                "packets of both sides",
                                Unit.COUNT,
                                SessionView::packets),
                        new Numeric<>("id", "its number", Unit.COUNT, SessionView::id),
                        new Address<>(
                                "local",
                                "our own end toward the server",
                                s -> Optional.ofNullable(s.local())),
                        new Flag<>("live", "whether it has not ended", s -> !Past.isOver(s)),
                        new Flag<>("marked", "whether it is marked here", s -> marked.test(s.id())),
                        new Flag<>(
                                "watched",
                                "whether its packets are on record",
                                SessionView::watched),
                        new Flag<>(
                                "impaired",
                                "whether its path is made worse",
                                s -> !s.impairment().isEmpty())));
    }

    private static long known(long nanos) {
        return nanos < 0 ? Field.UNKNOWN : nanos;
    }
}

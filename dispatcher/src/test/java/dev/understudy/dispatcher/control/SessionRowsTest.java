package dev.understudy.dispatcher.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.control.Snapshot.SessionView;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.Tcp;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** In a large table most sessions are known by their events before they are read. */
class SessionRowsTest {
    private static final int MANY = 2_000;
    private static final Endpoint ORIGINAL = Endpoint.parse("203.0.113.10:80");
    private static final Endpoint A = Endpoint.parse("10.20.0.11:80");

    private final SessionRows rows = new SessionRows();
    private long events;

    private Event event(long session, Kind kind, Endpoint server, long number, String text) {
        Endpoint client = new Endpoint(A.address(), (int) (10_000 + session));
        return new Event(++events, 100, session, kind, client, server, number, text);
    }

    private SessionView row(long session) {
        List<SessionView> found = rows.find(List.of(session));
        assertThat(found).hasSize(1);
        return found.get(0);
    }

    private void crowd() {
        List<Event> opened = new ArrayList<>();
        for (int session = 1; session <= MANY; session++) {
            opened.add(event(session, Kind.OPENED, ORIGINAL, Tcp.PROTOCOL, "shop"));
        }
        rows.hear(opened);
    }

    @Test
    void aRowThatIsOnlyHeardOfHasItsStates() {
        crowd();
        assertThat(row(1).clientState()).isEqualTo("SYN-SENT");
        assertThat(row(1).serverState()).isEqualTo("SYN-SENT");
        assertThat(row(1).protocol()).isEqualTo("tcp");

        rows.hear(List.of(event(1, Kind.WON, A, 7, "")));
        assertThat(row(1).clientState()).isEqualTo("ESTABLISHED");
        assertThat(row(1).serverState()).isEqualTo("ESTABLISHED");
        assertThat(row(1).phase()).isEqualTo("relaying");
        assertThat(row(1).server()).isEqualTo(A);
        assertThat(row(1).roundTripNanos()).isEqualTo(7);

        rows.hear(List.of(event(2, Kind.ANSWERED, null, 0, "203.0.113.10:80")));
        assertThat(row(2).phase()).isEqualTo("binding");
        assertThat(row(2).clientState()).isEqualTo("ESTABLISHED");
        rows.hear(List.of(event(2, Kind.BOUND, A, 7, "")));
        assertThat(row(2).serverState()).isEqualTo("ESTABLISHED");
    }

    @Test
    void itGoesWhenItsEndIsToldAndTheOthersKeepWhatIsKnownOfThem() {
        crowd();
        rows.hear(List.of(event(MANY, Kind.WON, A, 7, "")));

        rows.hear(List.of(event(1, Kind.CLOSED, A, 0, "")));

        assertThat(rows.find(List.of(1L))).isEmpty();
        assertThat(rows.list()).hasSize(MANY - 1);
        assertThat(row(MANY).clientState()).isEqualTo("ESTABLISHED");
    }
}

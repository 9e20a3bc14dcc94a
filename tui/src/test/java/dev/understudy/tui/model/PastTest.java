package dev.understudy.tui.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.control.Snapshot.SessionView;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.Udp;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is known of a session by its events alone: no field is blank that an event has told. */
class PastTest {
    private static final Endpoint CLIENT = Endpoint.parse("10.0.0.1:40000");
    private static final Endpoint ORIGINAL = Endpoint.parse("203.0.113.10:80");
    private static final Endpoint A = Endpoint.parse("10.20.0.11:80");
    private static final Endpoint B = Endpoint.parse("10.20.0.12:80");

    private final Past past = new Past();
    private long events;

    private SessionView after(Kind kind, Endpoint server, long number, String text) {
        past.take(new Event(++events, events, 7, kind, CLIENT, server, number, text));
        return Stream.concat(past.open().stream(), past.sessions().stream())
                .findFirst()
                .orElseThrow();
    }

    private static String legs(SessionView session) {
        return session.protocol()
                + " "
                + session.phase()
                + " "
                + session.clientState()
                + " "
                + session.serverState()
                + " "
                + session.server();
    }

    @Test
    void aConnectionHasItsStatesFromTheSynOn() {
        assertThat(legs(after(Kind.OPENED, ORIGINAL, Tcp.PROTOCOL, "shop")))
                .isEqualTo("tcp opening SYN-SENT SYN-SENT null");
        assertThat(legs(after(Kind.WON, A, 5, "")))
                .isEqualTo("tcp relaying ESTABLISHED ESTABLISHED " + A);
        assertThat(legs(after(Kind.RELOCATING, A, 0, "reset")))
                .isEqualTo("tcp relocating ESTABLISHED CLOSED " + A);
        assertThat(legs(after(Kind.ATTEMPT, B, 0, "")))
                .isEqualTo("tcp relocating ESTABLISHED SYN-SENT " + A);
        assertThat(legs(after(Kind.RELOCATED, B, 9, "reset")))
                .isEqualTo("tcp relaying ESTABLISHED ESTABLISHED " + B);
        SessionView hidden = after(Kind.HIDDEN, A, 9, "reset");
        assertThat(hidden.hidden()).isEqualTo(1);
        assertThat(hidden.moves()).isEqualTo(1);
        SessionView closed = after(Kind.CLOSED, B, 512, "");
        assertThat(legs(closed)).isEqualTo("tcp closed CLOSED CLOSED " + B);
        assertThat(closed.bytesDown()).isEqualTo(512);
    }

    @Test
    void aBoundConnectionIsEstablishedBeforeItsServerIs() {
        after(Kind.OPENED, ORIGINAL, Tcp.PROTOCOL, "shop");
        assertThat(legs(after(Kind.ANSWERED, null, 0, "203.0.113.10:80")))
                .isEqualTo("tcp binding ESTABLISHED  null");
        assertThat(legs(after(Kind.ATTEMPT, A, 0, "")))
                .isEqualTo("tcp binding ESTABLISHED SYN-SENT null");
        assertThat(legs(after(Kind.BOUND, A, 5, "")))
                .isEqualTo("tcp relaying ESTABLISHED ESTABLISHED " + A);
        assertThat(legs(after(Kind.PARKED, A, 0, "its server has closed the idle connection")))
                .isEqualTo("tcp binding ESTABLISHED  null");
    }

    @Test
    void aResumedAnswerIsAMove() {
        after(Kind.OPENED, ORIGINAL, Tcp.PROTOCOL, "shop");
        after(Kind.WON, A, 5, "");
        after(Kind.RELOCATING, A, 0, "closed");
        SessionView resumed = after(Kind.RESUMED, B, 4096, "by its validator");
        assertThat(legs(resumed)).isEqualTo("tcp relaying ESTABLISHED ESTABLISHED " + B);
        assertThat(resumed.moves()).isEqualTo(1);
    }

    @Test
    void aDatagramHasNoStatesButAnAnswer() {
        assertThat(legs(after(Kind.OPENED, ORIGINAL, Udp.PROTOCOL, "names")))
                .isEqualTo("udp opening ASKED ASKED null");
        after(Kind.ATTEMPT, A, 0, "datagram");
        assertThat(legs(after(Kind.WON, A, 5, "datagram")))
                .isEqualTo("udp relaying ANSWERED ANSWERED " + A);
    }

    @Test
    void whoBeganBeforeTheRecordIsKnownFromItsNextEventOn() {
        assertThat(legs(after(Kind.RELOCATED, B, 9, "reset")))
                .isEqualTo(" relaying ESTABLISHED ESTABLISHED " + B);
    }
}

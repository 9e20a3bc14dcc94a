package dev.understudy.tui.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.Snapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplayTest {
    private static final String RECORDED =
            """
            {"id":7,"time":"2026-01-01T12:00:00.000Z","kind":"opened","session":3,"client":"10.0.0.1:40000","server":"203.0.113.10:80","number":0,"text":"shop"}
            {"id":8,"time":"2026-01-01T12:00:00.250Z","kind":"hidden","session":3,"client":"10.0.0.1:40000","server":"10.20.0.11:80","number":250000000,"text":"slow"}
            {"missed":2}
            not json
            {"id":9,"time":"2026-01-01T12:00:00.251Z","kind":"won","session":3,"client":"10.0.0.1:40000","server":"10.20.0.12:80","number":251000000,"text":""}
            {"id":10,"time":"2026-01-01T12:00:02.000Z","kind":"of-the-future","session":3,"number":0,"text":""}
            {"id":11,"time":"2026-01-01T12:00:03.000Z","kind":"closed","session":3,"client":"10.0.0.1:40000","server":"10.20.0.12:80","number":5120,"text":""}
            """;

    @TempDir Path directory;

    @Test
    void aRecordingHappensAgainAtItsOwnSpeed() throws IOException {
        AtomicLong clock = new AtomicLong(500);
        ReplayControl control = new ReplayControl(read(RECORDED), clock::get);
        assertThat(control.events(0, 10))
                .extracting(Event::kind)
                .containsExactly(Event.Kind.OPENED);

        clock.addAndGet(300_000_000);
        Snapshot later = control.snapshot();
        assertThat(later.sessions()).hasSize(1);
        assertThat(later.sessions().get(0).service()).isEqualTo("shop");
        assertThat(later.sessions().get(0).hidden()).isEqualTo(1);
        assertThat(later.counters()).containsEntry("failures-hidden", 1L);
        assertThat(later.servers())
                .extracting(server -> server.service() + " " + server.endpoint())
                .containsExactly("shop 10.20.0.11:80", "shop 10.20.0.12:80");
        assertThat(later.epochMillis(250_000_000)).isEqualTo(1_767_268_800_250L);
        assertThat(control.events(1, 10)).hasSize(2);

        clock.addAndGet(60_000_000_000L);
        assertThat(control.snapshot().sessions()).isEmpty();
        assertThat(control.events(0, 10)).hasSize(4);
        assertThat(control.readOnly()).isTrue();
    }

    @Test
    void whatCannotBeReadIsCounted() throws IOException {
        assertThat(read(RECORDED).skipped()).isEqualTo(3);
        assertThatThrownBy(() -> read("nothing\n")).hasMessageContaining("holds no event");
    }

    private Recording read(String text) throws IOException {
        Path file = directory.resolve("events.json");
        Files.writeString(file, text);
        return Recording.read(file);
    }
}

package dev.understudy.tui.view;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.control.Snapshot;
import dev.understudy.dispatcher.control.Snapshot.ServerView;
import dev.understudy.tui.FakeControl;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {
    private static Snapshot of(String service) {
        Snapshot scene = FakeControl.scene().snapshot();
        List<ServerView> servers =
                scene.servers().stream()
                        .map(
                                s ->
                                        new ServerView(
                                                service,
                                                s.endpoint(),
                                                true,
                                                1,
                                                false,
                                                s.standing(),
                                                false,
                                                0,
                                                0,
                                                0,
                                                0,
                                                Map.of(),
                                                -1,
                                                s.roundTrips(),
                                                s.firstBytes(),
                                                0,
                                                0))
                        .toList();
        return new Snapshot(
                scene.nanos(),
                scene.epochMillis(),
                scene.sessions(),
                scene.services(),
                servers,
                scene.links(),
                scene.limits(),
                scene.counters());
    }

    @ParameterizedTest
    @ValueSource(strings = {"shop", ""})
    void theFirstServerOfAServiceIsAWhateverTheServiceIsCalled(String service) {
        assertThat(Names.letter(of(service), service, FakeControl.A)).isEqualTo("A");
        assertThat(Names.letter(of(service), service, FakeControl.B)).isEqualTo("B");
    }

    @Test
    void lettersGoOnBehindZ() {
        assertThat(List.of(Names.letter(25), Names.letter(26), Names.letter(52)))
                .containsExactly("Z", "A1", "A2");
    }
}

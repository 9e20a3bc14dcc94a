package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.B;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.Command;
import dev.understudy.dispatcher.control.Impair;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** An impaired session suffers on the path to the server that it has, and nowhere else. */
@Tag("B08")
class ImpairedSessionTest {
    private final Stage stage = Stage.established(Strategy.IN_ORDER);

    private void impair(Impair impair) {
        assertThat(
                        stage.dispatcher
                                .source()
                                .perform(new Command.ImpairSession(1, impair), stage.now)
                                .done())
                .isTrue();
    }

    @Test
    void nothingPassesABlackhole() {
        impair(new Impair(0, 0, 0, 0, 0, true, -1));

        stage.client(Stage.up(1, 5001).timestamps(1001, 77_000).build());
        stage.network(Stage.down(A, 5001, 1).timestamps(77_001, 1001).build());

        stage.silent();
    }

    @Test
    void aDelayedPacketComesWhenItsTimeHasCome() {
        impair(new Impair(0, 20 * Stage.MILLIS, 0, 0, 0, false, -1));

        stage.client(Stage.up(1, 5001).timestamps(1001, 77_000).build());
        stage.silent();
        stage.pass(20);

        stage.toNetwork().to(A).flags(".");
        stage.silent();
    }

    @Test
    void aDuplicatedPacketComesTwice() {
        impair(new Impair(0, 0, 1, 0, 0, false, -1));

        stage.client(Stage.up(1, 5001).timestamps(1001, 77_000).build());
        stage.pass(1);

        assertThat(stage.framesToNetwork()).isEqualTo(2);
    }

    @Test
    void aSilencedServerIsLeftAndItsSuccessorIsNotImpaired() {
        impair(new Impair(0, 0, 0, 0, 0, true, -1));
        stage.client(
                Stage.up(1, 5001)
                        .timestamps(1001, 77_000)
                        .payload("GET / HTTP/1.1\r\n\r\n")
                        .build());

        stage.pass(2_000);
        stage.network(Stage.synAck(B, 9000).build());

        assertThat(stage.session().server()).hasToString(B);
        assertThat(stage.session().impairment()).isEmpty();
    }

    @Test
    void noneUndoesIt() {
        impair(new Impair(1, 0, 0, 0, 0, false, -1));
        assertThat(stage.session().impairment()).isEqualTo("100% loss");

        impair(Impair.NONE);
        stage.client(Stage.up(1, 5001).timestamps(1001, 77_000).build());

        assertThat(stage.framesToNetwork()).isEqualTo(1);
    }
}

package dev.understudy.dispatcher.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.config.ServiceConfig.Connect;
import dev.understudy.dispatcher.config.ServiceConfig.Recover;
import dev.understudy.dispatcher.service.Service;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a session knows of the bytes that were taken over from its client. */
final class SessionTest {
    private static final int HEAD = 300;

    private static final Service SERVICE =
            new Service(
                    new ServiceConfig("s", List.of(), List.of(), Connect.DEFAULT, Recover.DEFAULT));

    /** 0 is a sequence number like any other, and so are the greatest and the least. */
    @ParameterizedTest
    @ValueSource(ints = {0, -HEAD, Integer.MAX_VALUE, Integer.MIN_VALUE, 4711})
    void whatAClientRepeatsOfBytesThatWereTakenOverIsKnown(int first) {
        Session session = session();

        assertThat(session.owns(first)).isFalse();
        session.ownUp(first + HEAD);

        assertThat(session.owns(first)).isTrue();
        assertThat(session.owns(first + HEAD - 1)).isTrue();
        assertThat(session.owns(first + HEAD)).isFalse();
    }

    /** Behind a rewritten head a client may send more bytes than there are sequence numbers. */
    @ParameterizedTest
    @ValueSource(ints = {0, Integer.MAX_VALUE, Integer.MIN_VALUE, 4711})
    void bytesThatWereTakenOverAreForgottenBeforeTheNumbersComeRound(int first) {
        Session session = session();
        session.ownUp(first + HEAD);

        for (long sent = HEAD; sent < 3L << 32; sent += 1 << 29) {
            assertThat(session.owns(first + (int) sent)).as("after %d bytes", sent).isFalse();
        }
    }

    private static Session session() {
        return new Session(1, SERVICE, 0, 0, 1, 50_000, 0, 2, 80);
    }
}

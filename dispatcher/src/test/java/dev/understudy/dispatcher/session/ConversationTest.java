package dev.understudy.dispatcher.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.config.ServiceConfig.Connect;
import dev.understudy.dispatcher.config.ServiceConfig.Recover;
import dev.understudy.dispatcher.recover.StoreBudget;
import dev.understudy.dispatcher.service.Service;
import dev.understudy.stack.wire.TestPackets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is understood of a conversation has its limits. */
class ConversationTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    private final StoreBudget budget = new StoreBudget(1 << 24, 1 << 16);

    private Conversation conversation() {
        Service service =
                new Service(
                        new ServiceConfig(
                                "s", List.of(), List.of(), Connect.DEFAULT, Recover.DEFAULT));
        return new Conversation(
                new Session(1, service, 0, 0, 1, 50_000, 0, 2, 80),
                new HeldBack(budget),
                TestPackets.ALLOCATOR,
                budget,
                /* routed= */ false,
                /* resumes= */ false,
                null,
                request -> {
                    Exchange exchange = new Exchange(request);
                    exchange.decideForAny();
                    return exchange;
                });
    }

    @Test
    void requestsThatNobodyAnswersAreNotKeptWithoutEnd() {
        Conversation conversation = conversation();
        int asked = 0;

        while (asked < 10_000
                && conversation.readUp(
                        TestPackets.tcp("10.0.0.1:1", "10.0.0.2:80")
                                .seq((long) asked * GET.length())
                                .payload(GET)
                                .packet())) {
            asked++;
        }

        assertThat(asked).isEqualTo(256);
        assertThat(conversation.unanswered()).hasSize(256);
        conversation.release();
    }
}

package dev.understudy.stack.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.link.CongestedRouter;
import dev.understudy.stack.tcp.EcnMode;
import dev.understudy.stack.tcp.TcpConfig;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 3168 end to end: a router that marks slows both senders down, and loses nothing. */
final class MarkedPathTest {
    private static final String CARGO = "marks are not losses ".repeat(20_000);

    private final CongestedRouter router = new CongestedRouter(5);

    private TwoHosts transfer(String address, boolean offload, EcnMode client) {
        TwoHosts hosts =
                new TwoHosts(offload, Duration.ofMillis(5), TcpConfig.DEFAULT.withEcn(client));
        hosts.route(router);
        EchoPair.Client echo = new EchoPair(hosts, 8).connect(address);
        echo.say(CARGO);
        hosts.advance(Duration.ofMinutes(1));
        assertThat(echo.heard()).isEqualTo(CARGO);
        return hosts;
    }

    @ParameterizedTest
    @CsvSource({
        TwoHosts.SERVER4 + ",true",
        TwoHosts.SERVER4 + ",false",
        TwoHosts.SERVER6 + ",true",
        TwoHosts.SERVER6 + ",false"
    })
    void marksAreEchoedAndHeededAndNothingIsLost(String address, boolean offload) {
        TwoHosts hosts = transfer(address, offload, EcnMode.REQUEST);
        for (HostLink end : new HostLink[] {hosts.client, hosts.server}) {
            Map<String, Long> counters = end.host().counters();
            assertThat(counters).containsEntry("tcp ecn agreed", 1L);
            assertThat(counters.get("tcp marks received")).isPositive();
            assertThat(counters.get("tcp marks heeded")).isBetween(1L, 100L);
            // A tail probe may meet an acknowledgement that was only late.
            assertThat(counters.get("tcp retransmitted")).isLessThan(3);
        }
        hosts.close();
    }

    @ParameterizedTest
    @CsvSource({TwoHosts.SERVER4 + ",OFF", TwoHosts.SERVER6 + ",ACCEPT"})
    void whoDoesNotAskIsNotMarked(String address, EcnMode mode) {
        TwoHosts hosts = transfer(address, true, mode);
        assertThat(router.capable()).isZero();
        assertThat(hosts.server.host().counters()).containsEntry("tcp ecn agreed", 0L);
        hosts.close();
    }
}

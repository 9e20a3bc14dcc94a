package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.B;
import static dev.understudy.dispatcher.session.Stage.ISN;
import static dev.understudy.dispatcher.session.Stage.down;
import static dev.understudy.dispatcher.session.Stage.synAck;
import static dev.understudy.dispatcher.session.Stage.up;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.Limits;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A request that is longer than usual is replayed like any other. */
class LongRequestTest {
    /** More than a session may store by default: whoever allows it means it. */
    @Test
    @Tag("P19")
    void longRequestIsReplayedToItsEnd() {
        Stage stage =
                Stage.plan()
                        .strategy(Strategy.IN_ORDER)
                        .limits(new Limits(10, 10, 8 << 20, 8 << 20))
                        .build()
                        .establish();
        String head = "PUT / HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 1500000\r\n\r\n";
        stage.client(up(1, 5001).payload(head).build());
        String part = "x".repeat(50_000);
        int end = 1 + head.length();
        for (int i = 0; i < 30; i++, end += part.length()) {
            stage.client(up(end, 5001).payload(part).build());
        }
        stage.network(down(A, 5001, 1).rst().build());
        stage.flush();
        stage.network(synAck(B, 9000).build());

        int got = 1;
        for (int more = sentToB(stage); more > got; more = sentToB(stage)) {
            got = more;
            stage.network(down(B, 9001, got).build());
        }

        assertThat(got).isEqualTo(end);
    }

    /** How far, behind the client's ISN, data has just been sent to B; 0 if none was. */
    private static int sentToB(Stage stage) {
        int[] end = {0};
        stage.departed(
                packet -> {
                    if (packet.payloadLength() > 0 && Stage.initial(packet).equals(":B")) {
                        end[0] = packet.seq() + packet.payloadLength() - ISN;
                    }
                },
                packet -> {});
        return end[0];
    }
}

package dev.understudy.stack.tcp;

import static dev.understudy.stack.tcp.TcpState.CLOSED;
import static dev.understudy.stack.tcp.TcpState.LISTEN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.tcp.TcpState.Event;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** RFC 9293 §3.3.2, figure 5, every arrow of it; whatever is no arrow changes nothing. */
class TcpStateTest {
    private static final String ARROWS =
            """
            CLOSED       PASSIVE_OPEN LISTEN
            CLOSED       ACTIVE_OPEN  SYN_SENT
            LISTEN       SYN          SYN_RECEIVED
            LISTEN       ACTIVE_OPEN  SYN_SENT
            LISTEN       CLOSE        CLOSED
            SYN_SENT     SYN          SYN_RECEIVED
            SYN_SENT     SYN_ACK      ESTABLISHED
            SYN_SENT     CLOSE        CLOSED
            SYN_RECEIVED ACK_OF_SYN   ESTABLISHED
            SYN_RECEIVED CLOSE        FIN_WAIT_1
            SYN_RECEIVED FIN          CLOSE_WAIT
            ESTABLISHED  CLOSE        FIN_WAIT_1
            ESTABLISHED  FIN          CLOSE_WAIT
            FIN_WAIT_1   ACK_OF_FIN   FIN_WAIT_2
            FIN_WAIT_1   FIN          CLOSING
            FIN_WAIT_2   FIN          TIME_WAIT
            CLOSE_WAIT   CLOSE        LAST_ACK
            CLOSING      ACK_OF_FIN   TIME_WAIT
            LAST_ACK     ACK_OF_FIN   CLOSED
            """;

    @Test
    void theTableIsTheDiagram() {
        Map<String, TcpState> arrows = new HashMap<>();
        for (String line : ARROWS.lines().toList()) {
            String[] arrow = line.trim().split(" +", -1);
            arrows.put(arrow[0] + arrow[1], TcpState.valueOf(arrow[2]));
        }
        for (TcpState state : TcpState.values()) {
            for (Event event : Event.values()) {
                TcpState expected =
                        switch (event) {
                            case ABORT, TIME_OUT -> CLOSED;
                            case RESET -> state == LISTEN ? LISTEN : CLOSED;
                            default -> arrows.getOrDefault(state.name() + event, state);
                        };
                assertThat(state.after(event)).as("%s + %s", state, event).isEqualTo(expected);
            }
        }
    }
}

package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.B;
import static dev.understudy.dispatcher.session.Stage.C;
import static dev.understudy.dispatcher.session.Stage.ISN;
import static dev.understudy.dispatcher.session.Stage.ORIGINAL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.ServiceConfig.Recover;
import dev.understudy.dispatcher.config.ServiceConfig.Statuses;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.Counter;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Twenty clients at once: a death moves all of them, but no more than a fifth is moved for the second time. */
final class MoveBudgetTest {
    private static final int CLIENTS = 20;
    private static final int PORT = 4000;
    private static final String GET = "GET /a HTTP/1.1\r\nHost: shop.example\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    private static final String BUSY =
            "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy";
    private static final int ASKED = 1 + GET.length();

    private final Stage stage =
            Stage.plan()
                    .strategy(Strategy.IN_ORDER)
                    .recover(
                            new Recover(
                                    true, true, true, true, List.of(new Statuses(500, 599)), true))
                    .build();
    private final Packet packet = new Packet();

    /** Every client has asked, and A has all the requests. */
    private void everybodyAsks() {
        for (int i = 0; i < CLIENTS; i++) {
            stage.client(client(i).syn().seq(ISN).mss(1460).build());
            take(i, A);
            stage.client(client(i).flags(".").seq(ISN + 1).ack(5001).build());
            stage.client(client(i).flags("P.").seq(ISN + 1).ack(5001).payload(GET).build());
        }
        stage.flush();
    }

    private static TestPackets.TcpBuilder client(int i) {
        return TestPackets.tcp("10.0.0.7:" + (PORT + i), ORIGINAL);
    }

    private static TestPackets.TcpBuilder server(String name, int i) {
        return TestPackets.tcp(name, "10.9.0.2:" + (PORT + i));
    }

    /** A server takes a client's connection; its ISN is 5000. */
    private void take(int i, String name) {
        stage.network(server(name, i).flags("S.").seq(5000).ack(ISN + 1).mss(1460).build());
    }

    private void answer(int i, String name, String what) {
        stage.network(server(name, i).flags("P.").seq(5001).ack(ISN + ASKED).payload(what).build());
    }

    /** Whose connections a server is asked for, in what went out since this was asked last. */
    private List<Integer> asked(String name) {
        List<Integer> clients = new ArrayList<>();
        while (stage.framesToNetwork() > 0) {
            ByteBuf frame = stage.pollNetwork();
            packet.parse(frame);
            if (packet.has(Tcp.SYN)
                    && Endpoint.of(packet.dstHi(), packet.dstLo(), packet.dstPort())
                            .toString()
                            .equals(name)) {
                clients.add(packet.srcPort() - PORT);
            }
            frame.release();
        }
        return clients;
    }

    @Test
    void deathOfAServerMovesAllThatItHad() {
        everybodyAsks();

        for (int i = 0; i < CLIENTS; i++) {
            stage.network(server(A, i).flags("R.").seq(5001).ack(ISN + ASKED).build());
        }

        assertThat(asked(B)).hasSize(CLIENTS);
        assertThat(stage.count(Counter.NOT_RELOCATED)).isZero();
        assertThat(stage.count(Counter.LIMIT_MOVES)).isZero();
    }

    /** A and B have both been asked by everybody, and both have no time. */
    private void bothAreBusy() {
        everybodyAsks();
        for (int i = 0; i < CLIENTS; i++) {
            answer(i, A, BUSY);
            take(i, B);
        }
        assertThat(asked(B)).hasSize(CLIENTS);
        for (int i = 0; i < CLIENTS; i++) {
            answer(i, B, BUSY);
        }
    }

    @Test
    void noMoreThanAFifthIsMovedAgain() {
        bothAreBusy();

        assertThat(asked(C)).containsExactly(0, 1, 2, 3);
        assertThat(stage.count(Counter.LIMIT_MOVES)).isEqualTo(16);
        assertThat(stage.framesToClient()).isEqualTo(16);
    }

    @Test
    void whoIsAnsweredMakesRoomForAnother() {
        everybodyAsks();
        for (int i = 0; i < CLIENTS; i++) {
            answer(i, A, BUSY);
            take(i, B);
        }
        for (int i = 0; i < 4; i++) {
            answer(i, B, BUSY);
            take(i, C);
            answer(i, C, OK);
        }
        stage.flush();

        stage.client(client(0).flags(".").seq(ISN + ASKED).ack(5001 + OK.length()).build());
        answer(4, B, BUSY);
        answer(5, B, BUSY);

        assertThat(asked(C)).containsExactly(4);
    }

    @Test
    void nothingIsDrawnWhenAllHaveGone() {
        bothAreBusy();

        stage.dispatcher.close(stage.now);

        stage.flush();
        stage.pass(300_000);
        assertThat(stage.dispatcher.idle()).isTrue();
    }
}

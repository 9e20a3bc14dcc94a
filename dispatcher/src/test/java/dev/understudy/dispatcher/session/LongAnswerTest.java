package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.B;
import static dev.understudy.dispatcher.session.Stage.ORIGINAL;
import static dev.understudy.dispatcher.session.Stage.down;
import static dev.understudy.dispatcher.session.Stage.synAck;
import static dev.understudy.dispatcher.session.Stage.up;
import static dev.understudy.dispatcher.session.Talk.GET;
import static dev.understudy.dispatcher.session.Talk.after;
import static dev.understudy.dispatcher.session.Talk.asked;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** An answer so long that its sequence numbers go once round, or half, is resumed as a short one is. */
class LongAnswerTest {
    private static final long LENGTH = 6L << 30;
    private static final String TAG = "ETag: \"v1\"\r\nAccept-Ranges: bytes\r\n";
    private static final String HEAD =
            "HTTP/1.1 200 OK\r\n" + TAG + "Content-Length: " + LENGTH + "\r\n\r\n";

    /** What a server's segment may begin ahead of the last one. */
    private static final int STEP = Session.SERVER_AHEAD;

    /** So much of it that the client's next byte has the number of the answer's first one. */
    private static final long ROUND = (1L << 32) - HEAD.length();

    @SuppressWarnings("unused") // by @FieldSource
    private static final List<Long> HAD =
            List.of(1L << 29, (1L << 30) + 5, (1L << 31) + 5, ROUND, ROUND + (1L << 31) + 5);

    @ParameterizedTest
    @FieldSource("HAD")
    @Tag("B03")
    void itIsResumedWhereTheClientStands(long have) {
        Stage stage = asked(GET);
        stage.network(down(A, 5001, after(GET)).flags("P.").payload(HEAD).build());
        int body = 5001 + HEAD.length();
        for (long read = 0; read < have; ) {
            read = Math.min(have, read + STEP);
            int end = body + (int) read;
            stage.network(down(A, end - 1, after(GET)).payload("x").build());
            stage.client(up(after(GET), end).timestamps(1005, 77_000).build());
            stage.flush();
        }
        int end = body + (int) have;

        stage.network(down(A, end, after(GET)).flags("R.").build());
        stage.toNetwork().to(B).flags("S");
        stage.network(synAck(B, 9000).build());

        stage.toNetwork().to(B).flags(".");
        String again = text(stage.pollNetwork());
        assertThat(again).contains("Range: bytes=" + have + "-");
        String partial =
                "HTTP/1.1 206 Partial Content\r\n"
                        + TAG
                        + "Content-Range: bytes %d-%d/%d\r\n".formatted(have, LENGTH - 1, LENGTH)
                        + "Content-Length: %d\r\n\r\n".formatted(LENGTH - have);
        int asked = 1 + again.length();
        stage.network(down(B, 9001, asked).flags("P.").payload(partial + "67").build());
        stage.toClient().from(ORIGINAL).seq(end).payload("67");
        stage.client(up(after(GET), end + 2).timestamps(1006, 77_001).build());
        stage.flush();
        stage.network(down(B, 9001 + partial.length() + 2, asked).payload("89").build());
        stage.toClient().seq(end + 2).payload("89");
        stage.silent();
    }

    private static String text(ByteBuf frame) {
        Packet packet = TestPackets.parse(frame);
        return frame.toString(
                packet.payload(), packet.payloadLength(), StandardCharsets.ISO_8859_1);
    }
}

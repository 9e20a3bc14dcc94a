package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.B;
import static dev.understudy.dispatcher.session.Stage.ISN;
import static dev.understudy.dispatcher.session.Stage.down;
import static dev.understudy.dispatcher.session.Stage.synAck;
import static dev.understudy.dispatcher.session.Stage.up;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.ServiceConfig.Recover;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.Snapshot.SessionView;
import dev.understudy.stack.ip.PacketOutput;
import dev.understudy.stack.link.AllocationMeter;
import dev.understudy.stack.wire.Checksum;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A relocated session in steady state, through both doors of the dispatcher: data and acknowledgements each way, SACK
 * blocks, clocks, the look at the deadlines after each batch. Counted in bytes that the loop's thread puts on the heap, a
 * packet costs none.
 */
class DoorsAllocationTest {
    private static final int PIECE = 1448;
    private static final int QUESTION = 100;
    private static final int PACKETS_A_TURN = 4;
    private static final int TURNS = 25_000;
    private static final int ROUNDS = 10;

    /** What the server's first response byte is called by the client, and by the server. */
    private static final int SEEN = 5001;

    private static final int SENT = 90_001;

    private final Packet packet = new Packet();
    private final Last toClient = new Last();
    private final Last toNetwork = new Last();
    private Dispatcher dispatcher;
    private long now = 1_000 * Stage.MILLIS;

    /** Where packets go: remembered by their numbers, for want of anybody who would answer. */
    private static final class Last implements PacketOutput {
        private long packets;
        private int seq;
        private int ack;

        @Override
        public void send(Packet packet, long now) {
            packets++;
            seq = packet.seq();
            ack = packet.ack();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Tag("P10")
    void nothingIsAllocatedForAPacketOfARelocatedSession(boolean offload) {
        relocatedSession();
        Frame data = new Frame(down(B, SENT, 1).timestamps(78_000, 1_001), PIECE, offload);
        Frame received = new Frame(up(1, SEEN).timestamps(1_002, 78_000), 0, offload);
        Frame lossy =
                new Frame(
                        up(1, SEEN).timestamps(1_002, 78_000).sackBlock(SEEN + 9000, SEEN + 9999),
                        0,
                        offload);
        Frame question = new Frame(up(1, SEEN).timestamps(1_002, 78_000), QUESTION, offload);

        long least =
                leastOfRounds(
                        turn -> {
                            int answered = turn * PIECE;
                            int asked = turn * QUESTION;
                            fromNetwork(data.at(SENT + answered, ISN + 1 + asked));
                            fromClient(received.at(ISN + 1 + asked, SEEN + answered + PIECE));
                            fromClient(lossy.at(ISN + 1 + asked, SEEN + answered + PIECE));
                            fromClient(question.at(ISN + 1 + asked, SEEN + answered + PIECE));
                        });

        assertThat(least).as("bytes for %d packets", PACKETS_A_TURN * TURNS).isZero();
        // And all of it was work: every packet has crossed, with the numbers of the other leg.
        int turns = TURNS * ROUNDS;
        assertThat(toClient.packets).isEqualTo(turns);
        assertThat(toNetwork.packets).isEqualTo(3L * turns);
        assertThat(toClient.seq).isEqualTo(SEEN + (turns - 1) * PIECE);
        assertThat(toNetwork.seq).isEqualTo(ISN + 1 + (turns - 1) * QUESTION);
        assertThat(toNetwork.ack).isEqualTo(SENT + turns * PIECE);
        SessionView session = dispatcher.snapshot(now).sessions().get(0);
        assertThat(session.delta()).isEqualTo(SENT - SEEN);
        assertThat(session.bytesDown()).isEqualTo((long) turns * PIECE);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Tag("B02")
    void nothingIsAllocatedForAPacketOfAnAnswerThatIsReadAlong(boolean offload) {
        String get = "GET /large HTTP/1.1\r\nHost: shop.example\r\n\r\n";
        String head =
                String.join(
                        "\r\n",
                        "HTTP/1.1 200 OK",
                        "ETag: \"1\"",
                        "Accept-Ranges: bytes",
                        "Content-Length: 99999999999",
                        "",
                        "");
        int asked = ISN + 1 + get.length();
        int body = SEEN + head.length();
        readAlong(get, head);
        Frame data = new Frame(down(A, body, 1).timestamps(78_000, 1_001), PIECE, offload);
        Frame received = new Frame(up(1, SEEN).timestamps(1_002, 78_000), 0, offload);
        Frame lossy =
                new Frame(
                        up(1, SEEN).timestamps(1_002, 78_000).sackBlock(SEEN + 9000, SEEN + 9999),
                        0,
                        offload);

        long least =
                leastOfRounds(
                        turn -> {
                            int answered = turn * PIECE;
                            fromNetwork(data.at(body + answered, asked));
                            fromClient(received.at(asked, body + answered + PIECE));
                            fromClient(lossy.at(asked, body + answered + PIECE));
                        });

        assertThat(least).as("bytes for %d packets", 3 * TURNS).isZero();
        int turns = TURNS * ROUNDS;
        assertThat(toClient.packets).isEqualTo(turns);
        assertThat(toNetwork.packets).isEqualTo(2L * turns);
        assertThat(toNetwork.ack).isEqualTo(body + turns * PIECE);
        assertThat(dispatcher.snapshot(now).sessions().get(0).phase()).isEqualTo("relaying");
    }

    /** The client has asked A, which has sent the head of a very long answer. */
    private void readAlong(String get, String head) {
        dispatcher =
                new Dispatcher(
                        Stage.plan()
                                .strategy(Strategy.IN_ORDER)
                                .recover(new Recover(true, true, true, true, List.of(), true))
                                .config(),
                        toClient,
                        toNetwork,
                        1500,
                        TestPackets.ALLOCATOR,
                        new SplittableRandom(1));
        fromClient(TestPackets.parse(Stage.syn().build()));
        fromNetwork(TestPackets.parse(synAck(A, SEEN - 1).build()));
        fromClient(TestPackets.parse(up(1, SEEN).timestamps(1001, 77_000).build()));
        fromClient(
                TestPackets.parse(
                        up(1, SEEN).timestamps(1001, 77_000).flags("P.").payload(get).build()));
        fromNetwork(
                TestPackets.parse(
                        down(A, SEEN, 1 + get.length())
                                .timestamps(77_500, 1_001)
                                .flags("P.")
                                .payload(head)
                                .build()));
        toClient.packets = 0;
        toNetwork.packets = 0;
    }

    /** Bytes of the cheapest round: what the path allocates it does in each, what the JVM does for itself in one of them. */
    private long leastOfRounds(IntConsumer exchange) {
        AllocationMeter meter = new AllocationMeter();
        long least = Long.MAX_VALUE;
        int turn = 0;
        for (int round = 0; round < ROUNDS; round++) {
            meter.start();
            for (int end = turn + TURNS; turn < end; turn++) {
                exchange.accept(turn);
                now += 10_000;
                if (dispatcher.nextDeadline() <= now) {
                    dispatcher.onDeadline(now);
                }
            }
            least = Math.min(least, meter.bytes());
        }
        return least;
    }

    private void fromClient(Packet segment) {
        if (!dispatcher.fromClient(segment, now)) {
            throw new AssertionError("a packet of the client's went past");
        }
    }

    private void fromNetwork(Packet segment) {
        if (!dispatcher.fromNetwork(segment, now)) {
            throw new AssertionError("a packet of the server's went past");
        }
    }

    /** The client is connected to A, which resets it before it has said anything; B takes over. */
    private void relocatedSession() {
        dispatcher =
                new Dispatcher(
                        Stage.plan().strategy(Strategy.IN_ORDER).config(),
                        toClient,
                        toNetwork,
                        1500,
                        TestPackets.ALLOCATOR,
                        new SplittableRandom(1));
        fromClient(TestPackets.parse(Stage.syn().build()));
        fromNetwork(TestPackets.parse(synAck(A, SEEN - 1).build()));
        fromClient(TestPackets.parse(up(1, SEEN).timestamps(1001, 77_000).build()));
        fromNetwork(TestPackets.parse(down(A, SEEN, 1).rst().build()));
        fromNetwork(TestPackets.parse(synAck(B, SENT - 1).build()));
        assertThat(dispatcher.snapshot(now).sessions().get(0).phase()).isEqualTo("relaying");
        toClient.packets = 0;
        toNetwork.packets = 0;
    }

    /** A frame that comes again and again, each time with other numbers, in the same memory. */
    private final class Frame {
        private final ByteBuf frame;
        private final ByteBuf template;
        private final int begin;
        private final int end;
        private final int tcp;
        private final boolean partial;

        Frame(TestPackets.TcpBuilder builder, int payload, boolean partial) {
            this.partial = partial;
            builder.payload(new byte[payload]);
            frame = (partial ? builder.partialChecksum() : builder).build();
            template = frame.copy(0, frame.writerIndex());
            begin = frame.readerIndex();
            end = frame.writerIndex();
            tcp = packet.parse(frame) == Packet.Parse.OK ? packet.l4() : -1;
        }

        Packet at(int seq, int ack) {
            frame.setIndex(begin, end).setBytes(0, template, 0, end);
            long before = Checksum.sum(frame, tcp + Tcp.SEQ_OFFSET, tcp + Tcp.DATA_OFFSET_OFFSET);
            frame.setInt(tcp + Tcp.SEQ_OFFSET, seq).setInt(tcp + Tcp.ACK_OFFSET, ack);
            long after = Checksum.sum(frame, tcp + Tcp.SEQ_OFFSET, tcp + Tcp.DATA_OFFSET_OFFSET);
            if (!partial) {
                int checksum = Checksum.update(Tcp.checksum(frame, tcp), before, after);
                frame.setShort(tcp + Tcp.CHECKSUM_OFFSET, checksum);
            }
            packet.parse(frame);
            return packet;
        }
    }
}

package dev.understudy.dispatcher.translate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.translate.Legs.Wire;
import dev.understudy.stack.tcp.SeqNum;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.PacketAssert;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TcpOptions;
import dev.understudy.stack.wire.TestPackets;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A server sends a stream to a client through a {@link Translation}, over a network that loses segments, while bytes are
 * taken out of the stream and others are put in; both ends' numbers wrap on the way. The client must get exactly the altered
 * stream, and the server may believe nothing acknowledged that did not arrive. A failing seed is named.
 */
@Tag("P10")
@Tag("P67")
class TranslatedTransferTest {
    private static final int SEEDS = 30;
    private static final int LENGTH = 900;
    private static final byte OURS = -1;

    private enum Case {
        SAME,
        STRIPPED,
        INSERTED,
        PLAIN;

        LegOptions clientLeg() {
            return switch (this) {
                case SAME, INSERTED -> Legs.LINUX;
                case STRIPPED -> Legs.LINUX_WITHOUT_TIMESTAMPS;
                case PLAIN -> Legs.PLAIN;
            };
        }

        LegOptions serverLeg() {
            return switch (this) {
                case SAME, STRIPPED -> Legs.LINUX;
                case INSERTED -> Legs.LINUX_WITHOUT_TIMESTAMPS;
                case PLAIN -> Legs.PLAIN;
            };
        }
    }

    @ParameterizedTest
    @EnumSource
    void theClientGetsTheAlteredStreamAndTheServerBelievesOnlyWhatArrived(Case legs) {
        for (int seed = 0; seed < SEEDS; seed++) {
            new Transfer(seed, legs).run();
        }
    }

    private static final class Transfer {
        private final int seed;
        private final SplittableRandom random;
        private final Case legs;
        private final Wire wire;
        private final Translation translation;
        private final TcpOptions scratch = new TcpOptions();
        private final TcpOptions seen = new TcpOptions();
        private final int serverStart;
        private final int clientStart;

        /** What the client must have at the end, and which of the server's bytes each is, or -1 for ours. */
        private final byte[] expected;

        private final int[] origin;

        private final boolean[] arrived;
        private final boolean[] takenOut = new boolean[LENGTH];
        private boolean finArrived;
        private int sndUna;
        private int sndNxt;
        private int tsVal;
        private int lastTsVal;
        private long now;

        Transfer(int seed, Case legs) {
            this.seed = seed;
            this.legs = legs;
            random = new SplittableRandom(seed);
            wire = Wire.values()[random.nextInt(4)];
            serverStart = -random.nextInt(LENGTH);
            clientStart = random.nextBoolean() ? -random.nextInt(LENGTH) : random.nextInt();
            tsVal = -random.nextInt(500);
            lastTsVal = random.nextInt();
            translation =
                    Legs.between(legs.clientLeg(), legs.serverLeg(), 0, serverStart - clientStart);
            translation.timestamps(lastTsVal, tsVal, 0);
            int[] putIn = edits();
            byte[] altered = new byte[2 * LENGTH];
            int[] from = new int[2 * LENGTH];
            int length = 0;
            for (int offset = 0; offset <= LENGTH; offset++) {
                for (int i = 0; i < putIn[offset]; i++) {
                    from[length] = -1;
                    altered[length++] = OURS;
                }
                if (offset < LENGTH && !takenOut[offset]) {
                    from[length] = offset;
                    altered[length++] = content(offset);
                }
            }
            expected = Arrays.copyOf(altered, length);
            origin = Arrays.copyOf(from, length);
            arrived = new boolean[length];
            for (int i = 0; i < length; i++) {
                // What is ours to deliver has been delivered.
                arrived[i] = origin[i] < 0;
            }
        }

        private int[] edits() {
            int[] putIn = new int[LENGTH + 1];
            SequenceMap map = translation.serverToClient();
            int at = 1;
            for (int edit = 0; edit < 3; edit++) {
                int takeOut = random.nextInt(60);
                at += random.nextInt(200) + takeOut;
                Arrays.fill(takenOut, at - takeOut, at, true);
                assertThat(map.append(serverStart + at, map.delta() + takeOut)).isTrue();
                putIn[at] = random.nextInt(60);
                assertThat(map.append(serverStart + at, map.delta() - putIn[at])).isTrue();
                at++;
            }
            return putIn;
        }

        private static byte content(int offset) {
            return (byte) (offset * 7 % 101);
        }

        void run() {
            for (int step = 0; sndUna <= LENGTH; step++) {
                assertThat(step).as("steps of seed %d, una %d", seed, sndUna).isLessThan(20_000);
                now += random.nextInt(3_000_000);
                sendOne();
                acknowledge();
            }
            for (int i = 0; i < arrived.length; i++) {
                assertThat(arrived[i]).as("byte %d of seed %d", i, seed).isTrue();
            }
            assertThat(translation.serverToClient().epochs()).as("seed %d", seed).isEqualTo(1);
        }

        private void sendOne() {
            int inFlight = sndNxt - sndUna;
            int from =
                    random.nextInt(3) == 0 && inFlight > 0
                            ? sndUna + (random.nextBoolean() ? 0 : random.nextInt(inFlight))
                            : inFlight < 300 ? sndNxt : sndUna;
            int length = Math.min(1 + random.nextInt(120), LENGTH - Math.min(from, LENGTH));
            boolean fin = from + length >= LENGTH;
            byte[] payload = new byte[length];
            for (int i = 0; i < length; i++) {
                payload[i] = content(from + i);
            }
            sndNxt = Math.max(sndNxt, from + length + (fin ? 1 : 0));
            TestPackets.TcpBuilder builder =
                    wire.fromServer()
                            .flags(fin ? "FP." : "P.")
                            .seq(serverStart + Math.min(from, LENGTH))
                            .ack(1)
                            .payload(payload);
            if (legs.serverLeg().timestamps()) {
                tsVal += random.nextInt(2);
                builder.timestamps(tsVal, 1);
            }
            Packet packet = builder.packet();
            if (translation.toClient(packet, scratch, now)) {
                PacketAssert.assertThatPacket(packet).checksumsValid();
                if (random.nextInt(4) != 0) {
                    receive(packet);
                }
            }
        }

        private void receive(Packet packet) {
            seen.parse(packet);
            assertThat(seen.hasTimestamps()).isEqualTo(legs.clientLeg().timestamps());
            if (seen.hasTimestamps()) {
                assertThat(SeqNum.ge(seen.tsVal(), lastTsVal)).as("PAWS, seed %d", seed).isTrue();
                lastTsVal = seen.tsVal();
            }
            int at = packet.seq() - clientStart;
            for (int i = 0; i < packet.payloadLength(); i++) {
                byte value = packet.frame().getByte(packet.payload() + i);
                if (at + i < rcvNxt()) {
                    continue;
                }
                assertThat(value)
                        .as("byte %d of seed %d", at + i, seed)
                        .isEqualTo(expected[at + i]);
                assertThat(origin[at + i]).as("not ours").isNotNegative();
                arrived[at + i] = true;
            }
            if (packet.has(Tcp.FIN)) {
                assertThat(at + packet.payloadLength()).as("FIN").isEqualTo(expected.length);
                finArrived = true;
            }
        }

        private int rcvNxt() {
            int next = 0;
            while (next < arrived.length && arrived[next]) {
                next++;
            }
            return next == arrived.length && finArrived ? next + 1 : next;
        }

        private void acknowledge() {
            int next = rcvNxt();
            TestPackets.TcpBuilder builder = wire.fromClient().seq(1).ack(clientStart + next);
            if (legs.clientLeg().timestamps()) {
                builder.timestamps(now / 1_000_000, lastTsVal);
            }
            if (legs.clientLeg().sackPermitted()) {
                int blocks = 0;
                for (int i = next; i < arrived.length && blocks < 3; i++) {
                    if (arrived[i]) {
                        int left = i;
                        while (i < arrived.length && arrived[i]) {
                            i++;
                        }
                        builder.sackBlock(clientStart + left, clientStart + i);
                        blocks++;
                    }
                }
            }
            Packet packet = builder.packet();
            assertThat(translation.toServer(packet, scratch, now)).isTrue();
            PacketAssert.assertThatPacket(packet).checksumsValid();
            if (random.nextInt(4) != 0) {
                believe(packet);
            }
        }

        private void believe(Packet packet) {
            int ack = packet.ack() - serverStart;
            assertThat(ack).as("ACK, seed %d", seed).isLessThanOrEqualTo(LENGTH + 1);
            assertArrived(0, Math.min(ack, LENGTH));
            if (ack == LENGTH + 1) {
                assertThat(finArrived).as("FIN, seed %d", seed).isTrue();
            }
            // Bytes that were taken out may be acknowledged before they are sent.
            sndUna = Math.max(sndUna, ack);
            sndNxt = Math.max(sndNxt, sndUna);
            seen.parse(packet);
            for (int i = 0; i < seen.sackBlocks(); i++) {
                int at = seen.sackAt() + 2 + 8 * i;
                assertArrived(
                        packet.frame().getInt(at) - serverStart,
                        packet.frame().getInt(at + 4) - serverStart);
            }
        }

        private void assertArrived(int from, int to) {
            for (int i = 0; i < arrived.length; i++) {
                if (origin[i] >= from && origin[i] < to) {
                    assertThat(arrived[i])
                            .as("byte %d acknowledged, seed %d", origin[i], seed)
                            .isTrue();
                }
            }
        }
    }
}

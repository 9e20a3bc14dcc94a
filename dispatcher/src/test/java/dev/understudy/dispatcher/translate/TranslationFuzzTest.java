package dev.understudy.dispatcher.translate;

import static dev.understudy.stack.wire.PacketAssert.assertThatPacket;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.translate.Legs.Wire;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TcpOptions;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Whatever a segment's options and flags are: nothing throws, and a checksum that was right stays right. */
class TranslationFuzzTest {
    private static final int SEGMENTS = 20_000;

    private static final List<LegOptions> LEGS =
            List.of(
                    Legs.PLAIN,
                    Legs.LINUX,
                    Legs.LINUX_WITHOUT_TIMESTAMPS,
                    Legs.scaled(14, 0),
                    Legs.mss(100, 60),
                    new LegOptions(1, 0, -1, -1, true, false));

    private final SplittableRandom random = new SplittableRandom(20_260_101);
    private final TcpOptions scratch = new TcpOptions();

    @Test
    void noSegmentMakesTranslationThrowOrSpoilsAChecksum() {
        for (int i = 0; i < SEGMENTS; i++) {
            Translation translation = translation();
            boolean up = random.nextBoolean();
            Packet packet = segment(up);
            String before = packet.toString();
            int bytes = packet.payloadLength();
            boolean passes =
                    up
                            ? translation.toServer(packet, scratch, i)
                            : translation.toClient(packet, scratch, i);
            if (passes) {
                assertThatPacket(packet).checksumsValid();
                assertThat(packet.payloadLength()).as(before).isLessThanOrEqualTo(bytes);
            }
        }
    }

    @Test
    void noSynMakesShapingThrowOrSpoilsAChecksum() {
        for (int i = 0; i < SEGMENTS; i++) {
            Packet packet = segment(true);
            LegOptions leg = LEGS.get(random.nextInt(LEGS.size()));
            LegOptions.fromSyn(packet, scratch).fromSynAck(packet, scratch);
            SynShaper.toServer(packet, scratch, leg, random.nextInt(2000));
            SynShaper.toClient(packet, scratch, leg, random.nextInt(2000));
            assertThatPacket(packet).checksumsValid();
        }
    }

    private Translation translation() {
        Translation translation =
                Legs.between(
                        LEGS.get(random.nextInt(LEGS.size())),
                        LEGS.get(random.nextInt(LEGS.size())),
                        random.nextInt(),
                        random.nextInt());
        for (int i = random.nextInt(4); i > 0; i--) {
            translation.serverToClient().append(random.nextInt(), random.nextInt());
            translation.clientToServer().append(random.nextInt(500), random.nextInt(500));
        }
        if (random.nextInt(8) == 0) {
            translation
                    .serverToClient()
                    .splice(random.nextInt(500), random.nextInt(), random.nextInt());
        }
        return translation.timestamps(random.nextInt(), random.nextInt(), random.nextInt());
    }

    private Packet segment(boolean up) {
        Wire wire = Wire.values()[random.nextInt(4)];
        int[] options = new int[4 * random.nextInt(11)];
        for (int i = 0; i < options.length; i++) {
            // Mostly small numbers: option kinds, and lengths that sometimes fit.
            options[i] = random.nextInt(3) == 0 ? random.nextInt(256) : random.nextInt(12);
        }
        var builder =
                (up ? wire.fromClient() : wire.fromServer())
                        .options(options)
                        .seq(random.nextBoolean() ? random.nextInt(500) : random.nextInt())
                        .ack(random.nextInt())
                        .window(random.nextInt(65536))
                        .payload(new byte[random.nextInt(300)]);
        if (random.nextInt(4) == 0) {
            builder.gso(1 + random.nextInt(200));
        }
        Packet packet = builder.packet();
        packet.flags(random.nextInt(256));
        assertThat(packet.isTcp()).isTrue();
        assertThat(packet.tcpHeaderLength()).isEqualTo(Tcp.MIN_BYTES + options.length);
        return packet;
    }
}

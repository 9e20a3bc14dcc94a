package dev.understudy.dispatcher.translate;

import static dev.understudy.stack.wire.PacketAssert.assertThatPacket;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.translate.Legs.Wire;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.TcpOptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Frames in, frames out: sequence numbers, SACK, windows and sizes. Timestamps are in {@link TimestampsTest}. */
class TranslationTest {
    private static final long WRAP = 1L << 32;

    private final TcpOptions scratch = new TcpOptions();

    private boolean toServer(Translation translation, Packet packet) {
        return translation.toServer(packet, scratch, 0);
    }

    private boolean toClient(Translation translation, Packet packet) {
        return translation.toClient(packet, scratch, 0);
    }

    @ParameterizedTest
    @EnumSource
    @Tag("P10")
    void theServersSeqLosesTheDeltaAndTheClientsAckGainsItAcrossTheWrap(Wire wire) {
        Translation translation = Legs.between(Legs.PLAIN, Legs.PLAIN, 0, 5000);

        Packet down = wire.fromServer().flags("P.").seq(4000).ack(77).payload("hello").packet();
        assertThat(toClient(translation, down)).isTrue();
        assertThatPacket(down)
                .seq(WRAP - 1000)
                .ack(77)
                .payload("hello")
                .flags("P.")
                .checksumsValid();

        Packet up = wire.fromClient().seq(77).ack(WRAP - 995).packet();
        assertThat(toServer(translation, up)).isTrue();
        assertThatPacket(up).seq(77).ack(4005).noPayload().checksumsValid();
    }

    @ParameterizedTest
    @EnumSource
    void anOddPayloadKeepsItsChecksumRight(Wire wire) {
        Translation translation = Legs.between(Legs.PLAIN, Legs.PLAIN, -3, 0x7FFF_FFFF);
        for (int length = 0; length < 9; length++) {
            Packet packet = wire.fromServer().seq(length).payload(new byte[length]).packet();
            assertThat(toClient(translation, packet)).isTrue();
            assertThatPacket(packet)
                    .seq(length - 0x7FFF_FFFFL)
                    .payloadLength(length)
                    .checksumsValid();
        }
    }

    @ParameterizedTest
    @CsvSource({"R", "R.", "F.", "P.", "S."})
    void everyKindOfSegmentIsTranslatedInSequence(String flags) {
        Translation translation = Legs.between(Legs.PLAIN, Legs.PLAIN, 20, 100);
        Packet packet = Wire.IPV4.fromServer().flags(flags).seq(50).ack(0).packet();

        assertThat(toClient(translation, packet)).isTrue();

        assertThatPacket(packet)
                .flags(flags)
                .seq(WRAP - 50)
                .ack(flags.contains(".") ? 20 : 0)
                .checksumsValid();
    }

    @Test
    void aKeepAliveOneBeforeTheEdgeStaysOutsideTheReceiversWindow() {
        Translation translation = Legs.between(Legs.PLAIN, Legs.PLAIN);
        translation.serverToClient().append(1000, 300);
        translation.serverToClient().passed(700);
        assertThat(toServer(translation, Wire.IPV4.fromClient().ack(700).packet())).isTrue();

        Packet probe = Wire.IPV4.fromServer().seq(999).payload("x").packet();
        assertThat(toClient(translation, probe)).isTrue();
        assertThatPacket(probe).seq(699).payload("x");
    }

    @Test
    void aRetransmissionOfOlderBytesUsesTheOlderDelta() {
        Translation translation = Legs.between(Legs.PLAIN, Legs.PLAIN);
        translation.serverToClient().append(1000, -50);

        Packet older = Wire.IPV4.fromServer().seq(990).payload("0123456789").packet();
        assertThat(toClient(translation, older)).isTrue();
        assertThatPacket(older).seq(990).payload("0123456789");

        Packet newer = Wire.IPV4.fromServer().seq(1000).payload("x").packet();
        assertThat(toClient(translation, newer)).isTrue();
        assertThatPacket(newer).seq(1050);
    }

    @ParameterizedTest
    @EnumSource
    void aSegmentOverAnEdgeIsCutThereAndItsFinComesAgain(Wire wire) {
        Translation translation = Legs.between(Legs.PLAIN, Legs.PLAIN);
        translation.serverToClient().append(1000, -50);

        Packet packet = wire.fromServer().flags("FP.").seq(995).payload("01234abcde").packet();
        assertThat(toClient(translation, packet)).isTrue();

        assertThatPacket(packet).seq(995).flags("P.").payload("01234").checksumsValid();
    }

    @Test
    void aSuperSegmentThatIsCutToOneSliceIsNoneAnyMore() {
        Translation translation = Legs.between(Legs.PLAIN, Legs.PLAIN);
        translation.serverToClient().append(1000, -50);

        Packet packet = Wire.IPV4.fromServer().gso(1460).seq(0).payload(new byte[3000]).packet();
        assertThat(toClient(translation, packet)).isTrue();

        assertThatPacket(packet).payloadLength(1000).checksumsValid();
        assertThat(packet.isGso()).isFalse();
    }

    @Test
    void whatWasTakenOutDoesNotTravel() {
        TranslationDrops drops = new TranslationDrops();
        SequenceMap map = new SequenceMap(0);
        map.append(1000, 100);
        Translation translation =
                new Translation(Legs.PLAIN, Legs.PLAIN, new SequenceMap(0), map, drops);

        Packet packet = Wire.IPV4.fromServer().seq(950).payload("gone").packet();
        assertThat(toClient(translation, packet)).isFalse();
        assertThat(drops.crossedEpoch()).isEqualTo(1);
        assertThat(drops.total()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    @Tag("P67")
    void sackEdgesAreMapped(Wire wire) {
        Translation translation = Legs.between(Legs.LINUX, Legs.LINUX, 0, 1000);
        translation.timestamps(1, 1, 0);

        Packet packet =
                wire.fromClient()
                        .ack(WRAP - 100)
                        .timestamps(5, 6)
                        .sackBlock(WRAP - 50, 20)
                        .sackBlock(40, 60)
                        .packet();
        assertThat(toServer(translation, packet)).isTrue();

        assertThatPacket(packet)
                .ack(900)
                .sackBlocks(950, 1020, 1040, 1060)
                .timestamps(5, 6)
                .checksumsValid();
    }

    @ParameterizedTest
    @EnumSource
    void aSackBlockThatCrossesAnEdgeIsRemovedAndTheOthersMoveUp(Wire wire) {
        Translation translation = Legs.between(Legs.LINUX, Legs.LINUX, 0, 1000);
        translation.timestamps(1, 1, 0);
        translation.serverToClient().append(3000, 1500);

        Packet packet =
                wire.fromClient()
                        .ack(1000)
                        .sackBlock(1400, 1600)
                        .sackBlock(1200, 1300)
                        .sackBlock(1500, 1600)
                        .packet();
        assertThat(toServer(translation, packet)).isTrue();

        assertThatPacket(packet).ack(2000).sackBlocks(2200, 2300, 3000, 3100).checksumsValid();
    }

    @ParameterizedTest
    @EnumSource
    void aSackOptionWithoutBlocksLeftIsNone(Wire wire) {
        Translation translation = Legs.between(Legs.LINUX, Legs.LINUX, 0, 0);
        translation.timestamps(1, 1, 0);
        translation.serverToClient().append(3000, -10);

        Packet packet = wire.fromClient().ack(1000).sackBlock(2900, 3100).packet();
        assertThat(toServer(translation, packet)).isTrue();

        assertThatPacket(packet).ack(1000).sackBlocks().checksumsValid();
    }

    @Test
    @Tag("P67")
    void aServerWithoutSackIsSentNone() {
        LegOptions without = new LegOptions(1460, 1460, 7, 7, false, false);
        Translation translation = Legs.between(Legs.LINUX_WITHOUT_TIMESTAMPS, without);

        Packet packet = Wire.IPV4.fromClient().ack(10).sackBlock(20, 30).packet();
        assertThat(toServer(translation, packet)).isTrue();
        assertThatPacket(packet).sackBlocks().checksumsValid();
    }

    @ParameterizedTest
    @CsvSource({
        "7, 7, 500, 500",
        "7, -1, 500, 64000",
        "7, -1, 512, 65535",
        "-1, 7, 64000, 500",
        "-1, 7, 127, 0",
        "14, 0, 65535, 65535",
        "2, 9, 65535, 511",
        "14, 14, 65535, 65535"
    })
    @Tag("P67")
    void windowsAreScaledFromOneLegToTheOther(int clientLeg, int serverLeg, int in, int out) {
        Translation up = Legs.between(Legs.scaled(clientLeg, 3), Legs.scaled(serverLeg, 3));
        Packet packet = Wire.IPV4.fromClient().window(in).packet();
        assertThat(toServer(up, packet)).isTrue();
        assertThatPacket(packet).window(out).checksumsValid();

        Translation down = Legs.between(Legs.scaled(3, serverLeg), Legs.scaled(3, clientLeg));
        packet = Wire.IPV6.fromServer().window(in).packet();
        assertThat(toClient(down, packet)).isTrue();
        assertThatPacket(packet).window(out).checksumsValid();
    }

    @Test
    void theWindowOfASynIsNeverScaled() {
        Translation translation = Legs.between(Legs.scaled(7, 7), Legs.scaled(2, 2));
        Packet syn = Wire.IPV4.fromClient().syn().window(1000).packet();
        assertThat(toServer(translation, syn)).isTrue();
        assertThatPacket(syn).window(1000);
        Packet synAck = Wire.IPV4.fromServer().synAck().window(1000).packet();
        assertThat(toClient(translation, synAck)).isTrue();
        assertThatPacket(synAck).window(1000);
    }

    @ParameterizedTest
    @EnumSource
    @Tag("P67")
    void aSegmentTooLongForTheServerBecomesASuperSegment(Wire wire) {
        Translation translation = Legs.between(Legs.mss(1460, 1460), Legs.mss(1460, 536));

        Packet packet = wire.fromClient().payload(new byte[1460]).packet();
        assertThat(toServer(translation, packet)).isTrue();
        assertThatPacket(packet).payloadLength(1460).partialChecksum().gso(536).checksumsValid();

        packet = wire.fromClient().payload(new byte[536]).packet();
        assertThat(toServer(translation, packet)).isTrue();
        assertThat(packet.isGso()).isFalse();
        assertThatPacket(packet).checksumsValid();
    }

    @Test
    @Tag("P67")
    void aSuperSegmentGetsSlicesThatTheServerTakes() {
        Translation translation = Legs.between(Legs.mss(1460, 1460), Legs.mss(1460, 1000));

        Packet packet =
                Wire.IPV4
                        .fromClient()
                        .gso(1448)
                        .timestamps(1, 2)
                        .payload(new byte[10_000])
                        .packet();
        assertThat(toServer(translation, packet)).isTrue();
        assertThatPacket(packet).gso(988).payloadLength(10_000).checksumsValid();

        packet = Wire.IPV4.fromClient().gso(900).payload(new byte[10_000]).packet();
        assertThat(toServer(translation, packet)).isTrue();
        assertThatPacket(packet).gso(900);
    }

    @Test
    void whatTheServerMaySendAndTheClientNotTakeIsSlicedToo() {
        Translation translation = Legs.between(Legs.mss(1000, 1460), Legs.mss(1460, 1460));
        Packet packet = Wire.IPV6.fromServer().payload(new byte[1460]).packet();
        assertThat(toClient(translation, packet)).isTrue();
        assertThatPacket(packet).gso(1000).checksumsValid();
    }

    @Test
    void legsThatAgreeNeedNoTranslation() {
        assertThat(Translation.needed(Legs.LINUX, Legs.LINUX, 0, false)).isFalse();
        assertThat(Translation.needed(Legs.LINUX, Legs.LINUX, 1, false)).isTrue();
        assertThat(Translation.needed(Legs.LINUX, Legs.LINUX, 0, true)).isTrue();
        assertThat(Translation.needed(Legs.LINUX, Legs.LINUX_WITHOUT_TIMESTAMPS, 0, false))
                .isTrue();
        assertThat(Translation.needed(Legs.scaled(7, 7), Legs.PLAIN, 0, false)).isTrue();
        assertThat(Translation.needed(Legs.scaled(0, 0), Legs.PLAIN, 0, false)).isFalse();
        assertThat(Translation.needed(Legs.mss(1460, 1460), Legs.mss(1460, 1459), 0, false))
                .isTrue();
        assertThat(Translation.needed(Legs.mss(1460, 1460), Legs.mss(1460, 1461), 0, false))
                .isFalse();
    }
}

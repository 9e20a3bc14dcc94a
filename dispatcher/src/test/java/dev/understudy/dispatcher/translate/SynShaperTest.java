package dev.understudy.dispatcher.translate;

import static dev.understudy.stack.wire.PacketAssert.assertThatPacket;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.translate.Legs.Wire;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.TcpOptions;
import dev.understudy.stack.wire.TestPackets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the handshakes of the two legs agree on, and what a stored SYN may offer. */
@Tag("P67")
class SynShaperTest {
    private static final int ROOMY = 9_000;

    private final TcpOptions scratch = new TcpOptions();

    private static TestPackets.TcpBuilder linux(TestPackets.TcpBuilder builder) {
        return builder.mss(1460).sackPermitted().timestamps(9, 0).windowScale(7);
    }

    private static Packet syn(Wire wire) {
        return linux(wire.fromClient().syn()).packet();
    }

    @Test
    void anOptionHoldsIfBothSentIt() {
        LegOptions offer = LegOptions.fromSyn(syn(Wire.IPV4), scratch);
        assertThat(offer).isEqualTo(new LegOptions(1460, 536, 7, -1, true, true));

        Packet full = linux(Wire.IPV4.fromServer().synAck()).mss(1400).windowScale(9).packet();
        assertThat(offer.fromSynAck(full, scratch))
                .isEqualTo(new LegOptions(1460, 1400, 7, 9, true, true));

        Packet bare = Wire.IPV4.fromServer().synAck().packet();
        assertThat(offer.fromSynAck(bare, scratch))
                .isEqualTo(new LegOptions(1460, 536, -1, -1, false, false));
        assertThat(offer.fromSynAck(bare, scratch).scaled()).isFalse();
    }

    @Test
    void whatWasNotOfferedIsNotAgreedOn() {
        LegOptions offer = LegOptions.fromSyn(Wire.IPV6.fromClient().syn().packet(), scratch);
        Packet synAck = linux(Wire.IPV6.fromServer().synAck()).packet();
        assertThat(offer.fromSynAck(synAck, scratch))
                .isEqualTo(new LegOptions(1220, 1460, -1, -1, false, false));
    }

    @ParameterizedTest
    @EnumSource
    void aStoredSynOffersWhatTheClientLegHasAgreedOn(Wire wire) {
        Packet syn = syn(wire);
        SynShaper.toServer(syn, scratch, Legs.PLAIN, ROOMY);
        assertThatPacket(syn)
                .flags("S")
                .mss(1460)
                .noSackPermitted()
                .noTimestamps()
                .noWindowScale()
                .checksumsValid();

        syn = syn(wire);
        SynShaper.toServer(syn, scratch, Legs.LINUX_WITHOUT_TIMESTAMPS, ROOMY);
        assertThatPacket(syn)
                .mss(1460)
                .sackPermitted()
                .noTimestamps()
                .windowScale(7)
                .checksumsValid();
    }

    @ParameterizedTest
    @EnumSource
    void aSynOfAnOpenClientLegKeepsItsOfferAndLosesWhatIsBoundToOneServer(Wire wire) {
        int[] mptcp = {30, 12, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8};
        Packet syn = linux(wire.fromClient().syn()).options(mptcp).packet();
        SynShaper.toServer(syn, scratch, 1400);
        assertThatPacket(syn)
                .mss(1400)
                .sackPermitted()
                .timestamps(9, 0)
                .windowScale(7)
                .checksumsValid();
        for (int at = syn.payload() - 12; at < syn.payload(); at++) {
            assertThat(syn.frame().getByte(at)).isEqualTo((byte) TcpOptions.NOP);
        }

        int[] cookie = {34, 7, 1, 2, 3, 4, 5};
        Packet fastOpen = wire.fromClient().syn().mss(500).options(cookie).packet();
        SynShaper.toServer(fastOpen, scratch, 1400);
        assertThatPacket(fastOpen).mss(500).checksumsValid();
        assertThat(fastOpen.frame().getByte(fastOpen.payload() - 8))
                .isEqualTo((byte) TcpOptions.NOP);
    }

    @ParameterizedTest
    @EnumSource
    void aSynAckIsClampedToTheClientsPathAndOffer(Wire wire) {
        Packet synAck = linux(wire.fromServer().synAck().mss(8960)).mss(8960).packet();
        SynShaper.toClient(
                synAck,
                scratch,
                new LegOptions(1460, 1460, 7, -1, false, true),
                LegOptions.mssForMtu(1500, false));
        assertThatPacket(synAck)
                .flags("S.")
                .mss(1460)
                .sackPermitted()
                .noTimestamps()
                .windowScale(7)
                .checksumsValid();
    }

    @Test
    void nothingIsAlteredThatMayStay() {
        Packet syn = syn(Wire.IPV4);
        String before = TestPackets.hex(syn.frame());
        SynShaper.toServer(syn, scratch, Legs.LINUX, 1460);
        assertThat(TestPackets.hex(syn.frame())).isEqualTo(before);
    }

    @Test
    void brokenOptionsDoNotThrow() {
        int[][] broken = {{3}, {2, 0, 1, 1}, {8, 40, 1, 1}, {1, 1, 30, 1}, {0, 30, 4, 0}};
        for (int[] options : broken) {
            Packet syn = Wire.IPV4.fromClient().syn().options(options).packet();
            SynShaper.toServer(syn, scratch, Legs.PLAIN, 1000);
            assertThatPacket(syn).checksumsValid();
        }
    }
}

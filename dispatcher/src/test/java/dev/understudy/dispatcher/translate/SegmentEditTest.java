package dev.understudy.dispatcher.translate;

import static dev.understudy.stack.wire.PacketAssert.assertThatPacket;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.translate.Legs.Wire;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Segments that are cut at either end stay whole in themselves. */
class SegmentEditTest {
    private static Packet urgent(Wire wire) {
        Packet packet =
                wire.fromServer().flags("PU.").seq(-3 & 0xFFFFFFFFL).payload("0123456789").packet();
        packet.tcpShort(packet.l4() + Tcp.URGENT_OFFSET, 6);
        return packet;
    }

    private static int pointer(Packet packet) {
        return packet.frame().getUnsignedShort(packet.l4() + Tcp.URGENT_OFFSET);
    }

    @ParameterizedTest
    @EnumSource
    void withoutItsBeginningTheUrgentPointerStillPointsAtTheSameByte(Wire wire) {
        Packet packet = urgent(wire);

        SegmentEdit.behead(packet, 4);

        assertThatPacket(packet).flags("PU.").seq(1).payload("456789").checksumsValid();
        assertThat(pointer(packet)).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource
    void whatWasUrgentAndIsGoneIsUrgentNoMore(Wire wire) {
        Packet packet = urgent(wire);

        SegmentEdit.behead(packet, 6);

        assertThatPacket(packet).flags("P.").payload("6789").checksumsValid();
    }

    /** It may point behind the segment (RFC 9293 section 3.8.5). */
    @ParameterizedTest
    @EnumSource
    void withoutItsEndTheUrgentPointerStays(Wire wire) {
        Packet packet = urgent(wire);

        SegmentEdit.truncate(packet, 3);

        assertThatPacket(packet).flags("PU.").payload("012").checksumsValid();
        assertThat(pointer(packet)).isEqualTo(6);
    }
}

package dev.understudy.dispatcher.translate;

import static dev.understudy.stack.wire.PacketAssert.assertThatPacket;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.translate.Legs.Wire;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TcpOptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 7323 across two legs: one clock toward the client, and legs of which only one has timestamps. */
@Tag("P67")
class TimestampsTest {
    private static final long WRAP = 1L << 32;
    private static final long MILLI = 1_000_000;

    private final TcpOptions scratch = new TcpOptions();

    private Translation translation(LegOptions clientLeg, LegOptions serverLeg) {
        return Legs.between(clientLeg, serverLeg, 0, 0);
    }

    @ParameterizedTest
    @EnumSource
    void theNewServersClockContinuesTheOneThatTheClientSaw(Wire wire) {
        Translation translation = translation(Legs.LINUX, Legs.LINUX);
        translation.timestamps(7_000, (int) (WRAP - 500), 0);

        Packet first = wire.fromServer().timestamps(WRAP - 500, 40).packet();
        assertThat(translation.toClient(first, scratch, 0)).isTrue();
        assertThatPacket(first).timestamps(7_000, 40).checksumsValid();

        Packet later = wire.fromServer().timestamps(500, 41).packet();
        assertThat(translation.toClient(later, scratch, 0)).isTrue();
        assertThatPacket(later).timestamps(8_000, 41).checksumsValid();

        Packet echo = wire.fromClient().timestamps(50, 8_000).packet();
        assertThat(translation.toServer(echo, scratch, 0)).isTrue();
        assertThatPacket(echo).timestamps(50, 500).checksumsValid();
    }

    @Test
    void anEchoOfAnEarlierServerBecomesTheNewServersFirst() {
        Translation translation = translation(Legs.LINUX, Legs.LINUX);
        translation.timestamps(7_000, 100, 0);

        Packet stale = Wire.IPV4.fromClient().timestamps(50, 6_000).packet();
        assertThat(translation.toServer(stale, scratch, 0)).isTrue();
        assertThatPacket(stale).timestamps(50, 100);

        Packet fresh = Wire.IPV4.fromClient().timestamps(51, 7_003).packet();
        assertThat(translation.toServer(fresh, scratch, 0)).isTrue();
        assertThatPacket(fresh).timestamps(51, 103);
    }

    @Test
    void anEchoOfNothingStaysZero() {
        Translation translation = translation(Legs.LINUX, Legs.LINUX);
        translation.timestamps(7_000, 100, 0);
        Packet syn = Wire.IPV4.fromClient().syn().timestamps(50, 0).packet();
        assertThat(translation.toServer(syn, scratch, 0)).isTrue();
        assertThatPacket(syn).timestamps(50, 0);
    }

    @ParameterizedTest
    @EnumSource
    void aServerWithoutTimestampsGetsNoneAndTheClientGetsOurs(Wire wire) {
        Translation translation = translation(Legs.LINUX, Legs.LINUX_WITHOUT_TIMESTAMPS);
        translation.timestamps((int) (WRAP - 2), 30, 5 * MILLI);

        Packet request = wire.fromClient().seq(100).timestamps(33, 9).payload("GET /").packet();
        assertThat(translation.toServer(request, scratch, 6 * MILLI)).isTrue();
        assertThatPacket(request).noTimestamps().payload("GET /").checksumsValid();
        assertThat(request.tcpHeaderLength()).isEqualTo(Tcp.MIN_BYTES);

        Packet early = wire.fromServer().ack(100).payload("odd").packet();
        assertThat(translation.toClient(early, scratch, 6 * MILLI)).isTrue();
        assertThatPacket(early).timestamps(WRAP - 1, 30).payload("odd").checksumsValid();

        Packet answer = wire.fromServer().ack(105).payload("200").packet();
        assertThat(translation.toClient(answer, scratch, 10 * MILLI)).isTrue();
        assertThatPacket(answer).timestamps(3, 33).payload("200").checksumsValid();
    }

    @ParameterizedTest
    @EnumSource
    void aServerWithTimestampsGetsOursWhereTheClientHasNone(Wire wire) {
        Translation translation = translation(Legs.LINUX_WITHOUT_TIMESTAMPS, Legs.LINUX);
        translation.timestamps(1_000, 77, 0);

        Packet request = wire.fromClient().seq(100).payload("GET /").packet();
        assertThat(translation.toServer(request, scratch, 4 * MILLI)).isTrue();
        assertThatPacket(request).timestamps(1_004, 77).payload("GET /").checksumsValid();

        Packet answer = wire.fromServer().timestamps(80, 1_004).payload("200").packet();
        assertThat(translation.toClient(answer, scratch, 5 * MILLI)).isTrue();
        assertThatPacket(answer).noTimestamps().payload("200").checksumsValid();
    }

    @ParameterizedTest
    @ValueSource(strings = {"R", "R.", "S."})
    void resetsAndSynsAreGivenNone(String flags) {
        Translation translation = translation(Legs.LINUX, Legs.LINUX_WITHOUT_TIMESTAMPS);
        translation.timestamps(1, 1, 0);
        Packet packet = Wire.IPV4.fromServer().flags(flags).packet();
        assertThat(translation.toClient(packet, scratch, 0)).isTrue();
        assertThatPacket(packet).noTimestamps();
    }

    @ParameterizedTest
    @EnumSource
    void timestampsBesideSackAreBlankedInPlace(Wire wire) {
        Translation translation = translation(Legs.LINUX, Legs.LINUX_WITHOUT_TIMESTAMPS);
        translation.timestamps(1, 1, 0);
        Packet packet =
                wire.fromClient().timestamps(5, 6).sackBlock(10, 20).sackBlock(30, 40).packet();
        assertThat(translation.toServer(packet, scratch, 0)).isTrue();
        assertThatPacket(packet).noTimestamps().sackBlocks(10, 20, 30, 40).checksumsValid();
    }

    @ParameterizedTest
    @EnumSource
    void aFourthSackBlockYieldsToTimestamps(Wire wire) {
        Translation translation = translation(Legs.LINUX_WITHOUT_TIMESTAMPS, Legs.LINUX);
        translation.timestamps(1_000, 77, 0);
        Packet packet =
                wire.fromClient()
                        .sackBlock(10, 20)
                        .sackBlock(30, 40)
                        .sackBlock(50, 60)
                        .sackBlock(70, 80)
                        .packet();
        assertThat(translation.toServer(packet, scratch, 0)).isTrue();
        assertThatPacket(packet)
                .timestamps(1_000, 77)
                .sackBlocks(10, 20, 30, 40, 50, 60)
                .checksumsValid();
        assertThat(packet.tcpHeaderLength()).isEqualTo(60);
    }

    @Test
    void optionsThatFillTheHeaderLeaveNoRoom() {
        TranslationDrops drops = new TranslationDrops();
        Translation translation =
                new Translation(
                        Legs.LINUX_WITHOUT_TIMESTAMPS,
                        Legs.LINUX,
                        new SequenceMap(0),
                        new SequenceMap(0),
                        drops);
        int[] unknown = new int[36];
        unknown[0] = 253;
        unknown[1] = 36;
        Packet packet = Wire.IPV4.fromClient().options(unknown).packet();
        assertThat(translation.toServer(packet, scratch, 0)).isFalse();
        assertThat(drops.noRoomForTimestamps()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 5, 9, 16, 17, 18, 19, 26, 27, 29, 30})
    void timestampsFitBehindOptionsOfAnyLength(int length) {
        Translation translation = translation(Legs.LINUX_WITHOUT_TIMESTAMPS, Legs.LINUX);
        translation.timestamps(1_000, 77, 0);
        for (Wire wire : Wire.values()) {
            int[] unknown = new int[length];
            unknown[0] = 253;
            unknown[1] = length;
            Packet packet = wire.fromClient().options(unknown).payload("abc").packet();
            assertThat(translation.toServer(packet, scratch, 0)).isTrue();
            assertThatPacket(packet).timestamps(1_000, 77).payload("abc").checksumsValid();
        }
    }

    @Test
    void aFullSegmentThatGrowsBeyondThePathIsSliced() {
        Translation translation = translation(Legs.LINUX, Legs.LINUX_WITHOUT_TIMESTAMPS);
        translation.timestamps(1, 1, 0);
        Packet packet = Wire.IPV4.fromServer().payload(new byte[1460]).packet();
        assertThat(translation.toClient(packet, scratch, 0)).isTrue();
        assertThatPacket(packet).gso(1448).payloadLength(1460).checksumsValid();
    }

    @Test
    void whatIsEchoedIsTheSegmentThatWasAcknowledged() {
        TimestampEcho echo = new TimestampEcho(1);
        echo.passed(10, 100, 50);
        echo.passed(11, 150, 50);
        assertThat(echo.tsEcr()).isEqualTo(1);
        echo.acknowledged(149);
        assertThat(echo.tsEcr()).isEqualTo(1);
        echo.acknowledged(150);
        assertThat(echo.tsEcr()).isEqualTo(10);

        echo.passed(20, 200, 50);
        echo.passed(25, 200, 50);
        echo.acknowledged(250);
        assertThat(echo.tsEcr()).as("the retransmission").isEqualTo(25);

        echo.passed(30, 250, 0);
        assertThat(echo.tsEcr()).as("nothing in flight").isEqualTo(30);
    }
}

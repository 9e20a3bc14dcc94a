package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.B;
import static dev.understudy.dispatcher.session.Stage.CLIENT;
import static dev.understudy.dispatcher.session.Stage.ISN;
import static dev.understudy.dispatcher.session.Stage.ORIGINAL;
import static dev.understudy.dispatcher.session.Stage.OURS;
import static dev.understudy.dispatcher.session.Stage.down;
import static dev.understudy.dispatcher.session.Stage.synAck;
import static dev.understudy.dispatcher.session.Stage.up;

import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.stack.wire.TestPackets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A server takes over that agrees to other options than the one before (P67; RFC 7323, RFC 2018, RFC 6691). */
@Tag("P67")
class OtherOptionsTest {
    /** RFC 3168 section 6.1.1: it marks only what goes to an end that tells of marks. */
    @ParameterizedTest
    @CsvSource({"S., S", "SE., SWE", "SWE., S"})
    void congestionIsNotifiedOnlyWhereTheClientLegAgreedOnIt(String answer, String offer) {
        Stage stage = Stage.of(Strategy.IN_ORDER);
        stage.client(Stage.syn().flags("SWE").build());
        stage.toNetwork().to(A).flags("SWE");
        stage.network(synAck(A, 5000).flags(answer).build());
        stage.client(up(1, 5001).timestamps(1001, 77_000).build());
        stage.flush();

        stage.network(down(A, 5001, 1).rst().build());

        stage.toNetwork().to(B).flags(offer);
    }

    @Test
    void synToTheNextServerOffersNoMoreThanTheClientLegAgreedTo() {
        Stage stage = Stage.of(Strategy.IN_ORDER);
        stage.clientSyn();
        stage.network(bare(A, 5000).mss(1460).build());
        stage.client(up(1, 5001).build());
        stage.flush();

        stage.network(down(A, 5001, 1).rst().build());

        stage.toNetwork()
                .to(B)
                .flags("S")
                .mss(1460)
                .noWindowScale()
                .noTimestamps()
                .noSackPermitted();
    }

    @Test
    void firstServersSynOffersAllThatTheClientOffers() {
        Stage stage = Stage.of(Strategy.IN_ORDER);
        stage.clientSyn();

        stage.toNetwork().to(A).mss(1460).windowScale(7).sackPermitted().timestamps(1000, 0);
    }

    @Test
    void windowsAreScaledToWhatEachLegAgreedOn() {
        Stage stage = Stage.of(Strategy.IN_ORDER).establish();
        stage.network(down(A, 5001, 1).rst().build());
        stage.network(
                bare(B, 9000).mss(1460).windowScale(2).sackPermitted().timestamps(5, 1).build());
        stage.flush();

        stage.network(down(B, 9001, 1).window(512).timestamps(6, 1).build());
        stage.toClient().window(4);
        stage.client(up(1, 5001).window(512).timestamps(1002, 77_000).build());
        stage.toNetwork().window(512);
    }

    @Test
    void serverWithoutWindowScaleSeesPlainWindows() {
        Stage stage = Stage.of(Strategy.IN_ORDER).establish();
        stage.network(down(A, 5001, 1).rst().build());
        stage.network(bare(B, 9000).mss(1460).sackPermitted().timestamps(5, 1).build());
        stage.flush();

        stage.network(down(B, 9001, 1).window(0xFFFF).timestamps(6, 1).build());
        stage.toClient().window(0xFFFF >> 9);
        stage.client(up(1, 5001).window(501).timestamps(1002, 77_000).build());
        stage.toNetwork().window(501 << 7);
    }

    @Test
    void clientSeesOneClockAlthoughTheServersDiffer() {
        Stage stage = Stage.of(Strategy.IN_ORDER).establish();
        stage.network(down(A, 5001, 1).rst().build());
        stage.network(synAck(B, 9000).timestamps(12, 1000).build());
        stage.toNetwork().to(B).flags("S");
        stage.toNetwork().to(B).flags(".").timestamps(1001, 12);
        stage.silent();

        stage.network(down(B, 9001, 1).timestamps(20, 1001).payload("x").build());
        stage.toClient().timestamps(77_008, 1001);
        stage.client(up(1, 5002).timestamps(1003, 77_008).build());
        stage.toNetwork().timestamps(1003, 20);
    }

    @Test
    void serverWithoutTimestampsGetsNoneAndTheClientStillSeesThem() {
        Stage stage = Stage.of(Strategy.IN_ORDER).establish();
        stage.network(down(A, 5001, 1).rst().build());
        stage.network(bare(B, 9000).mss(1460).sackPermitted().windowScale(9).build());
        stage.toNetwork().to(B).flags("S");
        stage.toNetwork().to(B).flags(".").noTimestamps();

        stage.client(up(1, 5001).timestamps(1005, 77_000).payload("GET").build());
        stage.toNetwork().to(B).noTimestamps().payload("GET");
        stage.network(down(B, 9001, 4).payload("x").build());
        stage.toClient().timestamps(77_000, 1005).payload("x");
    }

    @Test
    void serverWithoutSackGetsNoBlocks() {
        Stage stage = Stage.of(Strategy.IN_ORDER).establish();
        stage.network(down(A, 5001, 1).rst().build());
        stage.network(bare(B, 9000).mss(1460).windowScale(9).timestamps(5, 1).build());
        stage.flush();

        stage.client(up(1, 5001).timestamps(1005, 77_000).sackBlock(5100, 5200).build());

        stage.toNetwork().to(B).sackBlocks();
    }

    @Test
    void segmentsTooLongForTheServerLeaveInSlicesThatFit() {
        Stage stage = Stage.of(Strategy.IN_ORDER).establish();
        stage.network(down(A, 5001, 1).rst().build());
        stage.network(
                bare(B, 9000).mss(536).sackPermitted().windowScale(9).timestamps(5, 1).build());
        stage.flush();

        stage.client(up(1, 5001).timestamps(1002, 77_000).payload("x".repeat(1400)).build());

        stage.toNetwork().to(B).payloadLength(1400).gso(524);
    }

    @Test
    void damagedSegmentIsNotSlicedIntoIntactOnes() {
        Stage stage = Stage.of(Strategy.IN_ORDER).establish();
        stage.network(down(A, 5001, 1).rst().build());
        stage.network(
                bare(B, 9000).mss(536).sackPermitted().windowScale(9).timestamps(5, 1).build());
        stage.flush();
        stage.network(down(B, 9001, 1).payload("220").timestamps(6, 1).build());
        stage.flush();

        stage.client(
                up(1, 5001)
                        .timestamps(1002, 77_000)
                        .payload("x".repeat(1400))
                        .badChecksum()
                        .build());

        stage.silent();
    }

    @Test
    void sameOptionsAndSameNumbersNeedNoTranslation() {
        Stage stage = Stage.of(Strategy.IN_ORDER);
        stage.client(TestPackets.tcp(CLIENT, ORIGINAL).syn().seq(ISN).mss(1460).build());
        stage.network(bare(A, 5000).mss(1460).build());
        stage.client(up(1, 5001).build());
        stage.network(down(A, 5001, 1).rst().build());
        stage.network(bare(B, 5000).mss(1460).build());
        stage.flush();

        stage.network(down(B, 5001, 1).window(77).payload("x").build());

        stage.toClient().seq(5001).window(77).payload("x");
    }

    private static TestPackets.TcpBuilder bare(String server, int isn) {
        return TestPackets.tcp(server, OURS).flags("S.").seq(isn).ack(ISN + 1);
    }
}

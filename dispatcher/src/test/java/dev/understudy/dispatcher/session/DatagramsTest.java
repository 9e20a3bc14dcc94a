package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.B;
import static dev.understudy.dispatcher.session.Stage.C;
import static dev.understudy.dispatcher.session.Stage.CLIENT;
import static dev.understudy.dispatcher.session.Stage.ORIGINAL;
import static dev.understudy.dispatcher.session.Stage.OURS;
import static dev.understudy.dispatcher.session.Stage.plan;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.Limits;
import dev.understudy.dispatcher.config.ServiceConfig.Protocol;
import dev.understudy.dispatcher.config.ServiceConfig.Recover;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** UDP: dispatched on the first datagram, and again when the server stops answering. */
@Tag("P59")
class DatagramsTest {
    private static final Recover ONE_WAY = new Recover(false, true, false);

    private static Stage stage(Strategy strategy) {
        return plan().protocol(Protocol.UDP).strategy(strategy).build();
    }

    private static ByteBuf said(String text) {
        return TestPackets.udp(CLIENT, ORIGINAL).payload(text).build();
    }

    private static ByteBuf answer(String server, String text) {
        return TestPackets.udp(server, OURS).payload(text).build();
    }

    private static ByteBuf unreachable(String server, String text) {
        ByteBuf sent = TestPackets.udp(OURS, server).payload(text).build();
        String from = Endpoint.parse(server).address().toString();
        return TestPackets.error(from, Icmp.UNREACHABLE, Icmp.CODE_PORT_UNREACHABLE, sent).build();
    }

    /** A session that A has answered. */
    private static Stage answered(Stage stage) {
        stage.client(said("who?"));
        stage.network(answer(A, "me"));
        stage.flush();
        return stage;
    }

    @Test
    void firstDatagramChoosesTheServerAndItsAnswerComesFromTheOriginal() {
        Stage stage = stage(Strategy.STAGGERED);

        assertThat(stage.client(said("who?"))).isTrue();
        stage.toNetwork().from(OURS).to(A).payload("who?");
        stage.network(answer(A, "me"));
        stage.toClient().from(ORIGINAL).to(CLIENT).payload("me");
        stage.client(said("and now?"));
        stage.toNetwork().from(OURS).to(A).payload("and now?");
        stage.silent();

        assertThat(stage.session().protocol()).isEqualTo("udp");
        assertThat(stage.session().clientState()).isEqualTo("ANSWERED");
        assertThat(stage.session().bytesUp()).isEqualTo(12);
        assertThat(stage.session().bytesDown()).isEqualTo(2);
        assertThat(stage.events()).containsExactly(Kind.OPENED, Kind.ATTEMPT, Kind.WON);
    }

    @Test
    void whatBelongsToNoServicePasses() {
        Stage stage = stage(Strategy.STAGGERED);
        assertThat(stage.client(TestPackets.udp(CLIENT, "203.0.113.10:53").build())).isFalse();
        assertThat(stage.client(TestPackets.tcp(CLIENT, ORIGINAL).syn().build())).isFalse();
        assertThat(stage.network(answer(A, "nobody asked"))).isFalse();
        assertThat(stage.dispatcher.idle()).isTrue();
    }

    @Test
    void silentServerCostsOneStagger() {
        Stage stage = stage(Strategy.STAGGERED);
        stage.client(said("who?"));
        stage.toNetwork().to(A);

        stage.pass(250);

        stage.toNetwork().from(OURS).to(B).payload("who?");
        stage.network(answer(B, "me"));
        stage.toClient().from(ORIGINAL).payload("me");
        assertThat(stage.count(Counter.FAILURES_HIDDEN)).isEqualTo(1);
    }

    @Test
    void unreachableServerIsReplacedAtOnce() {
        Stage stage = stage(Strategy.IN_ORDER);
        stage.client(said("who?"));
        stage.flush();

        stage.network(unreachable(A, "who?"));

        stage.toNetwork().to(B).payload("who?");
        stage.silent();
    }

    @Test
    @Tag("P39")
    @Tag("P40")
    void inARaceTheFirstAnswerWinsAndLosersAreIgnored() {
        Stage stage = stage(Strategy.RACE);
        stage.client(said("who?"));
        stage.toNetwork().to(A).payload("who?");
        stage.toNetwork().to(B).payload("who?");
        stage.toNetwork().to(C).payload("who?");

        stage.network(answer(C, "me"));
        stage.toClient().from(ORIGINAL).payload("me");
        stage.network(answer(A, "me too"));
        stage.network(answer(B, "me too"));

        stage.silent();
        assertThat(stage.count(Counter.LATE_ANSWERS)).isEqualTo(2);
        stage.client(said("more"));
        stage.toNetwork().to(C).payload("more");
        stage.silent();
    }

    @Test
    void whatTheClientSaysMeanwhileGoesToEveryoneWhoIsAsked() {
        Stage stage = stage(Strategy.STAGGERED);
        stage.client(said("one"));
        stage.pass(250);
        stage.flush();

        stage.client(said("two"));
        stage.toNetwork().to(A).payload("two");
        stage.toNetwork().to(B).payload("two");
        stage.silent();
        stage.pass(250);

        stage.toNetwork().to(C).payload("one");
        stage.toNetwork().to(C).payload("two");
        stage.silent();
    }

    @Test
    void whenAllAreUnreachableTheClientIsToldOfItsOwnDatagram() {
        Stage stage = stage(Strategy.IN_ORDER);
        stage.client(said("who?"));
        stage.network(unreachable(A, "who?"));
        stage.network(unreachable(B, "who?"));
        stage.flush();

        stage.network(unreachable(C, "who?"));

        stage.toClient().from("203.0.113.10").quotes(CLIENT, ORIGINAL);
        assertThat(stage.dispatcher.idle()).isTrue();
    }

    @Test
    void whenAllAreSilentSoAreWeAndTheNextDatagramStartsAfresh() {
        Stage stage = stage(Strategy.STAGGERED);
        stage.client(said("who?"));
        stage.pass(3_000);
        assertThat(stage.framesToClient()).isZero();
        assertThat(stage.dispatcher.idle()).isTrue();
        stage.flush();

        stage.client(said("who?"));

        stage.toNetwork().payload("who?");
        assertThat(stage.count(Counter.SESSIONS_OPENED)).isEqualTo(2);
    }

    @Test
    void serverThatFallsSilentIsReplacedAndWhatItOwesIsSaidAgain() {
        Stage stage = answered(stage(Strategy.IN_ORDER));
        stage.client(said("one"));
        stage.client(said("two"));
        stage.flush();

        stage.pass(2_000);

        stage.toNetwork().to(B).payload("one");
        stage.toNetwork().to(B).payload("two");
        stage.network(answer(B, "here"));
        stage.toClient().from(ORIGINAL).to(CLIENT).payload("here");
        stage.network(answer(A, "too late"));
        stage.silent();
        assertThat(stage.events()).contains(Kind.RELOCATING, Kind.RELOCATED, Kind.HIDDEN);
        assertThat(stage.session().server()).isEqualTo(Endpoint.parse(B));
    }

    @Test
    void serverThatBecomesUnreachableIsReplacedAtOnce() {
        Stage stage = answered(stage(Strategy.IN_ORDER));
        stage.client(said("still there?"));
        stage.flush();

        stage.network(unreachable(A, "still there?"));

        stage.toNetwork().to(B).payload("still there?");
        assertThat(stage.framesToClient()).isZero();
    }

    @Test
    void errorThatQuotesNothingThatWasSaidMovesNothing() {
        Stage stage = answered(stage(Strategy.IN_ORDER));
        stage.client(said("still there?"));
        stage.flush();

        stage.network(unreachable(A, "a guess"));

        stage.toClient().from("203.0.113.10").quotes(CLIENT, ORIGINAL);
        assertThat(stage.session().server()).isEqualTo(Endpoint.parse(A));
        stage.silent();
    }

    @Test
    void damagedAnswerWinsNothing() {
        Stage stage = stage(Strategy.IN_ORDER);
        stage.client(said("who?"));
        stage.flush();

        stage.network(TestPackets.udp(A, OURS).payload("me").badChecksum().build());

        stage.silent();
        assertThat(stage.session().clientState()).isEqualTo("ASKED");
    }

    @Test
    void whereSilenceIsNoFailureNobodyWaitsForAnAnswer() {
        Stage stage =
                plan().protocol(Protocol.UDP).strategy(Strategy.IN_ORDER).recover(ONE_WAY).build();
        stage.client(said("log 1"));
        stage.toNetwork().to(A).payload("log 1");
        stage.client(said("log 2"));
        stage.toNetwork().to(A).payload("log 2");
        stage.pass(10_000);
        stage.silent();

        stage.network(unreachable(A, "log 2"));

        stage.toNetwork().to(B).payload("log 2");
        stage.silent();
        assertThat(stage.session().server()).isEqualTo(Endpoint.parse(B));
    }

    @Test
    void streamIsNeitherCopiedNorMovedBySilence() {
        Stage stage = answered(stage(Strategy.IN_ORDER));
        for (int i = 0; i < 300; i++) {
            stage.client(said("sample"));
        }
        assertThat(stage.session().storedBytes()).isZero();
        stage.flush();
        stage.pass(10_000);
        stage.silent();

        stage.client(said("sample"));
        stage.flush();
        stage.network(unreachable(A, "sample"));
        stage.silent();
        stage.client(said("next"));

        stage.toNetwork().to(B).payload("next");
    }

    @Test
    void idleSessionsEndAndLeaveNothing() {
        Stage stage = answered(stage(Strategy.RACE));
        stage.pass(59_999);
        assertThat(stage.snapshot().sessions()).hasSize(1);

        stage.pass(1);

        assertThat(stage.dispatcher.idle()).isTrue();
        stage.pass(64_000);
        assertThat(stage.snapshot().counters())
                .containsEntry("legs", 0L)
                .containsEntry("tombstones", 0L)
                .containsEntry("half-open", 0L)
                .containsEntry("stored-bytes", 0L);
        assertThat(stage.network(answer(A, "stray"))).isFalse();
    }

    @Test
    @Tag("P56")
    void twoClientsWithOnePortGetTheirOwnAnswers() {
        Stage stage = stage(Strategy.IN_ORDER);
        String other = "10.0.0.2:40000";
        stage.client(said("mine"));
        stage.flush();
        stage.client(TestPackets.udp(other, ORIGINAL).payload("yours").build());
        Packet second = TestPackets.parse(stage.pollNetwork());
        String port = Endpoint.of(second.srcHi(), second.srcLo(), second.srcPort()).toString();
        assertThat(port).isNotEqualTo(OURS);

        stage.network(TestPackets.udp(A, port).payload("yours").build());
        stage.toClient().to(other).payload("yours");
        stage.network(answer(A, "mine"));
        stage.toClient().to(CLIENT).payload("mine");
    }

    @Test
    @Tag("B12")
    void atALimitDatagramsPassUnaltered() {
        Stage stage =
                plan().protocol(Protocol.UDP).limits(new Limits(1, 1, 1 << 20, 1 << 16)).build();
        stage.client(said("who?"));
        assertThat(stage.client(TestPackets.udp("10.0.0.2:1", ORIGINAL).build())).isFalse();
        assertThat(stage.count(Counter.LIMIT_SESSIONS)).isEqualTo(1);
    }

    @Test
    @Tag("P09")
    void noChecksumStaysNone() {
        Stage stage = stage(Strategy.IN_ORDER);
        ByteBuf bare = said("who?");
        Packet packet = TestPackets.parse(bare);
        bare.setShort(packet.l4() + 6, 0);

        stage.client(bare);

        Packet sent = TestPackets.parse(stage.pollNetwork());
        assertThat(sent.frame().getUnsignedShort(sent.l4() + 6)).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 1400})
    @Tag("P09")
    void partialChecksumsStayRight(int bytes) {
        Stage stage = stage(Strategy.IN_ORDER);
        String text = "x".repeat(bytes);
        stage.client(TestPackets.udp(CLIENT, ORIGINAL).payload(text).partialChecksum().build());
        Packet sent = TestPackets.parse(stage.pollNetwork());
        assertThat(sent.needsChecksum()).isTrue();
        sent.fillChecksum();
        assertThat(sent.checksumValid()).isTrue();

        stage.network(TestPackets.udp(A, OURS).payload(text).partialChecksum().build());
        Packet delivered = TestPackets.parse(stage.pollClient());
        delivered.fillChecksum();
        assertThat(delivered.checksumValid()).isTrue();
    }
}

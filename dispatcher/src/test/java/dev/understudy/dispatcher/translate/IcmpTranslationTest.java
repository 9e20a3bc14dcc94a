package dev.understudy.dispatcher.translate;

import static dev.understudy.stack.wire.PacketAssert.assertThatPacket;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Errors about packets of one leg, as the end of the other leg must see them. */
class IcmpTranslationTest {
    /** The four ends of a session, and a router on the way. */
    private enum Family {
        IPV4("10.0.0.5:5000", "203.0.113.10:80", "10.112.0.2:61000", "10.20.0.12:8080", "10.9.9.9"),
        IPV6(
                "[fd00::5]:5000",
                "[2001:db8::10]:80",
                "[fd01::2]:61000",
                "[fd02::12]:8080",
                "fd09::9");

        final String client;
        final String original;
        final String ours;
        final String server;
        final String router;

        Family(String client, String original, String ours, String server, String router) {
            this.client = client;
            this.original = original;
            this.ours = ours;
            this.server = server;
            this.router = router;
        }

        static String address(String endpoint) {
            return Endpoint.parse(endpoint).address().toString();
        }

        int unreachable() {
            return this == IPV4 ? Icmp.UNREACHABLE : Icmp.V6_UNREACHABLE;
        }
    }

    private final TranslationDrops drops = new TranslationDrops();
    private final IcmpTranslation icmp = new IcmpTranslation(drops);

    private boolean toClient(Packet error, Family family, Translation translation) {
        Endpoint client = Endpoint.parse(family.client);
        Endpoint original = Endpoint.parse(family.original);
        return icmp.toClient(
                error,
                client.address().hi(),
                client.address().lo(),
                client.port(),
                original.address().hi(),
                original.address().lo(),
                original.port(),
                translation);
    }

    private boolean toServer(Packet error, Family family, Translation translation) {
        Endpoint server = Endpoint.parse(family.server);
        Endpoint ours = Endpoint.parse(family.ours);
        return icmp.toServer(
                error,
                server.address().hi(),
                server.address().lo(),
                server.port(),
                ours.address().hi(),
                ours.address().lo(),
                ours.port(),
                translation);
    }

    private static ByteBuf sentToServer(Family family) {
        return TestPackets.tcp(family.ours, family.server).seq(500).payload("GET /").build();
    }

    private static ByteBuf deliveredToClient(Family family) {
        return TestPackets.tcp(family.original, family.client).seq(500).payload("200").build();
    }

    @ParameterizedTest
    @EnumSource
    void aRoutersErrorQuotesWhatTheClientSent(Family family) {
        Translation translation = Legs.between(Legs.PLAIN, Legs.PLAIN, 700, 0);
        Packet error =
                TestPackets.error(family.router, family.unreachable(), 1, sentToServer(family))
                        .packet();

        assertThat(toClient(error, family, translation)).isTrue();

        assertThatPacket(error)
                .isIcmp(family.unreachable(), 1)
                .from(family.router)
                .to(Family.address(family.client))
                .quotes(family.client, family.original)
                .quotesSeq(1200)
                .checksumsValid();
    }

    @ParameterizedTest
    @EnumSource
    @Tag("P12")
    void theServersOwnErrorComesFromTheOriginal(Family family) {
        Packet error =
                TestPackets.error(
                                Family.address(family.server),
                                family.unreachable(),
                                3,
                                sentToServer(family))
                        .packet();

        assertThat(toClient(error, family, null)).isTrue();

        assertThatPacket(error)
                .from(Family.address(family.original))
                .to(Family.address(family.client))
                .quotes(family.client, family.original)
                .quotesSeq(500)
                .checksumsValid();
    }

    @ParameterizedTest
    @EnumSource
    void theClientsErrorQuotesWhatTheServerSent(Family family) {
        Translation translation = Legs.between(Legs.PLAIN, Legs.PLAIN, 0, 9_000);
        Packet error =
                TestPackets.error(
                                Family.address(family.client),
                                family.unreachable(),
                                3,
                                deliveredToClient(family))
                        .packet();

        assertThat(toServer(error, family, translation)).isTrue();

        assertThatPacket(error)
                .from(Family.address(family.ours))
                .to(Family.address(family.server))
                .quotes(family.server, family.ours)
                .quotesSeq(9_500)
                .checksumsValid();
    }

    @ParameterizedTest
    @EnumSource
    void aRouterBehindUsStaysUnseenOnTheNetworkSide(Family family) {
        Packet error =
                TestPackets.error(family.router, family.unreachable(), 1, deliveredToClient(family))
                        .packet();
        assertThat(toServer(error, family, null)).isTrue();
        assertThatPacket(error)
                .from(Family.address(family.ours))
                .to(Family.address(family.server))
                .checksumsValid();
    }

    @ParameterizedTest
    @CsvSource({
        "IPV4, 1400, false, 1400",
        "IPV4, 1400, true, 1388",
        "IPV4, 70, true, 68",
        "IPV4, 0, true, 0",
        "IPV6, 1400, false, 1400",
        "IPV6, 1400, true, 1388",
        "IPV6, 1285, true, 1280"
    })
    void anMtuStaysLessTheOptionsThatASegmentGains(Family family, int mtu, boolean grows, int out) {
        Translation translation =
                Legs.between(
                        Legs.LINUX_WITHOUT_TIMESTAMPS,
                        grows ? Legs.LINUX : Legs.LINUX_WITHOUT_TIMESTAMPS);
        Packet error = tooBig(family, mtu);

        assertThat(toClient(error, family, translation)).isTrue();

        assertThat(tellsMtu(error)).isEqualTo(out);
        assertThatPacket(error).checksumsValid();
    }

    private static Packet tooBig(Family family, int mtu) {
        boolean ipv4 = family == Family.IPV4;
        return TestPackets.error(
                        family.router,
                        ipv4 ? Icmp.UNREACHABLE : Icmp.V6_PACKET_TOO_BIG,
                        ipv4 ? Icmp.CODE_FRAGMENTATION_NEEDED : 0,
                        sentToServer(family))
                .rest(mtu)
                .packet();
    }

    private static int tellsMtu(Packet error) {
        int at = error.l4();
        return error.isIpv6()
                ? error.frame().getInt(at + Icmp.REST_OFFSET)
                : error.frame().getUnsignedShort(at + Icmp.MTU_OFFSET);
    }

    @Test
    void aRoomierMtuIsToldWhereASegmentShrinks() {
        Translation translation = Legs.between(Legs.LINUX, Legs.LINUX_WITHOUT_TIMESTAMPS);
        Packet error = tooBig(Family.IPV4, 1400);
        assertThat(toClient(error, Family.IPV4, translation)).isTrue();
        assertThat(tellsMtu(error)).isEqualTo(1412);
    }

    @Test
    void whatQuotesNothingReadableIsDropped() {
        Packet echo = TestPackets.echo("10.9.9.9", "10.112.0.2").packet();
        assertThat(toClient(echo, Family.IPV4, null)).isFalse();
        assertThat(drops.foreignQuote()).isEqualTo(1);
    }
}

package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.A;
import static dev.understudy.dispatcher.session.Stage.CLIENT;
import static dev.understudy.dispatcher.session.Stage.ISN;
import static dev.understudy.dispatcher.session.Stage.ORIGINAL;
import static dev.understudy.dispatcher.session.Stage.OURS;
import static dev.understudy.dispatcher.session.Stage.down;
import static dev.understudy.dispatcher.session.Stage.plan;
import static dev.understudy.dispatcher.session.Stage.up;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.ServiceConfig.Protocol;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.control.Counter;
import dev.understudy.stack.wire.TestPackets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Connections that are announced on an FTP control connection go where that one goes. A's ISN is 5000. */
@Tag("P61")
class FtpSessionTest {
    private static final String PASV = "227 Entering Passive Mode (10,20,0,1,195,80).\r\n";
    private static final String SHOWN = "227 Entering Passive Mode (203,0,113,10,195,80).\r\n";
    private static final String DATA = "10.0.0.1:41000";

    private static Stage control() {
        return control(plan());
    }

    private static Stage control(Stage.Plan plan) {
        return plan.protocol(Protocol.FTP).strategy(Strategy.IN_ORDER).build().establish();
    }

    /** What a server says first, and what it says when asked. */
    private static void serverSays(Stage stage, String line) {
        stage.network(down(A, 5001, 1).payload(line).build());
    }

    @Test
    void passiveDataConnectionGoesToTheServerOfTheControlConnection() {
        Stage stage = control();
        serverSays(stage, PASV);
        stage.toClient().from(ORIGINAL).seq(5001).payload(SHOWN);

        stage.client(TestPackets.tcp(DATA, "203.0.113.10:50000").syn().seq(7).build());

        stage.toNetwork().from("10.9.0.2:41000").to("10.20.0.1:50000").flags("S");
        stage.network(
                TestPackets.tcp("10.20.0.1:50000", "10.9.0.2:41000").flags("S.").ack(8).build());
        stage.toClient().from("203.0.113.10:50000").to(DATA).flags("S.");
        stage.silent();
        assertThat(stage.count(Counter.ANNOUNCED)).isEqualTo(1);
    }

    @Test
    void announcementIsForOneClientAndOneConnection() {
        Stage stage = control();
        serverSays(stage, PASV);
        stage.flush();

        assertThat(stage.client(TestPackets.tcp("10.0.0.9:1", "203.0.113.10:50000").syn().build()))
                .isFalse();
        assertThat(stage.client(TestPackets.tcp(DATA, "203.0.113.10:50000").syn().build()))
                .isTrue();
        assertThat(
                        stage.client(
                                TestPackets.tcp("10.0.0.1:41001", "203.0.113.10:50000")
                                        .syn()
                                        .build()))
                .isFalse();
    }

    @Test
    void damagedSynUsesNoAnnouncementUp() {
        Stage stage = control();
        serverSays(stage, PASV);
        stage.flush();
        stage.client(TestPackets.tcp(DATA, "203.0.113.10:50000").syn().badChecksum().build());
        stage.silent();

        stage.client(TestPackets.tcp(DATA, "203.0.113.10:50000").syn().build());

        stage.toNetwork().to("10.20.0.1:50000").flags("S");
    }

    @Test
    void damagedSynOfTheServerUsesNoAnnouncementUp() {
        Stage stage = control();
        stage.client(up(1, 5001).payload("PORT 10,0,0,1,156,65\r\n").build());
        stage.flush();
        stage.network(
                TestPackets.tcp("10.20.0.1:20", "10.9.0.2:40001").syn().badChecksum().build());
        stage.silent();

        stage.network(TestPackets.tcp("10.20.0.1:20", "10.9.0.2:40001").syn().build());

        stage.toClient().from("203.0.113.10:20").to("10.0.0.1:40001").flags("S");
    }

    @Test
    void whoseLineWaitsForItsRestIsToldTheWindowOfTheOtherEnd() {
        Stage stage = control();
        stage.network(down(A, 5001, 1).payload("220 Hello.\r\n").window(77).build());
        stage.client(up(1, 5013).window(99).build());
        stage.flush();

        stage.client(up(1, 5013).payload("PORT 10,0").build());
        stage.toClient().flags(".").seq(5013).ack(ISN + 10).window(77);
        stage.network(down(A, 5013, 1).payload("227 Ent").build());
        stage.toNetwork().flags(".").ack(5020).window(99);
        stage.silent();
    }

    @Test
    void announcementIsVoidAfterAMinute() {
        Stage stage = control();
        serverSays(stage, PASV);
        stage.pass(60_000);
        assertThat(stage.client(TestPackets.tcp(DATA, "203.0.113.10:50000").syn().build()))
                .isFalse();
    }

    @Test
    void lineOfAnotherLengthShiftsAllBehindIt() {
        Stage stage = control();
        serverSays(stage, PASV);
        stage.flush();
        int longer = SHOWN.length() - PASV.length();
        assertThat(longer).isPositive();

        stage.client(up(1, 5001 + SHOWN.length()).build());
        stage.toNetwork().ack(5001 + PASV.length());
        stage.network(down(A, 5001 + PASV.length(), 1).payload("226 Done.\r\n").build());
        stage.toClient().seq(5001 + SHOWN.length()).payload("226 Done.\r\n");
        assertThat(stage.session().delta()).isEqualTo(-longer);
    }

    @Test
    void retransmittedLineIsReplacedAgain() {
        Stage stage = control();
        serverSays(stage, PASV);
        stage.flush();
        serverSays(stage, PASV);
        stage.toClient().seq(5001).payload(SHOWN);
        assertThat(stage.count(Counter.ANNOUNCED)).isEqualTo(1);
    }

    @Test
    void lineInTwoSegmentsWaitsUntilItIsWhole() {
        Stage stage = control();
        serverSays(stage, PASV.substring(0, 9));
        stage.toNetwork().to(A).ack(5001 + 9).flags(".");
        stage.silent();

        stage.network(down(A, 5010, 1).payload(PASV.substring(9)).build());

        stage.toClient().seq(5001).payload(SHOWN);
    }

    @Test
    void extendedPassiveNeedsNoReplacement() {
        Stage stage = control();
        String line = "229 Entering Extended Passive Mode (|||50000|)\r\n";
        serverSays(stage, line);
        stage.toClient().payload(line);
        assertThat(stage.client(TestPackets.tcp(DATA, "203.0.113.10:50000").syn().build()))
                .isTrue();
        stage.toNetwork().to("10.20.0.1:50000");
    }

    @Test
    void activeDataConnectionReachesTheClientAsTheOriginals() {
        Stage stage = control();
        stage.client(up(1, 5001).payload("PORT 10,0,0,1,156,64\r\n").build());
        stage.toNetwork().from(OURS).to(A).seq(ISN + 1).payload("PORT 10,9,0,2,156,64\r\n");

        stage.network(TestPackets.tcp("10.20.0.1:20", "10.9.0.2:40000").syn().seq(900).build());
        stage.toClient().from("203.0.113.10:20").to("10.0.0.1:40000").flags("S").seq(900);
        stage.client(
                TestPackets.tcp("10.0.0.1:40000", "203.0.113.10:20")
                        .flags("S.")
                        .seq(70)
                        .ack(901)
                        .build());
        stage.toNetwork().from("10.9.0.2:40000").to("10.20.0.1:20").flags("S.").seq(70).ack(901);
        stage.network(
                TestPackets.tcp("10.20.0.1:20", "10.9.0.2:40000")
                        .seq(901)
                        .ack(71)
                        .payload("data")
                        .build());
        stage.toClient().from("203.0.113.10:20").payload("data");
        stage.silent();
        assertThat(stage.snapshot().sessions()).hasSize(2);
    }

    @Test
    void extendedPortIsReplaced() {
        Stage stage = control();
        stage.client(up(1, 5001).payload("EPRT |1|10.0.0.1|40001|\r\n").build());
        stage.toNetwork().payload("EPRT |1|10.9.0.2|40001|\r\n");
    }

    @Test
    void whereClientsKeepTheirAddressesTheLineStays() {
        Stage stage = plan().noNat().protocol(Protocol.FTP).strategy(Strategy.IN_ORDER).build();
        stage.clientSyn();
        stage.network(TestPackets.tcp(A, CLIENT).flags("S.").seq(5000).ack(ISN + 1).build());
        stage.client(up(1, 5001).build());
        stage.flush();
        stage.client(up(1, 5001).payload("PORT 10,0,0,1,156,64\r\n").build());
        stage.toNetwork().from(CLIENT).payload("PORT 10,0,0,1,156,64\r\n");

        stage.network(TestPackets.tcp("10.20.0.1:20", CLIENT).syn().seq(900).build());
        stage.toClient().from("203.0.113.10:20").to(CLIENT);
    }

    @Test
    void serverIsNotLedToThirdHosts() {
        Stage stage = control();
        stage.client(up(1, 5001).payload("PORT 10,0,0,99,156,64\r\n").build());
        stage.toNetwork().payload("PORT 10,0,0,99,156,64\r\n");
        assertThat(stage.count(Counter.ANNOUNCED)).isZero();
    }

    @Test
    void nobodyElseThanThatServerIsLetIn() {
        Stage stage = control();
        stage.client(up(1, 5001).payload("PORT 10,0,0,1,156,64\r\n").build());
        stage.flush();
        stage.network(TestPackets.tcp("10.20.0.2:20", "10.9.0.2:40000").syn().seq(9).build());
        stage.toNetwork().to("10.20.0.2:20").flags("R.");
        stage.silent();
    }

    @Test
    void nothingIsReadBehindAuth() {
        Stage stage = control();
        serverSays(stage, "234 Proceed.\r\n");
        stage.toClient().payload("234 Proceed.\r\n");
        stage.client(up(1, 5015).payload("PORT 10,0,0,1,156,64\r\n").build());
        stage.toNetwork().payload("PORT 10,0,0,1,156,64\r\n");
        assertThat(stage.count(Counter.ANNOUNCED)).isZero();
    }

    @Test
    void damagedLineIsNotHealed() {
        Stage stage = control();
        stage.network(down(A, 5001, 1).payload(PASV).badChecksum().build());
        stage.silent();
        assertThat(stage.count(Counter.BAD_CHECKSUM)).isEqualTo(1);
    }

    @Test
    void tablesAreEmptyAfterwards() {
        Stage stage = control();
        serverSays(stage, PASV);
        stage.client(up(1, 5001).rst().build());
        stage.pass(200_000);
        assertThat(stage.dispatcher.idle()).isTrue();
        assertThat(stage.dispatcher.nextDeadline()).isEqualTo(Long.MAX_VALUE);
    }
}

package dev.understudy.stack.ip;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.IcmpQuote;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.PacketAssert;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class IcmpResponderTest {
    private static final long ROUTER = IpAddress.parse("10.0.0.254").lo();

    private final IcmpResponder icmp =
            new IcmpResponder(
                    TestPackets.ALLOCATOR,
                    address -> address == IpAddress.parse("10.0.0.255").ipv4());

    @Test
    void answersAnEcho() {
        Packet request =
                TestPackets.echo("10.0.0.1", "10.0.0.254")
                        .macs(0x02_00_00_00_00_01L, 0x02_00_00_00_00_FEL)
                        .id(7)
                        .sequence(9)
                        .payload("ping!")
                        .packet();

        ByteBuf reply = icmp.echoReply(request, 0).orElseThrow();

        PacketAssert.assertThatFrame(reply).checksumsValid();
        Packet view = TestPackets.parse(reply);
        assertThat(Icmp.type(reply, view.l4())).isEqualTo(Icmp.ECHO_REPLY);
        assertThat(view.dstLo()).isEqualTo(IpAddress.parse("10.0.0.1").lo());
        assertThat(view.dstMac()).isEqualTo(0x02_00_00_00_00_01L);
        assertThat(reply.getInt(view.l4() + 4)).isEqualTo(7 << 16 | 9);
        assertThat(TestPackets.payload(reply)).isEqualTo("ping!");
    }

    @Test
    void aDamagedEchoIsNotAnswered() {
        Packet request = TestPackets.echo("10.0.0.1", "10.0.0.254").badChecksum().packet();
        assertThat(icmp.echoReply(request, 0)).isEmpty();
    }

    @Test
    void anErrorQuotesItsCauseAndGoesToItsSource() {
        Packet cause = TestPackets.tcp("10.0.0.1:5", "10.9.0.1:80").syn().seq(77).packet();
        ByteBuf error = error(cause).orElseThrow();
        PacketAssert.assertThatFrame(error).checksumsValid();
        IcmpQuote quote = new IcmpQuote();
        assertThat(quote.parse(TestPackets.parse(error))).isTrue();
        assertThat(quote.seq()).isEqualTo(77);
    }

    @ParameterizedTest
    @CsvSource({
        "0.0.0.0,10.0.0.2",
        "127.0.0.1,10.0.0.2",
        "224.0.0.1,10.0.0.2",
        "255.255.255.255,10.0.0.2",
        "10.0.0.255,10.0.0.2",
        "10.0.0.2,10.0.0.255",
        "10.0.0.2,224.0.0.5",
        "10.0.0.2,255.255.255.255"
    })
    void noErrorIsSentToOrAboutGroups(String from, String to) {
        assertThat(error(TestPackets.udp(from + ":1", to + ":2").packet())).isEmpty();
    }

    @Test
    void noErrorIsSentAboutLinkLayerBroadcasts() {
        Packet cause =
                TestPackets.udp("10.0.0.1:1", "10.0.0.2:2").macs(2, Ethernet.BROADCAST).packet();
        assertThat(error(cause)).isEmpty();
    }

    @Test
    void noErrorIsSentAboutErrors() {
        ByteBuf cause = TestPackets.udp("10.0.0.1:1", "10.0.0.2:2").build();
        Packet error = TestPackets.error("10.0.0.2", Icmp.UNREACHABLE, 3, cause).packet();
        assertThat(error(error)).isEmpty();
    }

    @Test
    void anEchoMayBeAnsweredByAnError() {
        assertThat(error(TestPackets.echo("10.0.0.1", "10.0.0.2").packet())).isPresent();
    }

    @Test
    void errorsAreRateLimited() {
        Packet cause = TestPackets.udp("10.0.0.1:1", "10.0.0.2:2").packet();
        int sent = 0;
        for (int i = 0; i < 10_000; i++) {
            sent += error(cause).isPresent() ? 1 : 0;
        }
        assertThat(sent).isEqualTo(100);
    }

    @Test
    void aTokenBucketRefillsAtItsRate() {
        TokenBucket bucket = new TokenBucket(1000, 5);
        int taken = 0;
        for (long at = 0; at < 1_000_000_000L; at += 100_000) {
            taken += bucket.tryTake(at) ? 1 : 0;
        }
        assertThat(taken).isBetween(1003, 1005);
    }

    private Optional<ByteBuf> error(Packet cause) {
        return icmp.error(
                cause, 0, ROUTER, Icmp.UNREACHABLE, Icmp.CODE_HOST_UNREACHABLE, 0, 1_000_000);
    }
}

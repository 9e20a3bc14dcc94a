package dev.understudy.stack.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.link.Impairment;
import dev.understudy.stack.tcp.CloseReason;
import dev.understudy.stack.tcp.TcpConnection;
import dev.understudy.stack.tcp.TcpHandler;
import dev.understudy.stack.udp.UdpSocket;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.IpAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HostTest implements Pings.Handler {
    private final TwoHosts hosts = new TwoHosts(true, Duration.ofMillis(1));
    private final List<String> heard = new ArrayList<>();

    @AfterEach
    void close() {
        hosts.close();
    }

    @Override
    public void answered(int sequence, IpAddress from, int ttl, ByteBuf data, long now) {
        heard.add(
                sequence
                        + " from "
                        + from
                        + " ttl "
                        + ttl
                        + ", "
                        + data.readableBytes()
                        + " bytes "
                        + ByteBufUtil.hashCode(data));
    }

    @Override
    public void failed(int sequence, IpAddress from, int type, int code, long now) {
        heard.add(sequence + " failed, type " + type + " code " + code);
    }

    @ParameterizedTest
    @CsvSource({
        TwoHosts.SERVER4 + ",56",
        TwoHosts.SERVER6 + ",56",
        TwoHosts.SERVER4 + ",65507",
        TwoHosts.SERVER6 + ",65507"
    })
    void pingsWithAnySize(String to, int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        ping(to, Unpooled.wrappedBuffer(bytes));
        assertThat(heard)
                .containsExactly(
                        "7 from "
                                + to
                                + " ttl 64, "
                                + size
                                + " bytes "
                                + ByteBufUtil.hashCode(Unpooled.wrappedBuffer(bytes)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.9.0.77", "fd00:9::77"})
    void aNeighbourThatDoesNotAnswerIsUnreachable(String to) {
        ping(to, Unpooled.EMPTY_BUFFER);
        hosts.advance(Duration.ofSeconds(5));
        assertThat(heard)
                .containsExactly(
                        to.contains(":") ? "7 failed, type 1 code 3" : "7 failed, type 3 code 1");
    }

    private void ping(String to, ByteBuf data) {
        Host client = hosts.client.host();
        int id = client.pings().open(this);
        IpAddress there = IpAddress.parse(to);
        long now = hosts.client.now();
        client.pings().send(id, 7, client.source(there, now).orElseThrow(), there, data, now);
        hosts.client.check();
        hosts.advance(Duration.ofMillis(50));
    }

    @ParameterizedTest
    @ValueSource(strings = {TwoHosts.SERVER4, TwoHosts.SERVER6})
    void aClosedTcpPortRefuses(String to) {
        assertThat(connect(to, Duration.ofMillis(50))).containsExactly("REFUSED");
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.9.0.77", "fd00:9::77"})
    void aConnectionToADeadNeighbourIsGivenTimeAndThenUnreachable(String to) {
        assertThat(connect(to, Duration.ofSeconds(150))).isEmpty();
        hosts.advance(Duration.ofSeconds(60));
        assertThat(heard).containsExactly("UNREACHABLE");
    }

    private List<String> connect(String to, Duration wait) {
        Host client = hosts.client.host();
        IpAddress there = IpAddress.parse(to);
        client.tcp()
                .connect(
                        client.source(there, hosts.client.now()).orElseThrow(),
                        0,
                        there,
                        81,
                        new TcpHandler() {
                            @Override
                            public void closed(TcpConnection c, CloseReason reason, long now) {
                                heard.add(reason.name());
                            }
                        },
                        hosts.client.now());
        hosts.client.check();
        hosts.advance(wait);
        return heard;
    }

    @ParameterizedTest
    @ValueSource(strings = {TwoHosts.SERVER4, TwoHosts.SERVER6})
    void aClosedUdpPortRefuses(String to) {
        UdpSocket socket = socket();
        socket.send(Endpoint.parse('[' + to + "]:9"), Unpooled.EMPTY_BUFFER, hosts.client.now());
        hosts.advance(Duration.ofMillis(50));
        assertThat(heard).containsExactly("refused by " + new Endpoint(IpAddress.parse(to), 9));
    }

    @ParameterizedTest
    @ValueSource(strings = {TwoHosts.SERVER4, TwoHosts.SERVER6})
    void closedUdpPortsRefuseNoFasterThanALimit(String to) {
        UdpSocket socket = socket();
        socket.send(Endpoint.parse('[' + to + "]:9"), Unpooled.EMPTY_BUFFER, hosts.client.now());
        hosts.advance(Duration.ofSeconds(1));
        heard.clear();
        for (int i = 0; i < 1000; i++) {
            socket.send(
                    Endpoint.parse('[' + to + "]:9"), Unpooled.EMPTY_BUFFER, hosts.client.now());
        }
        hosts.advance(Duration.ofMillis(50));
        assertThat(heard).hasSizeBetween(90, 160);
        assertThat(hosts.server.host().counters().get("icmp errors rate limited")).isPositive();
    }

    private UdpSocket socket() {
        return hosts.client
                .host()
                .udp()
                .bind(
                        new IpAddress(0, 0),
                        0,
                        new UdpSocket.Handler() {
                            @Override
                            public void received(
                                    UdpSocket s,
                                    ByteBuf data,
                                    long hi,
                                    long lo,
                                    int port,
                                    IpAddress to,
                                    long now) {
                                heard.add(data.readableBytes() + " bytes");
                            }

                            @Override
                            public void refused(UdpSocket s, Endpoint remote, long now) {
                                heard.add("refused by " + remote);
                            }
                        });
    }

    @Test
    void anIncompleteDatagramIsLetGoOfAfterHalfAMinute() {
        hosts.network.inbound(Impairment.NONE.withMtu(1400));
        ping(TwoHosts.SERVER4, Unpooled.wrappedBuffer(new byte[2000]));
        hosts.advance(Duration.ofSeconds(40));
        // The first fragment vanished with its 1,500 bytes: there is nothing to quote.
        assertThat(heard).isEmpty();
        assertThat(hosts.server.host().counters().get("dropped: reassembly timeout")).isOne();
    }
}

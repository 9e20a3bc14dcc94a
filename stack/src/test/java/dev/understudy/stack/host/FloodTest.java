package dev.understudy.stack.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.tcp.TcpLimits;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Tcp;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Floods from anywhere on the link, a million packets a second, at a whole host: every table keeps to its limit all the
 * while, clients that come in the middle are served before the flood is over, and an hour later nothing of it is left. The
 * number of packets is 100,000 in the build; {@code -Dflood.packets=1000000} makes it a million.
 */
final class FloodTest {
    private static final int PACKETS = Integer.getInteger("flood.packets", 100_000);
    private static final int PER_MILLISECOND = 1000;
    private static final int CLIENTS = 10;

    private static final int BACKLOG = 1024;
    private static final int CLOSED_PORT = 81;

    // What HostConfig.of bounds, each cache and table by itself.
    private static final int NEIGHBOURS = 1024;
    private static final int WAITING_FOR_NEIGHBOURS = 1024;
    private static final int DATAGRAMS = 1024;
    private static final int FRAGMENT_BYTES = 4 << 20;

    /** The smallest frame that holds a fragment's copy, with its headroom: so many buffers make up the bytes. */
    private static final int SMALLEST_COPY = 64;

    private static final long HEAP_BYTES = 16L << 20;

    private final TwoHosts hosts = new TwoHosts(true, Duration.ofMillis(1));
    private final FloodFrames frames = new FloodFrames(hosts.server.link().mac());
    private final EchoPair echo = new EchoPair(hosts, BACKLOG);
    private IpAddress server;

    @AfterEach
    void close() {
        hosts.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {TwoHosts.SERVER4, TwoHosts.SERVER6})
    void aFloodOfSynsLeavesRoomForClients(String address) {
        flood(address, () -> tcp(frames.random().nextInt(8) == 0 ? CLOSED_PORT : port(), Tcp.SYN));
        assertThat(count("tcp syn cookies sent")).isPositive();
        assertThat(count("tcp resets sent")).isPositive();
    }

    @ParameterizedTest
    @CsvSource({
        TwoHosts.SERVER4 + ",FIRST_ONLY,dropped: reassembly limit",
        TwoHosts.SERVER4 + ",NEVER_WHOLE,dropped: reassembly limit",
        TwoHosts.SERVER4 + ",OVERLAPPING,dropped: reassembly overlap",
        TwoHosts.SERVER4 + ",CRUMBS,dropped: reassembly limit",
        TwoHosts.SERVER6 + ",FIRST_ONLY,dropped: reassembly limit",
        TwoHosts.SERVER6 + ",NEVER_WHOLE,dropped: reassembly limit",
        TwoHosts.SERVER6 + ",OVERLAPPING,dropped: reassembly overlap",
        TwoHosts.SERVER6 + ",CRUMBS,dropped: reassembly limit",
    })
    void aFloodOfFragmentsLeavesRoomForClientsAndTheirLargeDatagrams(
            String address, FloodFrames.Fragments kind, String counter) {
        List<String> pings = new ArrayList<>();
        int id = hosts.client.host().pings().open(new SizeLog(pings));
        flood(
                address,
                () -> frames.fragment(kind, server),
                () -> ping(id, Unpooled.wrappedBuffer(new byte[4000])));
        assertThat(count(counter)).isPositive();
        assertThat(pings).hasSize(CLIENTS).containsOnly("4000 bytes");
    }

    @ParameterizedTest
    @CsvSource({
        TwoHosts.SERVER4 + "," + EchoPair.PORT,
        TwoHosts.SERVER4 + "," + CLOSED_PORT,
        TwoHosts.SERVER6 + "," + EchoPair.PORT,
        TwoHosts.SERVER6 + "," + CLOSED_PORT
    })
    void aStormOfAcksForNobodyLeavesRoomForClients(String address, int port) {
        flood(address, () -> tcp(port, Tcp.ACK));
        assertThat(count("tcp resets sent")).isPositive();
        assertThat(count("dropped: tcp no connection")).isPositive();
    }

    /** Its four numbers are known and its windows are not: segments of every place in the sequence, with and without data. */
    @ParameterizedTest
    @ValueSource(strings = {TwoHosts.SERVER4, TwoHosts.SERVER6})
    void aStormOfAcksForAClientsOwnConnectionDoesNotDisturbIt(String address) {
        EchoPair.Client victim = echo.connect(address);
        hosts.advance(Duration.ofMillis(20));
        victim.say("before");
        IpAddress from =
                IpAddress.parse(address.contains(":") ? TwoHosts.CLIENT6 : TwoHosts.CLIENT4);
        flood(
                address,
                () ->
                        frames.stamped(
                                from,
                                victim.port(),
                                server,
                                port(),
                                Tcp.ACK,
                                frames.random().nextInt(4) == 0 ? 100 : 0));
        assertThat(count("dropped: tcp out of window")).isPositive();
        assertThat(count("dropped: tcp paws")).isPositive();
        // Ten a second is one connection's due (RFC 5961 §7); the flood lasts a thousandth of a
        // second a thousand.
        assertThat(count("tcp challenges sent")).isBetween(1L, 10L * (2 + PACKETS / 1_000_000));
        assertThat(victim.heard()).isEqualTo("before");
    }

    // ---- the flood

    private void flood(String address, Supplier<ByteBuf> packets) {
        flood(address, packets, () -> {});
    }

    /** Pours the packets in; ten times on the way a client comes, and something else is done. */
    private void flood(String address, Supplier<ByteBuf> packets, Runnable meanwhile) {
        server = IpAddress.parse(address);
        List<EchoPair.Client> clients = new ArrayList<>();
        long before = usedHeap();
        for (int i = 0; i < PACKETS; i++) {
            ByteBuf frame = packets.get();
            try {
                hosts.server.host().frame(frame, hosts.server.now());
            } finally {
                frame.release();
            }
            if (i % (PACKETS / CLIENTS) == 0) {
                EchoPair.Client client = echo.connect(address);
                client.say("hello " + clients.size());
                clients.add(client);
                meanwhile.run();
            }
            if (i % PER_MILLISECOND == 0) {
                hosts.server.check();
                hosts.client.check();
                hosts.advance(Duration.ofMillis(1));
                everyTableKeepsToItsLimit();
            }
        }
        assertThat(usedHeap() - before).isLessThan(HEAP_BYTES);
        for (int i = 0; i < CLIENTS / 2; i++) {
            assertThat(clients.get(i).heard()).isEqualTo("hello " + i);
        }
        hosts.advance(Duration.ofSeconds(10));
        for (int i = 0; i < CLIENTS; i++) {
            assertThat(clients.get(i).heard()).isEqualTo("hello " + i);
        }
        echo.closeAll();
        hosts.advance(Duration.ofHours(1));
        nothingIsLeft();
    }

    private void everyTableKeepsToItsLimit() {
        Map<String, Long> counters = hosts.server.host().counters();
        assertThat(counters.get("tcp connections")).isLessThanOrEqualTo(BACKLOG + CLIENTS + 1L);
        assertThat(counters.get("tcp time wait"))
                .isLessThanOrEqualTo(TcpLimits.DEFAULT.timeWaits());
        assertThat(counters.get("neighbour entries")).isLessThanOrEqualTo(2L * NEIGHBOURS);
        assertThat(counters.get("neighbour packets waiting"))
                .isLessThanOrEqualTo(2L * WAITING_FOR_NEIGHBOURS);
        assertThat(counters.get("reassembly datagrams waiting")).isLessThanOrEqualTo(DATAGRAMS);
        assertThat(counters.get("reassembly bytes kept")).isLessThanOrEqualTo(FRAGMENT_BYTES);
        assertThat(hosts.liveBuffers())
                .isLessThan(2 * WAITING_FOR_NEIGHBOURS + FRAGMENT_BYTES / SMALLEST_COPY + BACKLOG);
    }

    private void nothingIsLeft() {
        for (HostLink host : List.of(hosts.client, hosts.server)) {
            Map<String, Long> counters = host.host().counters();
            for (String table :
                    List.of(
                            "tcp connections",
                            "tcp time wait",
                            "tcp bytes kept",
                            "neighbour entries",
                            "neighbour packets waiting",
                            "reassembly datagrams waiting",
                            "reassembly bytes kept")) {
                assertThat(counters).containsEntry(table, 0L);
            }
        }
        assertThat(hosts.liveBuffers()).isZero();
    }

    private static long usedHeap() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private long count(String counter) {
        return hosts.server.host().counters().get(counter);
    }

    private static int port() {
        return EchoPair.PORT;
    }

    private ByteBuf tcp(int port, int flags) {
        return frames.tcp(frames.stranger(server), frames.anyPort(), server, port, flags);
    }

    private void ping(int id, ByteBuf data) {
        Host client = hosts.client.host();
        long now = hosts.client.now();
        client.pings().send(id, 1, client.source(server, now).orElseThrow(), server, data, now);
    }

    private record SizeLog(List<String> heard) implements Pings.Handler {
        @Override
        public void answered(int sequence, IpAddress from, int ttl, ByteBuf data, long now) {
            heard.add(data.readableBytes() + " bytes");
        }

        @Override
        public void failed(int sequence, IpAddress from, int type, int code, long now) {
            heard.add("failed: " + type + ' ' + code);
        }
    }
}

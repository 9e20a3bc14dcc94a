package dev.understudy.dispatcher.session;

import static dev.understudy.stack.wire.PacketAssert.assertThatFrame;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.Bind;
import dev.understudy.dispatcher.config.Config;
import dev.understudy.dispatcher.config.Config.Attach;
import dev.understudy.dispatcher.config.Config.ClientSide;
import dev.understudy.dispatcher.config.Config.LinkSpec;
import dev.understudy.dispatcher.config.Config.NetworkSide;
import dev.understudy.dispatcher.config.Config.Setup;
import dev.understudy.dispatcher.config.Limits;
import dev.understudy.dispatcher.config.Original;
import dev.understudy.dispatcher.config.PortRange;
import dev.understudy.dispatcher.config.ServerConfig;
import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.config.ServiceConfig.Connect;
import dev.understudy.dispatcher.config.ServiceConfig.Protocol;
import dev.understudy.dispatcher.config.ServiceConfig.Recover;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.config.Subnet;
import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.control.Snapshot;
import dev.understudy.dispatcher.control.Snapshot.SessionView;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.Frames;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.PacketAssert;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * A dispatcher between two doors that a test holds in its hands: packets in, packets out, and the time. The client is
 * 10.0.0.1, the original 203.0.113.10:80, the servers A, B and C; ours on the network side is 10.9.0.2.
 */
final class Stage {
    static final String CLIENT = "10.0.0.1:40000";
    static final String ORIGINAL = "203.0.113.10:80";
    static final String A = "10.20.0.1:80";
    static final String B = "10.20.0.2:8080";
    static final String C = "10.20.0.3:80";
    static final String OURS = "10.9.0.2:40000";
    static final long MILLIS = 1_000_000L;
    static final int ISN = 0xFFFFFFF0;

    private final Deque<ByteBuf> up = new ArrayDeque<>();
    private final Deque<ByteBuf> down = new ArrayDeque<>();
    private final Packet parsed = new Packet();
    final Dispatcher dispatcher;
    long now = 1_000 * MILLIS;

    private Stage(Config config) {
        dispatcher =
                new Dispatcher(
                        config,
                        (packet, at) ->
                                down.add(Frames.copy(TestPackets.ALLOCATOR, packet.frame())),
                        (packet, at) -> up.add(Frames.copy(TestPackets.ALLOCATOR, packet.frame())),
                        1500,
                        TestPackets.ALLOCATOR,
                        new SplittableRandom(1));
    }

    /** What a stage is built from; every part has a default. */
    static final class Plan {
        private Strategy strategy = Strategy.STAGGERED;
        private Recover recover = Recover.DEFAULT;
        private Bind bind = Bind.CONNECT;
        private Limits limits = Limits.DEFAULT;
        private Protocol protocol = Protocol.TCP;
        private boolean nat = true;
        private int attempts = 3;
        private long timeout = 2_000;
        private Optional<String> site = Optional.empty();
        private List<String> originals = List.of(ORIGINAL);
        private List<String> servers = List.of(A, B, C);

        Plan strategy(Strategy value) {
            strategy = value;
            return this;
        }

        Plan protocol(Protocol value) {
            protocol = value;
            return this;
        }

        Plan bind(Bind value) {
            bind = value;
            return this;
        }

        Plan recover(Recover value) {
            recover = value;
            return this;
        }

        Plan limits(Limits value) {
            limits = value;
            return this;
        }

        Plan attempts(int value) {
            attempts = value;
            return this;
        }

        /** How long one attempt may take, in milliseconds. */
        Plan timeout(long millis) {
            timeout = millis;
            return this;
        }

        /** Server legs keep the client's own address. */
        Plan noNat() {
            nat = false;
            return this;
        }

        Plan originals(String... values) {
            originals = List.of(values);
            return this;
        }

        /** Where the clients are. */
        Plan site(String value) {
            site = Optional.of(value);
            return this;
        }

        Plan servers(String... values) {
            servers = List.of(values);
            return this;
        }

        Config config() {
            Connect connect = new Connect(strategy, 250 * MILLIS, timeout * MILLIS, attempts);
            ServiceConfig service =
                    new ServiceConfig(
                            "shop",
                            originals.stream().map(Stage::original).toList(),
                            servers.stream().map(s -> ServerConfig.of(Endpoint.parse(s))).toList(),
                            connect,
                            recover,
                            protocol,
                            bind,
                            site);
            return new Config(
                    nat ? Attach.ROUTED : Attach.INLINE,
                    new ClientSide(new LinkSpec("tap", "us0", true), Optional.empty()),
                    new NetworkSide(
                            new LinkSpec("tap", "us1", true),
                            Optional.of(Subnet.parse("10.9.0.2/24")),
                            Optional.empty(),
                            nat),
                    Setup.NONE,
                    List.of(service),
                    Optional.empty(),
                    limits);
        }

        Stage build() {
            return new Stage(config());
        }
    }

    static Plan plan() {
        return new Plan();
    }

    static Stage of(Strategy strategy) {
        return plan().strategy(strategy).build();
    }

    private static Original original(String text) {
        Endpoint endpoint = Endpoint.parse(text);
        return new Original(
                new Subnet(endpoint.address(), endpoint.address().isIpv4() ? 32 : 128),
                new PortRange(endpoint.port(), endpoint.port()));
    }

    /** {@code :A}, {@code :B} or {@code :C} for a packet to that server's machine, else nothing. */
    static String initial(Packet packet) {
        IpAddress to = new IpAddress(packet.dstHi(), packet.dstLo());
        int server =
                List.of(A, B, C).stream()
                        .map(s -> Endpoint.parse(s).address())
                        .toList()
                        .indexOf(to);
        return server < 0 ? "" : ":" + "ABC".charAt(server);
    }

    // ---- in

    /** A frame of the client; tells whether the dispatcher took it. */
    boolean client(ByteBuf frame) {
        assertThat(parsed.parse(frame)).isEqualTo(Packet.Parse.OK);
        return dispatcher.fromClient(parsed, now);
    }

    /** A frame from the network; tells whether the dispatcher took it. */
    boolean network(ByteBuf frame) {
        assertThat(parsed.parse(frame)).isEqualTo(Packet.Parse.OK);
        return dispatcher.fromNetwork(parsed, now);
    }

    boolean clientSyn() {
        return client(syn().build());
    }

    /** The client's SYN with Linux's usual options. */
    static TestPackets.TcpBuilder syn() {
        return syn(CLIENT, ORIGINAL);
    }

    /** The same of another connection. */
    static TestPackets.TcpBuilder syn(String client, String original) {
        return TestPackets.tcp(client, original)
                .syn()
                .seq(ISN)
                .mss(1460)
                .sackPermitted()
                .timestamps(1000, 0)
                .windowScale(7);
    }

    /** A server's SYN+ACK to our SYN, with Linux's usual options. */
    static TestPackets.TcpBuilder synAck(String server, int isn) {
        return synAck(server, OURS, isn);
    }

    /** The same of another connection. */
    static TestPackets.TcpBuilder synAck(String server, String ours, int isn) {
        return TestPackets.tcp(server, ours)
                .flags("S.")
                .seq(isn)
                .ack(ISN + 1)
                .mss(1460)
                .sackPermitted()
                .timestamps(77_000, 1000)
                .windowScale(9);
    }

    /** A server's refusal of our SYN. */
    static TestPackets.TcpBuilder refusal(String server) {
        return TestPackets.tcp(server, OURS).flags("R.").seq(0).ack(ISN + 1);
    }

    /** Lets time pass, doing what is due when it is due. */
    void pass(long millis) {
        long until = now + millis * MILLIS;
        for (long next = dispatcher.nextDeadline();
                next <= until;
                next = dispatcher.nextDeadline()) {
            assertThat(next).as("a deadline in the past").isGreaterThanOrEqualTo(now);
            now = next;
            dispatcher.onDeadline(now);
            assertThat(dispatcher.nextDeadline())
                    .as("a deadline that was not met")
                    .isGreaterThan(now);
        }
        now = until;
    }

    // ---- out

    /** The next frame to the network; fails if there is none. */
    PacketAssert toNetwork() {
        assertThat(up).as("frames to the network").isNotEmpty();
        return assertThatFrame(up.poll()).checksumsValid();
    }

    /** The next frame to the client; fails if there is none. */
    PacketAssert toClient() {
        assertThat(down).as("frames to the client").isNotEmpty();
        return assertThatFrame(down.poll()).checksumsValid();
    }

    /** Nothing is on its way. */
    void silent() {
        assertThat(up.stream().map(f -> TestPackets.parse(f).toString()))
                .as("to the network")
                .isEmpty();
        assertThat(down.stream().map(f -> TestPackets.parse(f).toString()))
                .as("to the client")
                .isEmpty();
    }

    /** Forgets all that is on its way. */
    void flush() {
        up.clear();
        down.clear();
    }

    int framesToNetwork() {
        return up.size();
    }

    int framesToClient() {
        return down.size();
    }

    /** The next frame to the network as it is, or null. */
    ByteBuf pollNetwork() {
        return up.poll();
    }

    /** The next frame to the client as it is, or null. */
    ByteBuf pollClient() {
        return down.poll();
    }

    /** Hands over what left, first to servers and then to the client. */
    void departed(Consumer<Packet> toServers, Consumer<Packet> toClient) {
        for (ByteBuf frame = up.poll(); frame != null; frame = up.poll()) {
            toServers.accept(TestPackets.parse(frame));
        }
        for (ByteBuf frame = down.poll(); frame != null; frame = down.poll()) {
            toClient.accept(TestPackets.parse(frame));
        }
    }

    /** What left, with all addresses and numbers. */
    List<String> packets() {
        List<String> all = new ArrayList<>();
        departed(
                packet -> all.add("to servers: " + packet),
                packet -> all.add("to the client: " + packet));
        return all;
    }

    Snapshot snapshot() {
        return dispatcher.snapshot(now);
    }

    long count(Counter counter) {
        return snapshot().counters().get(counter.label());
    }

    /** The only live session, as a screen shows it. */
    SessionView session() {
        assertThat(snapshot().sessions()).hasSize(1);
        return snapshot().sessions().get(0);
    }

    List<Kind> events() {
        List<Kind> kinds = new ArrayList<>();
        for (Event event : dispatcher.events().after(0, 10_000)) {
            kinds.add(event.kind());
        }
        return kinds;
    }

    /** A session on server A with its handshake done and everything flushed; A's ISN is 5000. */
    static Stage established(Strategy strategy) {
        return of(strategy).establish();
    }

    Stage establish() {
        return establish(5000);
    }

    /** As {@link #established}, with another ISN of A. */
    Stage establish(int isn) {
        clientSyn();
        network(synAck(A, isn).build());
        client(up(1, isn + 1).timestamps(1001, 77_000).build());
        flush();
        return this;
    }

    /** A segment of the client: an ACK {@code offset} bytes behind its ISN. */
    static TestPackets.TcpBuilder up(int offset, int ack) {
        return TestPackets.tcp(CLIENT, ORIGINAL).seq(ISN + offset).ack(ack);
    }

    /** A segment of a server: an ACK that acknowledges up to {@code offset} behind the client's ISN. */
    static TestPackets.TcpBuilder down(String server, int seq, int offset) {
        return TestPackets.tcp(server, OURS).seq(seq).ack(ISN + offset);
    }
}

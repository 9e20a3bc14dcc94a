package dev.understudy.stack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.wire.Frames;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.PacketBuilder;
import dev.understudy.stack.wire.PoisoningAllocator;
import dev.understudy.stack.wire.Seeds;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.TcpOptionWriter;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * A peer that does anything: segments with any flags near every edge of the windows, options of any bytes, at any time,
 * while the application does what it likes. Nothing throws, no deadline stands still, no segment sets off more answers than
 * a window holds, and nothing is left behind.
 */
class TcpFuzzTest {
    private static final int ROUNDS = Integer.getInteger("fuzz.rounds", 300);
    private static final int SEGMENTS = 400;
    private static final long SECOND = 1_000_000_000L;
    private static final int MOST_ANSWERS = 200;

    @Test
    void anythingFromThePeerIsSurvived() {
        AtomicInteger connected = new AtomicInteger();
        Seeds.each(ROUNDS, random -> connected.addAndGet(new Round(random).play()));
        assertThat(connected.get()).as("connections that came about").isGreaterThan(ROUNDS);
    }

    private static final class Round implements TcpHandler {
        private static final int[] PORTS = {4000, 4001, 4002, 4003};

        private final SplittableRandom random;
        private final PoisoningAllocator allocator = new PoisoningAllocator();
        private final PacketBuilder builder = new PacketBuilder(allocator);
        private final Packet packet = new Packet();
        private final IpAddress ours;
        private final IpAddress theirs;
        private final TcpStack stack;
        private final TcpListener listener;
        private final List<TcpConnection> connections = new ArrayList<>();
        private final int[] lastSeq = new int[PORTS.length];
        private final int[] lastAck = new int[PORTS.length];
        private long now;
        private int answers;
        private int established;

        Round(SplittableRandom random) {
            this.random = random;
            now = random.nextLong(1L << 50);
            boolean ipv6 = random.nextBoolean();
            ours = IpAddress.parse(ipv6 ? "fd00::a" : "10.0.0.1");
            theirs = IpAddress.parse(ipv6 ? "fd00::b" : "10.0.0.2");
            TcpConfig config =
                    TcpConfig.DEFAULT
                            .withOffload(random.nextBoolean() ? 0 : 50_000, random.nextBoolean())
                            .withBuffers(random.nextInt(1, 50_000), random.nextInt(1, 50_000))
                            .withOptions(
                                    random.nextBoolean(),
                                    random.nextBoolean(),
                                    random.nextBoolean());
            stack =
                    new TcpStack(
                            config, TcpLimits.DEFAULT, random, allocator, (p, time) -> sent(p));
            listener = stack.listen(ours, 80, 2, this::accept);
        }

        private void accept(TcpListener from, long time) {
            for (TcpConnection c = from.accept(); c != null; c = from.accept()) {
                c.handler(this);
                connections.add(c);
                established++;
            }
        }

        @Override
        public void connected(TcpConnection connection, long time) {
            established++;
        }

        /** What the stack says is where the next segments aim at. */
        private void sent(Packet segment) {
            answers++;
            int lane = segment.dstPort() - PORTS[0];
            if (lane >= 0 && lane < PORTS.length) {
                lastSeq[lane] = segment.seq() + segment.segmentLength();
                lastAck[lane] = segment.ack();
            }
        }

        /** Returns how many connections became established. */
        int play() {
            for (int i = 0; i < SEGMENTS; i++) {
                act();
                arrive();
                assertThat(answers).as("answers").isLessThan(MOST_ANSWERS);
                pass(
                        random.nextInt(4) == 0
                                ? random.nextLong(3 * SECOND)
                                : random.nextLong(10_000_000));
            }
            connections.forEach(c -> c.close(now));
            listener.close(now);
            pass(3600 * SECOND);
            stack.close(now);
            assertThat(stack.connectionCount()).as("connections").isZero();
            assertThat(allocator.live()).as("buffers").isZero();
            return established;
        }

        private void pass(long time) {
            long until = now + time;
            while (stack.nextDeadline() <= until) {
                now = Math.max(now, stack.nextDeadline());
                answers = 0;
                stack.onDeadline(now);
                assertThat(stack.nextDeadline()).as("the next deadline").isGreaterThan(now);
                assertThat(answers).as("answers to a deadline").isLessThan(MOST_ANSWERS);
            }
            now = until;
        }

        private void act() {
            answers = 0;
            if (random.nextInt(30) == 0) {
                connect();
            }
            if (connections.isEmpty()) {
                return;
            }
            TcpConnection c = connections.get(random.nextInt(connections.size()));
            switch (random.nextInt(12)) {
                case 0, 1, 2 -> write(c);
                case 3, 4, 5 -> read(c);
                case 6 -> {
                    if (random.nextInt(10) == 0) {
                        c.shutdownOutput(now);
                    }
                }
                case 7 -> {
                    if (random.nextInt(20) == 0) {
                        c.close(now);
                    }
                }
                case 8 -> {
                    if (random.nextInt(40) == 0) {
                        c.abort(now);
                    }
                }
                case 9 -> c.keepAlive(SECOND, SECOND, 3);
                case 10 -> c.noDelay(random.nextBoolean());
                default -> c.receiveBuffer(random.nextInt(1, 50_000));
            }
        }

        private void connect() {
            int port = PORTS[random.nextInt(PORTS.length)];
            try {
                connections.add(stack.connect(ours, 80, theirs, port, this, now));
            } catch (IllegalStateException taken) {
                // Those ends are in use.
            }
        }

        private void write(TcpConnection c) {
            ByteBuf data = allocator.heapBuffer();
            data.writeZero(random.nextInt(1, 20_000));
            c.write(data);
            data.release();
            c.flush(now);
        }

        private void read(TcpConnection c) {
            ByteBuf data = c.readable() > 0 ? c.read(random.nextInt(1, 10_000)) : null;
            if (data != null) {
                data.release();
            }
            c.flush(now);
        }

        private void arrive() {
            int lane = random.nextInt(PORTS.length);
            int flags = random.nextInt(5) == 0 ? random.nextInt(256) : likely();
            int length = random.nextInt(3) == 0 ? random.nextInt(1460) : 0;
            ByteBuf payload = allocator.heapBuffer();
            payload.writeZero(length);
            ByteBuf built =
                    builder.tcp(
                            theirs.hi(),
                            theirs.lo(),
                            PORTS[lane],
                            ours.hi(),
                            ours.lo(),
                            80,
                            lastAck[lane] + near(),
                            lastSeq[lane] + near(),
                            flags,
                            random.nextInt(3) == 0 ? random.nextInt(3) : random.nextInt(0x10000),
                            options(),
                            payload);
            payload.release();
            ByteBuf frame = Frames.copy(allocator, built);
            built.release();
            answers = 0;
            packet.parse(frame);
            stack.onPacket(packet, now);
            frame.release();
        }

        private int likely() {
            return switch (random.nextInt(8)) {
                case 0 -> Tcp.SYN;
                case 1 -> Tcp.SYN | Tcp.ACK;
                case 2 -> Tcp.FIN | Tcp.ACK;
                case 3 -> random.nextInt(8) == 0 ? Tcp.RST : Tcp.ACK;
                case 4 -> Tcp.ACK | Tcp.URG;
                default -> Tcp.ACK;
            };
        }

        /** On the spot, a little or a window off, or anywhere. */
        private int near() {
            return switch (random.nextInt(8)) {
                case 0 -> random.nextInt(-3, 4);
                case 1 -> random.nextInt(-3000, 3000);
                case 2 -> random.nextInt(-70_000, 70_000);
                case 3 -> random.nextInt(20) == 0 ? random.nextInt() : 0;
                default -> 0;
            };
        }

        private TcpOptionWriter options() {
            TcpOptionWriter options = new TcpOptionWriter();
            if (random.nextInt(3) == 0) {
                byte[] raw = new byte[random.nextInt(41)];
                random.nextBytes(raw);
                return options.raw(raw);
            }
            if (random.nextBoolean()) {
                options.timestamps((int) (now / 1_000_000) + near(), near());
            }
            if (random.nextInt(4) == 0) {
                options.mss(random.nextInt(0x10000)).windowScale(random.nextInt(16));
                options.sackPermitted(random.nextBoolean());
            } else {
                for (int blocks = random.nextInt(4); blocks > 0; blocks--) {
                    int left = lastSeq[random.nextInt(PORTS.length)] + near();
                    options.sackBlock(left, left + random.nextInt(-100, 5000));
                }
            }
            return options;
        }
    }
}

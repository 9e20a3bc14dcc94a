package dev.understudy.dispatcher.session.sim;

import dev.understudy.dispatcher.session.sim.Schedule.Link;
import dev.understudy.stack.wire.Frames;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.TcpOptions;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.function.Consumer;

/** Carries frames as badly as the schedule says, and notices if somebody writes to one that is on its way. */
final class BadLink {
    private final Simulation world;
    private final Link link;
    private final Packet probe = new Packet();

    BadLink(Simulation world) {
        this.world = world;
        this.link = world.schedule.link();
    }

    private boolean chance(int thousandths) {
        return world.random.nextInt(1_000) < thousandths;
    }

    /** Sends a frame, whose reference is the link's from now on and the receiver's later. */
    void transmit(String where, ByteBuf frame, Consumer<ByteBuf> receiver) {
        world.note(() -> where + " " + describe(frame));
        if (chance(link.loss())) {
            world.note(() -> "          lost");
            frame.release();
            return;
        }
        if (chance(link.duplication())) {
            later(Frames.copy(world.allocator, frame), receiver);
        }
        if (chance(link.corruption()) && intact(frame)) {
            world.note(() -> "          damaged");
            later(damaged(frame), receiver);
        } else {
            later(frame, receiver);
        }
    }

    private ByteBuf damaged(ByteBuf frame) {
        ByteBuf damaged = Frames.copy(world.allocator, frame);
        frame.release();
        int headers = 26;
        int at =
                damaged.readerIndex()
                        + headers
                        + world.random.nextInt(damaged.readableBytes() - headers);
        damaged.setByte(at, damaged.getByte(at) ^ 1 << world.random.nextInt(8));
        return damaged;
    }

    private void later(ByteBuf frame, Consumer<ByteBuf> receiver) {
        long jitter = link.jitter() == 0 ? 0 : world.random.nextLong(link.jitter());
        int hash = ByteBufUtil.hashCode(frame);
        world.at(
                world.now() + link.delay() + jitter,
                () -> {
                    if (ByteBufUtil.hashCode(frame) != hash) {
                        world.violated("a frame was changed after it had been sent");
                    }
                    receiver.accept(frame);
                });
    }

    /** Damage is done once only, as two wrong bits in one column of a checksum are right again, and where it would show. */
    private boolean intact(ByteBuf frame) {
        return probe.parse(frame) == Packet.Parse.OK
                && !probe.needsChecksum()
                && probe.checksumValid();
    }

    private static String describe(ByteBuf frame) {
        Packet packet = new Packet();
        Packet.Parse parse = packet.parse(frame);
        if (parse != Packet.Parse.OK) {
            return parse.toString();
        }
        if (!packet.isTcp()) {
            return packet.toString();
        }
        TcpOptions options = new TcpOptions().parse(packet);
        return options.hasTimestamps()
                ? packet + " TS " + options.tsVal() + " ecr " + options.tsEcr()
                : packet.toString();
    }
}

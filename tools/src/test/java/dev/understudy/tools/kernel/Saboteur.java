package dev.understudy.tools.kernel;

import dev.understudy.stack.wire.Checksum;
import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.Frames;
import dev.understudy.stack.wire.Ipv4;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.VirtioNet;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Sits where a link meets its device, lets every frame in as it is, and slips malformed and forged ones in behind: copies
 * of what has passed with bits flipped, cut short, made longer, torn into odd fragments or given other sequence numbers,
 * and frames of noise.
 *
 * <p>A copy is finished as a card would have done before it is spoilt, with a full checksum and no offload asked for: a
 * kernel that splits a super-segment makes new checksums for what it finds, and the spoilt bytes would count.
 */
final class Saboteur extends ChannelInboundHandlerAdapter {
    private static final int NOISE_PER_MILLISECOND = 2;
    private static final int LONGEST_NOISE = 2_000;
    private static final int[] TYPES = {
        Ethernet.TYPE_IPV4, Ethernet.TYPE_IPV6, Ethernet.TYPE_ARP, Ethernet.TYPE_VLAN, 0x88CC
    };
    private static final int[] PROTOCOLS = {1, 6, 17, 58, 47};

    private final Random random;
    private final Packet packet = new Packet();
    private final byte[] heard = new byte[Ethernet.BYTES + 20];
    private volatile boolean active;
    private final AtomicLong injected = new AtomicLong();

    Saboteur(long seed) {
        random = new Random(seed);
    }

    /** Begins, or ends. */
    void active(boolean now) {
        active = now;
    }

    /** Frames slipped in. */
    long injected() {
        return injected.get();
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // it ends with the loop
    public void handlerAdded(ChannelHandlerContext ctx) {
        ctx.executor()
                .scheduleAtFixedRate(
                        () -> {
                            for (int i = 0; active && i < NOISE_PER_MILLISECOND; i++) {
                                inject(ctx, noise(ctx));
                            }
                        },
                        1,
                        1,
                        TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        // The dispatcher rewrites a frame in place, so the copy is made before.
        boolean copy = active && message instanceof ByteBuf && random.nextInt(3) == 0;
        ByteBuf spoilt = copy ? spoil(Frames.copy(ctx.alloc(), (ByteBuf) message)) : null;
        ctx.fireChannelRead(message);
        if (spoilt != null) {
            inject(ctx, spoilt);
        }
    }

    private void inject(ChannelHandlerContext ctx, ByteBuf frame) {
        injected.incrementAndGet();
        ctx.fireChannelRead(frame);
    }

    private ByteBuf spoil(ByteBuf frame) {
        boolean ip = packet.parse(frame) == Packet.Parse.OK;
        int first = frame.readerIndex();
        if (ip && packet.needsChecksum()) {
            packet.fillChecksum();
        }
        frame.setZero(first, VirtioNet.BYTES);
        int eth = first + VirtioNet.BYTES;
        frame.getBytes(
                eth, heard, 0, Math.min(heard.length, frame.readableBytes() - VirtioNet.BYTES));
        switch (random.nextInt(6)) {
            case 0 -> flip(frame, first, VirtioNet.BYTES);
            case 1 -> damage(frame, eth, Math.min(64, frame.writerIndex() - eth));
            case 2 -> damage(frame, eth, frame.writerIndex() - eth);
            case 3 -> frame.writerIndex(first + random.nextInt(frame.readableBytes() + 1));
            case 4 -> {
                if (ip && packet.isTcp()) {
                    forge();
                } else {
                    flip(frame, eth, frame.writerIndex() - eth);
                }
            }
            default -> {
                if (ip && packet.isIpv4()) {
                    fragment(frame, packet.l3());
                } else {
                    flip(frame, eth, frame.writerIndex() - eth);
                }
            }
        }
        return frame;
    }

    /** Eight bits at most, in a place of its own: the virtio header alone, or what a checksum covers. */
    private void flip(ByteBuf frame, int from, int length) {
        for (int i = random.nextInt(8); i >= 0; i--) {
            int at = from + random.nextInt(length);
            frame.setByte(at, frame.getByte(at) ^ 1 << random.nextInt(8));
        }
    }

    /**
     * Flips bits under a checksum. Two flips in one column cancel out, and what still verifies is no damaged segment but
     * a genuine one to every receiver: a timestamp of the future alone, and the end's own PAWS check (RFC 7323 §5) would
     * refuse all that follows. One flip more cannot cancel out.
     */
    private void damage(ByteBuf frame, int from, int length) {
        flip(frame, from, length);
        if (packet.parse(frame) == Packet.Parse.OK && packet.hasPorts() && packet.checksumValid()) {
            int last = packet.end() - 1;
            frame.setByte(last, frame.getByte(last) ^ 1);
        }
    }

    /** What somebody would send who knows addresses and ports, but no sequence numbers. */
    private void forge() {
        packet.seq(random.nextInt());
        packet.ack(random.nextInt());
        packet.flags(random.nextInt(64));
    }

    private void fragment(ByteBuf frame, int l3) {
        frame.setShort(l3 + Ipv4.IDENTIFICATION_OFFSET, random.nextInt(4));
        frame.setShort(l3 + Ipv4.FRAGMENT_OFFSET, random.nextInt(1 << 14));
        headerChecksum(frame, l3);
    }

    private static void headerChecksum(ByteBuf frame, int l3) {
        frame.setShort(l3 + Ipv4.CHECKSUM_OFFSET, 0);
        int sum = Checksum.fold(Checksum.sum(frame, l3, l3 + Ipv4.headerLength(frame, l3)));
        frame.setShort(l3 + Ipv4.CHECKSUM_OFFSET, ~sum);
    }

    /** Noise in every layer's clothes: none, Ethernet's, or those of an IPv4 packet between hosts that talk. */
    private ByteBuf noise(ChannelHandlerContext ctx) {
        int length = random.nextInt(LONGEST_NOISE);
        ByteBuf frame = Frames.allocate(ctx.alloc(), LONGEST_NOISE + heard.length);
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        int disguise = random.nextInt(3);
        if (disguise == 0) {
            return frame.writeBytes(bytes);
        }
        int eth = frame.writerIndex();
        frame.writeBytes(heard).writeBytes(bytes);
        int l3 = eth + Ethernet.BYTES;
        if (disguise == 1) {
            frame.setShort(eth + 12, TYPES[random.nextInt(TYPES.length)]);
            frame.setInt(l3, random.nextInt());
            return frame;
        }
        frame.setShort(eth + 12, Ethernet.TYPE_IPV4);
        frame.setByte(l3, 0x45);
        frame.setShort(l3 + 2, frame.writerIndex() - l3);
        frame.setShort(l3 + 6, 0);
        frame.setByte(l3 + 9, PROTOCOLS[random.nextInt(PROTOCOLS.length)]);
        headerChecksum(frame, l3);
        return frame;
    }
}

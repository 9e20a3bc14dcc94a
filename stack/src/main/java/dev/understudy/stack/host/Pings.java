package dev.understudy.stack.host;

import dev.understudy.stack.ip.PacketOutput;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.IcmpQuote;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.PacketBuilder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.collection.IntObjectHashMap;
import java.util.random.RandomGenerator;

/**
 * Echo requests of our own (RFC 792, RFC 4443 §4.1). Each pinger has a random identifier, so that one cannot hear another's
 * answers, nor one from before a restart. At most {@value #MAX_PINGERS}.
 */
public final class Pings {
    public static final int MAX_PINGERS = 1024;

    /** What a pinger hears. */
    public interface Handler {
        /**
         * An answer.
         *
         * @param data what came back, inside the link's frame
         */
        void answered(int sequence, IpAddress from, int ttl, ByteBuf data, long now);

        /** An ICMP error about a request; {@code type} and {@code code} are those of its family. */
        void failed(int sequence, IpAddress from, int type, int code, long now);
    }

    private final PacketOutput output;
    private final PacketBuilder builder;
    private final RandomGenerator random;
    private final IntObjectHashMap<Handler> pingers = new IntObjectHashMap<>();
    private final Packet made = new Packet();

    Pings(ByteBufAllocator allocator, PacketOutput output, RandomGenerator random) {
        this.output = output;
        this.random = random;
        builder = new PacketBuilder(allocator);
    }

    /**
     * Begins to ping; returns an identifier for the other calls.
     *
     * @throws IllegalStateException if too many do
     */
    public int open(Handler handler) {
        if (pingers.size() >= MAX_PINGERS) {
            throw new IllegalStateException("too many pings");
        }
        int id = random.nextInt(0x10000);
        while (pingers.containsKey(id)) {
            id = id + 1 & 0xFFFF;
        }
        pingers.put(id, handler);
        return id;
    }

    public void close(int id) {
        pingers.remove(id);
    }

    /** Sends one request; {@code data} is copied and stays the caller's. At most 65,507 bytes over IPv4. */
    public void send(int id, int sequence, IpAddress from, IpAddress to, ByteBuf data, long now) {
        ByteBuf frame =
                builder.icmpEcho(from.hi(), from.lo(), to.hi(), to.lo(), false, id, sequence, data);
        try {
            made.parse(frame);
            output.send(made, now);
        } finally {
            frame.release();
        }
    }

    /** A reply with a good checksum. */
    void answered(Packet reply, long now) {
        int rest = reply.frame().getInt(reply.l4() + Icmp.REST_OFFSET);
        Handler handler = pingers.get(rest >>> 16);
        if (handler != null) {
            handler.answered(
                    rest & 0xFFFF,
                    new IpAddress(reply.srcHi(), reply.srcLo()),
                    reply.ttl(),
                    reply.frame().slice(reply.payload(), reply.payloadLength()),
                    now);
        }
    }

    /** An error that quotes an echo request of ours. */
    void failed(Packet error, IcmpQuote quote, long now) {
        int rest = quote.echoRest();
        Handler handler = pingers.get(rest >>> 16);
        if (handler != null) {
            ByteBuf frame = error.frame();
            handler.failed(
                    rest & 0xFFFF,
                    new IpAddress(error.srcHi(), error.srcLo()),
                    Icmp.type(frame, error.l4()),
                    Icmp.code(frame, error.l4()),
                    now);
        }
    }
}

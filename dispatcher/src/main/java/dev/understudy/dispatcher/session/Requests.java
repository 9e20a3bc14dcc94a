package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.protocol.HttpRequest;
import dev.understudy.dispatcher.protocol.HttpRequestReader;
import dev.understudy.dispatcher.protocol.TlsHello;
import dev.understudy.dispatcher.recover.StoreBudget;
import dev.understudy.stack.wire.Packet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Optional;

/**
 * The client's direction of a {@link Conversation}: its requests, or the TLS hello whose name decides. A byte has a sequence
 * number, which comes round, and a place in the stream, which does not.
 */
final class Requests implements InOrder.Reader {
    /** The client's TLS hello, if its name decides; null if requests are read. */
    final TlsHello hello;

    private final HttpRequestReader reader = new HttpRequestReader();
    private final InOrder stream;

    /** Where the last request whose head was read ends; -1 while nobody knows. */
    private long asked;

    /**
     * @param hello what is read instead of requests; null if requests are
     * @param first sequence number of the first byte
     */
    Requests(TlsHello hello, ByteBufAllocator allocator, StoreBudget budget, int first) {
        this.hello = hello;
        stream = new InOrder(this, allocator, budget, first);
    }

    /** Reads a segment; false if the client cannot be followed any more. */
    boolean take(Packet packet) {
        int length = packet.payloadLength();
        return length == 0 || stream.offer(packet.seq(), packet.frame(), packet.payload(), length);
    }

    /** The next request whose head has been read. */
    Optional<HttpRequest> poll() {
        Optional<HttpRequest> next = reader.poll();
        if (next.isPresent()) {
            asked = next.get().bodyEnd();
        } else if (asked < 0 && reader.betweenRequests()) {
            asked = reader.position();
        }
        return next;
    }

    /** Behind the last request whose head has been read; while nobody knows where that is, behind all that was read. */
    int endOfAsked() {
        return asked < 0 ? stream.next() : seq(asked);
    }

    /** The sequence number of the first byte that was not read. */
    int next() {
        return stream.next();
    }

    /** Whether something that came early waits for what is missing before it. */
    boolean hasGap() {
        return stream.hasGap();
    }

    /** The sequence number of a place; one that is farther away than a gate can be is put there. */
    int seq(long place) {
        return stream.seq(place, reader.position());
    }

    /** The place of a sequence number. */
    long place(int seq) {
        return stream.offset(seq, reader.position());
    }

    boolean betweenRequests() {
        return reader.betweenRequests();
    }

    /** Whether it still says what can be read: neither a tunnel, nor ambiguous, nor something else than HTTP. */
    boolean readable() {
        return hello == null
                ? reader.state() != HttpRequestReader.State.OPAQUE
                : hello.result() == TlsHello.Result.NEED_MORE;
    }

    void release() {
        stream.release();
    }

    @Override
    public void read(ByteBuf bytes, int index, int length) {
        if (hello == null) {
            reader.read(bytes, index, length);
        } else {
            hello.read(bytes, index, length);
        }
    }

    @Override
    public long skippable() {
        return hello == null ? reader.skippable() : 0;
    }

    @Override
    public void skip(long bytes) {
        reader.skip(bytes);
    }
}

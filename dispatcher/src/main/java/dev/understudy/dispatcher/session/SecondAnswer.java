package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.protocol.HttpResponse;
import dev.understudy.dispatcher.protocol.HttpResponseReader;
import dev.understudy.dispatcher.recover.Proof;
import dev.understudy.dispatcher.recover.StoreBudget;
import dev.understudy.dispatcher.session.Resumption.Means;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Optional;

/**
 * The answer of the server that is to go on with another one's: read in order as it comes, and judged whether it is the
 * same, by its head, and where no validator tells, by as much of its content as was delivered ({@link Proof}). What follows
 * that is shown to a {@link Retelling}. All sequence numbers are the server's.
 */
final class SecondAnswer implements InOrder.Reader {
    private final Resumption plan;
    private final Proof delivered;
    private final HttpResponseReader reader = new HttpResponseReader(this::content);
    private final InOrder stream;
    private final Proof again = new Proof();

    /** How many bytes of the body were delivered, and have to be proved, without a validator. */
    private final long target;

    private Optional<Retelling> retelling = Optional.empty();
    private Optional<HttpResponse> head = Optional.empty();

    /** The answer whose content comes first. */
    private HttpResponse subject;

    /** Content of it that was read. */
    private long read;

    private boolean proved;

    /**
     * @param delivered digest of what the client was given
     * @param first sequence number of the server's first byte
     */
    SecondAnswer(
            Resumption plan,
            Proof delivered,
            ByteBufAllocator allocator,
            StoreBudget budget,
            int first) {
        this.plan = plan;
        this.delivered = delivered;
        stream = new InOrder(this, allocator, budget, first);
        target = delivered.length();
        reader.expect("GET");
    }

    /** Who gets to see the content. */
    void show(Retelling to) {
        retelling = Optional.of(to);
    }

    /** Reads a segment. What comes too early for what can be kept must come again. */
    void take(Packet packet) {
        int length = packet.payloadLength();
        if (length > 0) {
            stream.offer(packet.seq(), packet.frame(), packet.payload(), length);
        }
    }

    // ---- how far it is

    boolean headRead() {
        return head.isPresent() && head.get().headRead();
    }

    /** Whether nothing more can be made of it. */
    boolean unreadable() {
        return reader.state() == HttpResponseReader.State.OPAQUE;
    }

    /** The first byte that was not read. */
    int next() {
        return stream.next();
    }

    /** Whether a segment ends the stream, and all before that has been read. */
    boolean isLast(Packet packet) {
        return packet.has(Tcp.FIN) && stream.next() == packet.seq() + packet.payloadLength();
    }

    /** Whether its last byte has been read. */
    boolean isOver() {
        long end = head.orElseThrow().bodyEnd();
        return end >= 0 && reader.position() >= end;
    }

    /** Its trailer section, once it is over. */
    String trailers() {
        return head.orElseThrow().trailers();
    }

    /** The first byte behind its head. */
    int bodyAt() {
        return seq(head.orElseThrow().headEnd());
    }

    /** The first byte that was not delivered, of a body without framing. */
    int restAt() {
        return seq(head.orElseThrow().headEnd() + target);
    }

    /** How far it has been read: what is behind it in the same segment is another answer. */
    int readTo() {
        long end = head.orElseThrow().bodyEnd();
        return seq(end < 0 ? reader.position() : Math.min(end, reader.position()));
    }

    private int seq(long place) {
        return stream.seq(place, reader.position());
    }

    /** Bytes of the body that have to be proved. */
    long target() {
        return target;
    }

    // ---- what it proves

    /**
     * Why it cannot be the rest, in words; empty if it may be, and if all that has to be proved is here, is.
     *
     * @param have bytes of the body that the client has
     * @param last whether nothing more will come
     */
    Optional<String> flaw(long have, boolean last) {
        HttpResponse theirs = head.orElseThrow();
        if (plan.means() == Means.VALIDATOR) {
            proved = theirs.status() == 206 && plan.continues(theirs, have);
            return proved
                    ? Optional.empty()
                    : Optional.of(
                            theirs.status() == 206
                                    ? "its range is another one"
                                    : "answered " + theirs.status() + " to a range");
        }
        if (!plan.fits(theirs)) {
            return Optional.of("its answer is another one");
        }
        if (read < target) {
            boolean shorter = isOver() || last || unreadable();
            return shorter ? Optional.of("its answer is shorter") : Optional.empty();
        }
        proved = proved || again.sameAs(delivered);
        return proved ? Optional.empty() : Optional.of("its answer is another one");
    }

    /** Whether it has been proved to be the same. */
    boolean proved() {
        return proved;
    }

    void release() {
        stream.release();
        retelling = Optional.empty();
    }

    // ---- reading along

    @Override
    public void read(ByteBuf bytes, int index, int length) {
        reader.read(bytes, index, length);
        for (Optional<HttpResponse> next = reader.poll(); next.isPresent(); next = reader.poll()) {
            if (head.isEmpty() && !next.get().interim()) {
                head = next;
            }
        }
    }

    /** Content: what was delivered has to be proved, what follows is the client's. */
    private void content(HttpResponse of, ByteBuf bytes, int index, int length) {
        if (subject == null) {
            subject = of;
        }
        if (retelling.isEmpty() || of != subject) {
            // Answers to the requests behind it may come in the same segment.
            return;
        }
        int proving = (int) Math.max(0, Math.min(length, target - read));
        if (proving > 0) {
            again.add(bytes, index, proving);
        }
        retelling.get().content(read, bytes, index, length, reader.leftOfChunk());
        read += length;
    }

    @Override
    public long skippable() {
        return 0;
    }

    @Override
    public void skip(long bytes) {
        reader.skip(bytes);
    }
}

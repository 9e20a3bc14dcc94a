package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.protocol.ChunkSplice;
import dev.understudy.dispatcher.recover.StoreBudget;
import dev.understudy.stack.wire.Packet;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Optional;

/**
 * What the client lacks of an answer that another server goes on with, where that server's own segments cannot simply take the
 * place of those that are missing: because the client has not got all that was delivered before, or because the new server
 * cuts a chunked body otherwise (RFC 9112 §7.1). The content is framed as the client knows it ({@link ChunkSplice}), and told
 * by us ({@link ClientDelivery}).
 *
 * <p>Content comes in before it is proved, and is withheld until then. At most {@value #MOST_BYTES} bytes are withheld, and as
 * many wait for the client, and all of it counts against what all stores may hold: a client that lacks more is not helped.
 */
final class Retelling {
    /** Content that is withheld, and how much its server's chunk held from there on. */
    private record Piece(int length, long chunk) {}

    private static final int MOST_PIECES = 1 << 12;
    private static final int MOST_BYTES = 1 << 20;

    private static final int LARGEST_SEGMENT = 1 << 16;

    /** Room that framing may need beyond the content of one segment. */
    private static final int FRAMING = 1 << 12;

    private final Session session;
    private final Outbound out;
    private final StoreBudget budget;
    private final Resumption plan;

    /** The first byte of the content that is kept. */
    private long first;

    private final ArrayDeque<Piece> pieces = new ArrayDeque<>();
    private ByteBuf withheld;
    private Optional<ChunkSplice> splice = Optional.empty();
    private ClientDelivery delivery;
    private int reserved;
    private boolean overflown;

    private Retelling(
            Session session, Outbound out, StoreBudget budget, Resumption plan, long first) {
        this.session = session;
        this.out = out;
        this.budget = budget;
        this.plan = plan;
        this.first = first;
        this.withheld = out.allocator.buffer();
    }

    /** Begins to keep content; empty if nobody can tell from where on. */
    static Optional<Retelling> of(
            Session session, Outbound out, StoreBudget budget, Resumption plan) {
        return had(session, plan)
                .map(content -> new Retelling(session, out, budget, plan, content));
    }

    /** How much of the content the client has; empty if nobody can tell. */
    private static Optional<Long> had(Session session, Resumption plan) {
        return plan.reframes()
                ? splice(session, plan).map(ChunkSplice::content)
                : Optional.of(plan.had(session));
    }

    private static Optional<ChunkSplice> splice(Session session, Resumption plan) {
        return session.conversation.answers.splice(plan.answer(), Resumption.acknowledged(session));
    }

    /** Whether another segment with so many bytes could be taken now. */
    boolean takes(int length) {
        if (delivery != null) {
            return delivery.room() >= length + FRAMING;
        }
        if (!fits(length)) {
            trim();
        }
        return fits(length);
    }

    private boolean fits(int length) {
        return withheld.readableBytes() + length <= MOST_BYTES && pieces.size() < MOST_PIECES;
    }

    /** The client has got more meanwhile: what it has needs not be kept. */
    private void trim() {
        long known = had(session, plan).orElse(first);
        while (first < known && !pieces.isEmpty()) {
            Piece piece = pieces.remove();
            int passed = (int) Math.min(known - first, piece.length());
            withheld.skipBytes(passed);
            first += passed;
            if (passed < piece.length()) {
                pieces.addFirst(new Piece(piece.length() - passed, piece.chunk() - passed));
            }
        }
        if (pieces.isEmpty()) {
            first = Math.max(first, known);
        }
        withheld.discardReadBytes();
    }

    /** Whether any segment could be taken now. */
    boolean takesAny() {
        return takes(LARGEST_SEGMENT);
    }

    /**
     * Content that begins {@code at} in the body: kept while it is not proved, else told.
     *
     * @param chunk how much its server's chunk holds from there on
     */
    void content(long at, ByteBuf bytes, int index, int length, long chunk) {
        long skipped = Math.max(0, first - at);
        if (skipped >= length) {
            return;
        }
        ByteBuf rest = bytes.slice(index + (int) skipped, length - (int) skipped);
        if (delivery != null) {
            tell(rest, chunk - skipped);
        } else if (reserve(withheld.readableBytes() + rest.readableBytes())) {
            pieces.add(new Piece(rest.readableBytes(), chunk - skipped));
            withheld.writeBytes(rest);
        }
    }

    /** Whether so many bytes may be kept in all; what does not fit once is the end of it, for nothing may be left out. */
    private boolean reserve(int bytes) {
        if (!overflown && bytes > reserved) {
            overflown = !budget.take(bytes - reserved);
            reserved = overflown ? reserved : bytes;
        }
        return !overflown;
    }

    /** All that is kept has been proved: it is told from where the client stands now. False if nobody can tell how. */
    boolean begin(long now) {
        long known = plan.had(session);
        if (plan.reframes()) {
            splice = splice(session, plan);
            if (splice.isEmpty()) {
                return false;
            }
            known = splice.get().content();
        }
        delivery = new ClientDelivery(session, out, session.clientAck, 2 * MOST_BYTES, false);
        int skipped = (int) (known - first);
        for (Piece piece : pieces) {
            int passed = Math.min(skipped, piece.length());
            skipped -= passed;
            ByteBuf content = withheld.readSlice(piece.length()).skipBytes(passed);
            tell(content, piece.chunk() - passed);
        }
        pieces.clear();
        withheld.release();
        withheld = null;
        delivery.flush(now);
        return true;
    }

    private void tell(ByteBuf content, long chunk) {
        if (splice.isEmpty()) {
            say(content);
            return;
        }
        ByteBuf framed = out.allocator.buffer(content.readableBytes() + FRAMING);
        splice.get().write(content, content.readerIndex(), content.readableBytes(), chunk, framed);
        say(framed);
        framed.release();
    }

    /** What is said to the client is part of the conversation, as if a server had said it. */
    private void say(ByteBuf bytes) {
        overflown |= delivery.room() < bytes.readableBytes();
        if (reserve(delivery.queued() + bytes.readableBytes())) {
            session.conversation.told(delivery.end(), bytes);
            delivery.write(bytes);
        }
    }

    /**
     * The content has come to its end: what ends a chunked body follows. False if it ended otherwise in what was told before.
     */
    boolean end(String trailers) {
        if (splice.isEmpty()) {
            return true;
        }
        ByteBuf last = out.allocator.buffer(FRAMING);
        boolean fits = splice.get().end(trailers, last);
        say(last);
        last.release();
        return fits;
    }

    void flush(long now) {
        delivery.flush(now);
    }

    void clientSaid(Packet packet, long now) {
        if (delivery != null) {
            delivery.clientSaid(packet, now);
        }
    }

    boolean begun() {
        return delivery != null;
    }

    /** The sequence number behind what was told. */
    int toldTo() {
        return delivery.end();
    }

    /** Whether the client has all that was told. */
    boolean done() {
        return delivery != null && delivery.done();
    }

    /** Whether the client lacks more than can be kept: nothing more is told. */
    boolean overflown() {
        return overflown;
    }

    /** Whether the client has been given up. */
    boolean failed() {
        return delivery != null && delivery.failed();
    }

    long nextDeadline() {
        return delivery == null ? Long.MAX_VALUE : delivery.nextDeadline();
    }

    void deadline(long now) {
        if (delivery != null) {
            delivery.deadline(now);
        }
    }

    void release() {
        if (withheld != null) {
            withheld.release();
            withheld = null;
        }
        if (delivery != null) {
            delivery.release();
        }
        budget.give(reserved);
        reserved = 0;
    }
}

package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.protocol.ChunkSplice;
import dev.understudy.dispatcher.protocol.HttpResponse;
import dev.understudy.dispatcher.protocol.HttpResponseReader;
import dev.understudy.dispatcher.recover.StoreBudget;
import dev.understudy.stack.wire.Packet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Optional;

/**
 * A server's direction of a {@link Conversation}: what it has answered, as the client leg numbers it, and which of its
 * segments wait. Each server that a session has is heard anew; what another one has said can be put aside and taken up
 * again. A byte has a sequence number, which comes round, and a place in the stream, which does not.
 */
final class Answers implements InOrder.Reader {
    private final Proving proving;
    private final ByteBufAllocator allocator;
    private final StoreBudget budget;
    private final HttpResponseReader reader;
    private InOrder stream;

    /** Segments behind the gate, in the client leg's numbers. */
    HeldBack held;

    /** The response that began last, interim or final; null before the first one. */
    private HttpResponse newest;

    /** The interim response that began last; null before the first one. */
    private HttpResponse interim;

    /** The server has said FIN where the conversation goes on: it answers nothing any more. */
    boolean serverClosed;

    /** Where that FIN is; the client knows nothing of it. */
    int closedAt;

    /**
     * @param first sequence number of the first byte
     */
    Answers(
            Proving proving,
            ByteBufAllocator allocator,
            StoreBudget budget,
            HeldBack held,
            int first) {
        this.proving = proving;
        this.allocator = allocator;
        this.budget = budget;
        this.held = held;
        reader = new HttpResponseReader(proving::add);
        stream = new InOrder(this, allocator, budget, first);
    }

    /** A request has been made, whose answer is to be read. */
    void expect(String method) {
        reader.expect(method);
    }

    /** Reads a segment; false if the server cannot be followed any more. */
    boolean take(Packet packet) {
        int length = packet.payloadLength();
        return length == 0 || stream.offer(packet.seq(), packet.frame(), packet.payload(), length);
    }

    /** Reads what we say in the server's stead. */
    void told(int seq, ByteBuf bytes) {
        stream.offer(seq, bytes, bytes.readerIndex(), bytes.readableBytes());
    }

    /** Whether nothing before {@code end} has to be read: then it has been passed over. */
    boolean skips(int end) {
        return stream.skips(end);
    }

    /** The next response whose status has been read. */
    Optional<HttpResponse> poll() {
        Optional<HttpResponse> next = reader.poll();
        if (next.isPresent()) {
            newest = next.get();
            interim = newest.interim() ? newest : interim;
        }
        return next;
    }

    /** Where the interim response ends that came last; negative if there is none, or it is not whole. */
    long endOfInterim() {
        return interim == null ? -1 : interim.bodyEnd();
    }

    /** The client has acknowledged up to this number. */
    void acknowledged(int ack) {
        reader.acknowledged(place(ack));
    }

    /** The server is lost: what it sent ahead of a gap or behind the gate is void. */
    void dropAhead(HeldBack newHeld) {
        stream.release();
        held.release();
        held = newHeld;
        serverClosed = false;
    }

    /** What it said behind an answer that came whole is void, too. */
    void backTo(HttpResponse answer) {
        int end = seq(answer.bodyEnd());
        reader.backTo(answer);
        stream = new InOrder(this, allocator, budget, end);
        newest = answer;
        interim = null;
    }

    /** The server has closed its direction; whether that is lawful where it stands. */
    boolean closed() {
        return reader.closed();
    }

    /** How a chunked answer that broke off at a place could go on. */
    Optional<ChunkSplice> splice(HttpResponse answer, long place) {
        return reader.splice(answer, place);
    }

    /** The sequence number of the first byte that was not read. */
    int next() {
        return stream.next();
    }

    /** The place of that byte. */
    long position() {
        return reader.position();
    }

    /** Whether something that came early waits for what is missing before it. */
    boolean hasGap() {
        return stream.hasGap();
    }

    /** The sequence number of a place; one that is farther away than a gate can be is put there. */
    int seq(long place) {
        return stream.seq(place, reader.position());
    }

    /** The sequence number of a place, however far away. */
    int exactSeq(long place) {
        return stream.exactSeq(place, reader.position());
    }

    /** The place of a sequence number. */
    long place(int seq) {
        return stream.offset(seq, reader.position());
    }

    HttpResponseReader.State state() {
        return reader.state();
    }

    boolean readable() {
        return reader.state() != HttpResponseReader.State.OPAQUE;
    }

    /** Where the head that is being read begins: behind the message before it. */
    int headStart() {
        if (reader.current().isPresent()) {
            return seq(reader.current().get().start());
        }
        return seq(newest == null ? 0 : newest.bodyEnd());
    }

    /** Up to where the body that is being read goes on, as far as that is known. */
    int bodyGoesOnTo() {
        return seq(reader.position() + reader.skippable());
    }

    void release() {
        stream.release();
        held.release();
    }

    @Override
    public void read(ByteBuf bytes, int index, int length) {
        reader.read(bytes, index, length);
    }

    @Override
    public long skippable() {
        long most = reader.skippable();
        return most > 0 && proving.wants(reader.current().orElse(null)) ? 0 : most;
    }

    @Override
    public void skip(long bytes) {
        reader.skip(bytes);
    }
}

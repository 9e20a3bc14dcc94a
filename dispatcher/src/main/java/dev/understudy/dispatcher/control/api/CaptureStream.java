package dev.understudy.dispatcher.control.api;

import dev.understudy.dispatcher.control.Control;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.EventText;
import dev.understudy.dispatcher.control.Outcome;
import dev.understudy.dispatcher.control.Snapshot;
import dev.understudy.dispatcher.control.TracedPacket;
import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * One session as a pcapng capture, live (B06): what the client sees on one interface, what servers see on the other, and each
 * decision of the dispatcher as the comment of the packet that follows it. Wireshark shows both sides in one list.
 */
final class CaptureStream implements Answer.Pump {
    static final String TYPE = "application/x-pcapng";

    private static final int CLIENT_SIDE = 0;
    private static final int NETWORK_SIDE = 1;
    private static final int BATCH = 128;

    private final Control control;
    private final long session;
    private final boolean follow;
    private final Deque<Event> decisions = new ArrayDeque<>();
    private final CompletableFuture<Outcome> watched;
    private boolean begun;
    private long lastPacket;
    private long lastEvent;

    /** @param begun completes when the session's packets are being recorded */
    CaptureStream(Control control, CompletableFuture<Outcome> begun, long session, boolean follow) {
        this.control = control;
        this.watched = begun;
        this.session = session;
        this.follow = follow;
    }

    @Override
    public byte[] next() {
        if (!watched.isDone()) {
            return new byte[0];
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (!begun) {
            begun = true;
            Pcapng.section(out);
            Pcapng.rawInterface(out, "client side");
            Pcapng.rawInterface(out, "network side");
        }
        decide();
        List<TracedPacket> packets = control.packets(session, lastPacket, BATCH);
        Snapshot clock = control.snapshot();
        for (TracedPacket packet : packets) {
            write(out, packet, clock);
            lastPacket = packet.number();
        }
        boolean over = packets.isEmpty() && (!follow || ended());
        return over && out.size() == 0 ? null : out.toByteArray();
    }

    private boolean ended() {
        return decisions.stream().anyMatch(CaptureStream::isEnd)
                || !control.watchedSessions().contains(session);
    }

    private static boolean isEnd(Event event) {
        return switch (event.kind()) {
            case CLOSED, RESET, EXPIRED, EXHAUSTED -> true;
            default -> false;
        };
    }

    private void decide() {
        List<Event> events;
        do {
            events = control.events(lastEvent, 1024);
            for (Event event : events) {
                lastEvent = event.id();
                if (event.session() == session) {
                    decisions.add(event);
                }
            }
        } while (events.size() == 1024);
    }

    private void write(ByteArrayOutputStream out, TracedPacket packet, Snapshot clock) {
        long epochNanos = clock.epochMillis() * 1_000_000L + (packet.nanos() - clock.nanos());
        StringBuilder comment = new StringBuilder();
        while (!decisions.isEmpty() && decisions.peek().nanos() <= packet.nanos()) {
            Event event = decisions.poll();
            comment.append(comment.isEmpty() ? "" : "\n").append(EventText.sentence(event));
        }
        switch (packet.way()) {
            case HELD -> comment(comment, "Kept or answered here: it went no further.");
            case MADE -> comment(comment, "Made by Understudy.");
            case PASSED -> {
                // The other form stands next to it.
            }
        }
        int from = packet.up() ? CLIENT_SIDE : NETWORK_SIDE;
        String said = comment.toString();
        if (packet.lengthBefore() > 0) {
            Pcapng.packet(
                    out, from, epochNanos, packet.before(), packet.lengthBefore(), true, said);
            said = "";
        }
        if (packet.lengthAfter() > 0) {
            Pcapng.packet(
                    out, 1 - from, epochNanos, packet.after(), packet.lengthAfter(), false, said);
        }
    }

    private static void comment(StringBuilder comment, String sentence) {
        comment.append(comment.isEmpty() ? "" : "\n").append(sentence);
    }

    @Override
    public byte[] heartbeat() {
        return new byte[0];
    }
}

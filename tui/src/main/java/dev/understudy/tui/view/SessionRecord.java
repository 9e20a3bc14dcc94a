package dev.understudy.tui.view;

import dev.understudy.dispatcher.control.Control;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.Story;
import dev.understudy.dispatcher.control.TracedPacket;
import dev.understudy.tui.model.Feed;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * All that is on record of one session: its events, from the history, from its story and as they come, and its packets, as far
 * as they are recorded. It grows while the session does.
 */
final class SessionRecord {
    private static final int BATCH = 1000;
    private static final int MOST = 20_000;

    private final Feed feed;
    private final long session;
    private final List<TracedPacket> packets = new ArrayList<>();
    private final List<Event> events = new ArrayList<>();
    private CompletableFuture<Optional<Story>> story;
    private boolean changed = true;

    SessionRecord(Feed feed, long session) {
        this.feed = feed;
        this.session = session;
        this.story = feed.control().story(session);
        feed.events().events(true).stream()
                .filter(e -> e.session() == session)
                .forEach(events::add);
        feed.onEvent(
                event -> {
                    if (event.session() == session) {
                        add(event);
                    }
                });
    }

    private void add(Event event) {
        int at = events.size();
        while (at > 0 && events.get(at - 1).id() >= event.id()) {
            at--;
        }
        if (at < events.size() && events.get(at).id() == event.id()) {
            return;
        }
        events.add(at, event);
        changed = true;
    }

    /** Reads what is new. */
    void read() {
        if (story.isDone() && !story.isCompletedExceptionally()) {
            story.join().ifPresent(told -> told.events().forEach(this::add));
            story = new CompletableFuture<>();
        }
        Control control = feed.control();
        long last = packets.isEmpty() ? 0 : packets.get(packets.size() - 1).number();
        for (List<TracedPacket> more = control.packets(session, last, BATCH);
                !more.isEmpty() && packets.size() < MOST;
                more = control.packets(session, last, BATCH)) {
            packets.addAll(more);
            last = packets.get(packets.size() - 1).number();
            changed = true;
        }
    }

    /** Takes the story as soon as it is told; whether it was. */
    boolean hear() {
        if (story.isDone()) {
            read();
            return true;
        }
        return false;
    }

    /** Whether anything has come since the last call. */
    boolean changed() {
        boolean since = changed;
        changed = false;
        return since;
    }

    List<Event> events() {
        return Collections.unmodifiableList(events);
    }

    List<TracedPacket> packets() {
        return Collections.unmodifiableList(packets);
    }

    /** The packets that bring something: data, the beginning or the end of a connection, an error. */
    List<TracedPacket> withoutAcknowledgements() {
        return renumber(
                packets.stream()
                        .filter(p -> p.length() > 0 || (p.flags() & 0x07) != 0 || p.icmp())
                        .toList());
    }

    /** What was left out is no gap. */
    private static List<TracedPacket> renumber(List<TracedPacket> packets) {
        List<TracedPacket> renumbered = new ArrayList<>();
        long number = 1;
        for (TracedPacket p : packets) {
            renumbered.add(
                    new TracedPacket(
                            number++,
                            p.nanos(),
                            p.session(),
                            p.up(),
                            p.server(),
                            p.flags(),
                            p.seq(),
                            p.ack(),
                            p.serverSeq(),
                            p.serverAck(),
                            p.window(),
                            p.length(),
                            p.delta(),
                            p.retransmission(),
                            p.icmp(),
                            p.before(),
                            p.after(),
                            p.lengthBefore(),
                            p.lengthAfter()));
        }
        return renumbered;
    }
}

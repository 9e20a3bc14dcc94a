package dev.understudy.dispatcher.control.api;

import dev.understudy.dispatcher.control.Control;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.Snapshot;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * Events as they come: a JSON object a line (NDJSON), or server-sent events (WHATWG HTML §9.2) with their ids. A reader keeps
 * nothing waiting: its position is one number, and when the ring has overtaken it, the stream says how many it has missed.
 */
final class EventStream implements Answer.Pump {
    static final String NDJSON = "application/x-ndjson";
    static final String SSE = "text/event-stream";

    private static final int BATCH = 256;

    private final Control control;
    private final boolean sse;
    private final boolean follow;
    private final long session;
    private long last;

    /**
     * @param last the id of the last event that the reader knows
     * @param follow whether to wait for more
     * @param session only events of this one; 0 for all
     */
    EventStream(Control control, boolean sse, long last, boolean follow, long session) {
        this.control = control;
        this.sse = sse;
        this.last = last;
        this.follow = follow;
        this.session = session;
    }

    String type() {
        return sse ? SSE : NDJSON;
    }

    @Override
    public byte[] next() {
        List<Event> events = control.events(last, BATCH);
        if (events.isEmpty()) {
            return follow ? new byte[0] : null;
        }
        Snapshot clock = control.snapshot();
        StringBuilder out = new StringBuilder();
        for (Event event : events) {
            if (event.id() > last + 1) {
                gap(out, event.id() - last - 1);
            }
            last = event.id();
            if (session == 0 || event.session() == session) {
                String json = ControlJson.text(ControlJson.event(event, clock));
                if (sse) {
                    out.append("id: ").append(event.id()).append("\ndata: ");
                    out.append(json).append("\n\n");
                } else {
                    out.append(json).append('\n');
                }
            }
        }
        return out.toString().getBytes(StandardCharsets.UTF_8);
    }

    private void gap(StringBuilder out, long missed) {
        String json = ControlJson.text(Map.of("missed", missed));
        out.append(sse ? "event: gap\ndata: " + json + "\n\n" : json + "\n");
    }

    @Override
    public byte[] heartbeat() {
        return (sse ? ":\n\n" : "\n").getBytes(StandardCharsets.UTF_8);
    }
}

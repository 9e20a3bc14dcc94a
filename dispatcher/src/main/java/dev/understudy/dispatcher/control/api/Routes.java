package dev.understudy.dispatcher.control.api;

import dev.understudy.dispatcher.control.Command;
import dev.understudy.dispatcher.control.Command.Side;
import dev.understudy.dispatcher.control.Control;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.Outcome;
import dev.understudy.dispatcher.control.Snapshot;
import dev.understudy.dispatcher.control.Snapshot.SessionView;
import dev.understudy.dispatcher.control.Watch;
import dev.understudy.stack.wire.Endpoint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * What can be asked of the API, and what answers it. Every call is made on the server's own thread.
 *
 * <table>
 * <caption>Routes</caption>
 * <tr><td>GET</td><td>/ · /sessions · /sessions/ID · /sessions/ID/story · /sessions/ID/packets · /sessions/ID/capture ·
 * /services · /servers · /links · /limits · /counters · /events · /watch · /snapshot · /metrics</td></tr>
 * <tr><td>POST</td><td>/sessions/ID/relocate, reset, watch, unwatch, impair · /servers/ADDRESS:PORT/drain, undrain ·
 * /links/client, network/impair · /reload</td></tr>
 * <tr><td>PUT</td><td>/watch</td></tr>
 * </table>
 */
final class Routes {
    private static final long MOST_ROWS = 10_000;
    private static final long USUAL_ROWS = 1_000;
    private static final int MOST_EVENTS = 16_384;

    private final Control control;
    private final String name;
    private final ChangeFeed feed = new ChangeFeed();

    /** @param name of what is controlled, for people: a configuration's file, or the lab */
    Routes(Control control, String name) {
        this.control = control;
        this.name = name;
    }

    Answer answer(Request request) {
        List<String> path = request.path();
        String first = path.isEmpty() ? "" : path.get(0);
        return switch (first) {
            case "" -> get(request, this::index);
            case "sessions" -> sessions(request);
            case "servers" -> servers(request);
            case "links" -> links(request);
            case "services" -> list(request, "services", control.snapshot().services());
            case "limits" -> list(request, "limits", control.snapshot().limits());
            case "counters" -> leaf(request, this::counters);
            case "events" -> leaf(request, this::events);
            case "watch" -> watch(request);
            case "snapshot" -> leaf(request, this::snapshot);
            case "metrics" ->
                    leaf(
                            request,
                            r ->
                                    Answer.text(
                                            Metrics.TYPE, Metrics.of(control.snapshot(), control)));
            case "reload" -> post(request, 1, r -> perform(new Command.Reload()));
            default -> nothing();
        };
    }

    private interface Route {
        Answer to(Request request);
    }

    private static Answer nothing() {
        return Answer.error(404, "There is nothing here; GET / says what there is.");
    }

    private static Answer get(Request request, Route route) {
        return request.method().equals("GET")
                ? route.to(request)
                : Answer.error(405, "This can only be read: use GET.");
    }

    private static Answer leaf(Request request, Route route) {
        return request.path().size() == 1 ? get(request, route) : nothing();
    }

    private static Answer post(Request request, int length, Route route) {
        if (request.path().size() != length) {
            return nothing();
        }
        return request.method().equals("POST")
                ? route.to(request)
                : Answer.error(405, "This does something: use POST.");
    }

    private static Answer list(Request request, String what, List<?> all) {
        return leaf(request, r -> Answer.ok(Map.of(what, all)));
    }

    // ---- reading

    private Answer index(Request request) {
        Snapshot snapshot = control.snapshot();
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("name", name);
        fields.put("api", 1);
        fields.put("time", ControlJson.time(snapshot.epochMillis()));
        fields.put("sessions", snapshot.counters().getOrDefault("sessions", 0L));
        fields.put(
                "paths",
                List.of(
                        "/sessions",
                        "/services",
                        "/servers",
                        "/links",
                        "/limits",
                        "/counters",
                        "/events",
                        "/watch",
                        "/metrics"));
        return Answer.ok(fields);
    }

    private Answer sessions(Request request) {
        List<String> path = request.path();
        if (path.size() == 1) {
            return get(request, this::table);
        }
        long id = request.segment(1, "session");
        if (path.size() == 2) {
            return get(request, r -> one(id));
        }
        return switch (path.get(2)) {
            case "story" -> get(request, r -> story(id));
            case "packets" -> get(request, r -> packets(r, id));
            case "capture" -> get(request, r -> capture(r, id));
            case "relocate" -> post(request, 3, r -> perform(new Command.Relocate(id)));
            case "reset" -> post(request, 3, r -> perform(new Command.Reset(id)));
            case "watch" -> post(request, 3, r -> perform(new Command.WatchSession(id)));
            case "unwatch" -> post(request, 3, r -> perform(new Command.UnwatchSession(id)));
            case "impair" ->
                    post(request, 3, r -> perform(new Command.ImpairSession(id, Bodies.impair(r))));
            default -> nothing();
        };
    }

    private Answer table(Request request) {
        request.knows(SessionFilter.PARAMETERS);
        Snapshot snapshot = control.snapshot();
        List<SessionView> found =
                snapshot.sessions().stream()
                        .filter(SessionFilter.of(request))
                        .sorted(SessionFilter.order(request))
                        .toList();
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("nanos", snapshot.nanos());
        fields.put("time", ControlJson.time(snapshot.epochMillis()));
        fields.put("live", snapshot.counters().getOrDefault("sessions", 0L));
        fields.put("found", found.size());
        fields.put(
                "sessions",
                SessionFilter.page(
                        found,
                        request.number("offset", 0, 0, Integer.MAX_VALUE),
                        request.number("limit", USUAL_ROWS, 0, MOST_ROWS)));
        return Answer.ok(fields);
    }

    private Answer one(long id) {
        Optional<SessionView> session = control.session(id);
        return session.isPresent() ? Answer.ok(session.get()) : noSession(id);
    }

    private static Answer.Whole noSession(long id) {
        return Answer.error(404, "There is no live session #" + id + ".");
    }

    private Answer story(long id) {
        return new Answer.Later(
                control.story(id)
                        .thenApply(
                                story ->
                                        story.isPresent()
                                                ? Answer.ok(
                                                        ControlJson.story(
                                                                story.get(), control.snapshot()))
                                                : Answer.error(
                                                        404,
                                                        "Nothing is on record for session #"
                                                                + id
                                                                + ".")));
    }

    private Answer packets(Request request, long id) {
        request.knows("after", "limit");
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("session", id);
        fields.put("watched", control.watchedSessions().contains(id));
        fields.put(
                "packets",
                control.packets(
                        id,
                        request.number("after", 0, 0, Long.MAX_VALUE),
                        (int) request.number("limit", 512, 1, 4096)));
        return Answer.ok(fields);
    }

    private Answer capture(Request request, long id) {
        request.knows("follow", "snap");
        if (!control.watchedSessions().contains(id) && control.session(id).isEmpty()) {
            return noSession(id);
        }
        boolean follow = request.text("follow").isEmpty() || request.flag("follow");
        Watch watch = control.watching();
        int snap = (int) request.number("snap", watch.snap(), 0, Watch.MOST_SNAP);
        Watch wider = new Watch(watch.all(), watch.sessions(), watch.packets(), snap);
        CompletableFuture<Outcome> begun =
                snap == watch.snap()
                        ? control.perform(new Command.WatchSession(id))
                        : control.perform(new Command.SetWatch(wider))
                                .thenCompose(o -> control.perform(new Command.WatchSession(id)));
        return new Answer.Endless(
                CaptureStream.TYPE, new CaptureStream(control, begun, id, follow));
    }

    private Answer counters(Request request) {
        Snapshot snapshot = control.snapshot();
        List<Map<String, Object>> all = new ArrayList<>();
        snapshot.counters()
                .forEach(
                        (counter, value) -> {
                            Map<String, Object> fields = new LinkedHashMap<>();
                            fields.put("name", counter);
                            fields.put("value", value);
                            fields.put("meaning", control.meaning(counter));
                            all.add(fields);
                        });
        return Answer.ok(Map.of("counters", all));
    }

    private Answer events(Request request) {
        request.knows("after", "follow", "limit", "session");
        String accepted = request.headers().getOrDefault("accept", "");
        boolean sse = accepted.contains(EventStream.SSE);
        String resumed = request.headers().get("last-event-id");
        long after =
                resumed == null
                        ? request.number("after", 0, 0, Long.MAX_VALUE)
                        : Request.number("Last-Event-ID", resumed.strip(), 0, Long.MAX_VALUE);
        long session = request.number("session", 0, 1, Long.MAX_VALUE);
        if (sse || request.flag("follow") || accepted.contains(EventStream.NDJSON)) {
            EventStream stream =
                    new EventStream(control, sse, after, sse || request.flag("follow"), session);
            return new Answer.Endless(stream.type(), stream);
        }
        int limit = (int) request.number("limit", USUAL_ROWS, 1, MOST_EVENTS);
        Snapshot clock = control.snapshot();
        List<Event> events =
                control.events(after, session == 0 ? limit : MOST_EVENTS).stream()
                        .filter(event -> session == 0 || event.session() == session)
                        .limit(limit)
                        .toList();
        return Answer.ok(
                Map.of("events", events.stream().map(e -> ControlJson.event(e, clock)).toList()));
    }

    /** What a monitor at the other end of the socket needs, and of the sessions only what has changed. */
    private Answer snapshot(Request request) {
        request.knows("since", "look");
        request.text("look").ifPresent(ids -> control.sessions(ids(ids)));
        Snapshot snapshot = control.snapshot();
        feed.take(snapshot);
        ChangeFeed.Changes changes = feed.since(request.number("since", 0, 0, Long.MAX_VALUE));
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("name", name);
        fields.put("readOnly", control.readOnly());
        fields.put("nanos", snapshot.nanos());
        fields.put("epochMillis", snapshot.epochMillis());
        fields.put("changes", changes);
        fields.put("services", snapshot.services());
        fields.put("servers", snapshot.servers());
        fields.put("links", snapshot.links());
        fields.put("limits", snapshot.limits());
        fields.put("counters", snapshot.counters());
        fields.put("watch", control.watching());
        fields.put("watched", control.watchedSessions());
        return Answer.ok(fields);
    }

    private static List<Long> ids(String text) {
        List<Long> ids = new ArrayList<>();
        for (String each : text.split(",", 257)) {
            if (!each.isEmpty() && ids.size() < 256) {
                ids.add(Request.number("look", each, 1, Long.MAX_VALUE));
            }
        }
        return ids;
    }

    // ---- doing

    private Answer servers(Request request) {
        if (request.path().size() == 1) {
            return list(request, "servers", control.snapshot().servers());
        }
        if (request.path().size() != 3) {
            return nothing();
        }
        Endpoint server = endpoint(request.path().get(1));
        request.knows("service");
        String service = request.text("service").orElse("");
        return switch (request.path().get(2)) {
            case "drain" -> post(request, 3, r -> perform(new Command.Drain(service, server)));
            case "undrain" -> post(request, 3, r -> perform(new Command.Undrain(service, server)));
            default -> nothing();
        };
    }

    private static Endpoint endpoint(String text) {
        try {
            return Endpoint.parse(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "'" + Request.shorten(text) + "' is not a server's ADDRESS:PORT.", e);
        }
    }

    private Answer links(Request request) {
        if (request.path().size() == 1) {
            return list(request, "links", control.snapshot().links());
        }
        if (request.path().size() != 3 || !request.path().get(2).equals("impair")) {
            return nothing();
        }
        Side side =
                switch (request.path().get(1)) {
                    case "client" -> Side.CLIENT;
                    case "network" -> Side.NETWORK;
                    default ->
                            throw new IllegalArgumentException("A link is 'client' or 'network'.");
                };
        return post(request, 3, r -> perform(new Command.ImpairLink(side, Bodies.impair(r))));
    }

    private Answer watch(Request request) {
        if (request.path().size() != 1) {
            return nothing();
        }
        if (!request.method().equals("PUT")) {
            return get(
                    request,
                    r ->
                            Answer.ok(
                                    Map.of(
                                            "watch",
                                            control.watching(),
                                            "sessions",
                                            control.watchedSessions())));
        }
        return perform(new Command.SetWatch(Bodies.watch(request, control.watching())));
    }

    private Answer perform(Command command) {
        CompletableFuture<Outcome> outcome = control.perform(command);
        return new Answer.Later(
                outcome.thenApply(
                        done -> {
                            Answer.Whole ok = Answer.ok(done);
                            return done.done() ? ok : new Answer.Whole(409, Answer.JSON, ok.body());
                        }));
    }
}

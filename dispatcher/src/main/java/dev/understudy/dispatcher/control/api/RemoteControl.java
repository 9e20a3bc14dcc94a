package dev.understudy.dispatcher.control.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.understudy.dispatcher.control.Command;
import dev.understudy.dispatcher.control.Control;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.Impair;
import dev.understudy.dispatcher.control.Outcome;
import dev.understudy.dispatcher.control.Snapshot;
import dev.understudy.dispatcher.control.Snapshot.LimitView;
import dev.understudy.dispatcher.control.Snapshot.LinkView;
import dev.understudy.dispatcher.control.Snapshot.ServerView;
import dev.understudy.dispatcher.control.Snapshot.ServiceView;
import dev.understudy.dispatcher.control.Snapshot.SessionView;
import dev.understudy.dispatcher.control.Story;
import dev.understudy.dispatcher.control.TracedPacket;
import dev.understudy.dispatcher.control.Watch;
import io.netty.handler.codec.http.HttpMethod;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

/**
 * A dispatcher that runs elsewhere, over its control socket. What is read is what came last: asking has a fresh answer fetched
 * in the background, a few times a second at most, of sessions only what has changed. When the connection is lost, the last
 * that was known stays, {@link #lost} says why, and asking tries again.
 */
@SuppressWarnings(
        "FutureReturnValueIgnored") // what is fetched in the background says itself what became of
// it
public final class RemoteControl implements Control, AutoCloseable {
    private static final long SHORTEST_NANOS = 200_000_000L;
    private static final int MOST_EVENTS = 1 << 14;
    private static final int MOST_TRACES = 64;
    private static final byte[] NOTHING = {};
    private static final int MOST_PACKETS = 16_384;

    private final ApiClient client;
    private final AtomicBoolean fetching = new AtomicBoolean();
    private final Map<Long, SessionView> rows = new HashMap<>();
    private final Deque<Event> events = new ArrayDeque<>();
    private final Map<Long, Trace> traces =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Long, Trace> eldest) {
                    return size() > MOST_TRACES;
                }
            };
    private volatile Snapshot last = Snapshot.EMPTY;
    private volatile Watch watch = Watch.NONE;
    private volatile List<Long> watched = List.of();
    private volatile String name = "";
    private volatile boolean readOnly;
    private volatile Optional<String> lost = Optional.empty();
    private volatile List<Long> looked = List.of();
    private volatile long fetchedAt = System.nanoTime() - SHORTEST_NANOS;
    private CompletableFuture<Void> stream = CompletableFuture.completedFuture(null);
    private StringBuilder partial = new StringBuilder();
    private long lastEvent;
    private long version;

    /** Packets of one session as far as they were fetched. */
    private static final class Trace {
        final Deque<TracedPacket> packets = new ArrayDeque<>();
        boolean fetching;
        long fetchedAt = System.nanoTime() - SHORTEST_NANOS;
    }

    private RemoteControl(ApiClient client) {
        this.client = client;
    }

    /**
     * Attaches to a dispatcher.
     *
     * @throws ApiException if none is there, or it refuses
     */
    public static RemoteControl attach(ApiAddress address) throws ApiException {
        ApiClient client = new ApiClient(address);
        try {
            RemoteControl remote = new RemoteControl(client);
            boolean more = true;
            while (more) {
                more = remote.take(client.get("/snapshot?since=" + remote.version));
            }
            return remote;
        } catch (ApiException | IOException e) {
            client.close();
            if (e instanceof ApiException api) {
                throw api;
            }
            throw new ApiException(
                    0, "The control API on " + address + " is of another version.", e);
        }
    }

    /** What is controlled, for people. */
    public String name() {
        return name;
    }

    /** Why there is nothing new, if the connection is lost. */
    public Optional<String> lost() {
        return lost;
    }

    // ---- snapshots

    @Override
    public Snapshot snapshot() {
        if (System.nanoTime() - fetchedAt >= SHORTEST_NANOS
                && fetching.compareAndSet(false, true)) {
            fetch();
        }
        return last;
    }

    private void fetch() {
        List<Long> look = looked;
        String ids = look.stream().map(String::valueOf).collect(Collectors.joining(","));
        String path = "/snapshot?since=" + version + (look.isEmpty() ? "" : "&look=" + ids);
        client.request(HttpMethod.GET, path, NOTHING)
                .thenAccept(
                        body -> {
                            try {
                                boolean more = take(body);
                                fetchedAt = System.nanoTime() - (more ? SHORTEST_NANOS : 0);
                                lost = Optional.empty();
                            } catch (IOException e) {
                                throw new CompletionException(e);
                            }
                        })
                .whenComplete(
                        (nothing, e) -> {
                            if (e != null) {
                                lost = Optional.of(sentence(e));
                                fetchedAt = System.nanoTime();
                            }
                            fetching.set(false);
                        });
    }

    private synchronized boolean take(byte[] body) throws IOException {
        JsonNode node = ControlJson.tree(body);
        JsonNode changes = node.path("changes");
        if (changes.path("whole").asBoolean()) {
            rows.clear();
        }
        for (JsonNode each : changes.path("sessions")) {
            SessionView view = ControlJson.value(each, SessionView.class);
            rows.put(view.id(), view);
        }
        changes.path("gone").forEach(id -> rows.remove(id.asLong()));
        version = changes.path("version").asLong();
        name = node.path("name").asText();
        readOnly = node.path("readOnly").asBoolean();
        watch = ControlJson.value(node.path("watch"), Watch.class);
        watched = list(node.path("watched"), Long.class);
        Map<String, Long> counters = new LinkedHashMap<>();
        node.path("counters")
                .properties()
                .forEach(e -> counters.put(e.getKey(), e.getValue().asLong()));
        last =
                new Snapshot(
                        node.path("nanos").asLong(),
                        node.path("epochMillis").asLong(),
                        List.copyOf(rows.values()),
                        list(node.path("services"), ServiceView.class),
                        list(node.path("servers"), ServerView.class),
                        list(node.path("links"), LinkView.class),
                        list(node.path("limits"), LimitView.class),
                        Collections.unmodifiableMap(counters));
        return changes.path("more").asBoolean();
    }

    private static <T> List<T> list(JsonNode node, Class<T> type) throws IOException {
        List<T> list = new ArrayList<>(node.size());
        for (JsonNode each : node) {
            list.add(ControlJson.value(each, type));
        }
        return List.copyOf(list);
    }

    private static String sentence(Throwable e) {
        Throwable cause =
                e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
        return cause instanceof ApiException
                ? cause.getMessage()
                : "The control API does not answer.";
    }

    @Override
    public List<SessionView> sessions(List<Long> ids) {
        looked = ids.stream().limit(256).toList();
        snapshot();
        synchronized (this) {
            return ids.stream().map(rows::get).filter(java.util.Objects::nonNull).toList();
        }
    }

    // ---- events

    @Override
    public synchronized List<Event> events(long after, int most) {
        if (stream.isDone() && System.nanoTime() - fetchedAt < 5 * SHORTEST_NANOS
                || stream.isDone() && lastEvent == 0) {
            partial = new StringBuilder();
            stream = client.follow("/events?follow=true&after=" + lastEvent, this::piece);
        }
        snapshot();
        List<Event> found = new ArrayList<>();
        for (Event event : events) {
            if (event.id() > after && found.size() < most) {
                found.add(event);
            }
        }
        return found;
    }

    private synchronized void piece(byte[] bytes) {
        partial.append(new String(bytes, StandardCharsets.UTF_8));
        int end;
        int from = 0;
        while ((end = partial.indexOf("\n", from)) >= 0) {
            String one = partial.substring(from, end);
            from = end + 1;
            if (!one.isBlank()) {
                line(one);
            }
        }
        partial.delete(0, from);
    }

    private void line(String json) {
        try {
            JsonNode node = ControlJson.tree(json.getBytes(StandardCharsets.UTF_8));
            if (node.has("id")) {
                Event event = ControlJson.event(node);
                events.add(event);
                lastEvent = event.id();
                if (events.size() > MOST_EVENTS) {
                    events.poll();
                }
            }
        } catch (IOException | IllegalArgumentException e) {
            // An event of a later version: there is nothing to show it with.
        }
    }

    // ---- one session

    @Override
    public CompletableFuture<Optional<Story>> story(long session) {
        return client.request(HttpMethod.GET, "/sessions/" + session + "/story", NOTHING)
                .thenApply(
                        body -> {
                            try {
                                return Optional.of(ControlJson.story(ControlJson.tree(body)));
                            } catch (IOException e) {
                                throw new CompletionException(e);
                            }
                        })
                .exceptionally(e -> Optional.empty());
    }

    @Override
    public Watch watching() {
        return watch;
    }

    @Override
    public List<Long> watchedSessions() {
        return watched;
    }

    @Override
    public List<TracedPacket> packets(long session, long after, int most) {
        Trace trace;
        synchronized (traces) {
            trace = traces.computeIfAbsent(session, id -> new Trace());
        }
        synchronized (trace) {
            if (!trace.fetching && System.nanoTime() - trace.fetchedAt >= SHORTEST_NANOS / 2) {
                trace.fetching = true;
                fetch(session, trace);
            }
            return trace.packets.stream().filter(p -> p.number() > after).limit(most).toList();
        }
    }

    private void fetch(long session, Trace trace) {
        long known = trace.packets.isEmpty() ? 0 : trace.packets.getLast().number();
        client.request(HttpMethod.GET, "/sessions/" + session + "/packets?after=" + known, NOTHING)
                .whenComplete(
                        (body, e) -> {
                            synchronized (trace) {
                                trace.fetching = false;
                                trace.fetchedAt = System.nanoTime();
                                if (e == null) {
                                    take(trace, body);
                                }
                            }
                        });
    }

    private static void take(Trace trace, byte[] body) {
        try {
            List<TracedPacket> packets =
                    list(ControlJson.tree(body).path("packets"), TracedPacket.class);
            trace.packets.addAll(packets);
            while (trace.packets.size() > MOST_PACKETS) {
                trace.packets.poll();
            }
        } catch (IOException e) {
            // Of another version: there is nothing to show it with.
        }
    }

    // ---- doing

    @Override
    public boolean readOnly() {
        return readOnly;
    }

    @Override
    public CompletableFuture<Outcome> perform(Command command) {
        CompletableFuture<byte[]> answer;
        if (command instanceof Command.Relocate it) {
            answer = post("/sessions/" + it.session() + "/relocate", NOTHING);
        } else if (command instanceof Command.Reset it) {
            answer = post("/sessions/" + it.session() + "/reset", NOTHING);
        } else if (command instanceof Command.Drain it) {
            answer = post(server(it.server().toString(), "drain", it.service()), NOTHING);
        } else if (command instanceof Command.Undrain it) {
            answer = post(server(it.server().toString(), "undrain", it.service()), NOTHING);
        } else if (command instanceof Command.ImpairSession it) {
            answer = post("/sessions/" + it.session() + "/impair", body(it.impair()));
        } else if (command instanceof Command.ImpairLink it) {
            answer = post("/links/" + it.side().label() + "/impair", body(it.impair()));
        } else if (command instanceof Command.WatchSession it) {
            answer = post("/sessions/" + it.session() + "/watch", NOTHING);
        } else if (command instanceof Command.UnwatchSession it) {
            answer = post("/sessions/" + it.session() + "/unwatch", NOTHING);
        } else if (command instanceof Command.SetWatch it) {
            answer = client.request(HttpMethod.PUT, "/watch", ControlJson.bytes(it.watch()));
        } else {
            answer = post("/reload", NOTHING);
        }
        return answer.thenApply(
                        body -> {
                            try {
                                return ControlJson.read(body, Outcome.class);
                            } catch (IOException e) {
                                throw new CompletionException(e);
                            }
                        })
                .exceptionally(e -> Outcome.refused(sentence(e)));
    }

    private static byte[] body(Impair impair) {
        return ControlJson.bytes(impair);
    }

    private static String server(String server, String what, String service) {
        return "/servers/"
                + URLEncoder.encode(server, StandardCharsets.UTF_8)
                + "/"
                + what
                + (service.isEmpty()
                        ? ""
                        : "?service=" + URLEncoder.encode(service, StandardCharsets.UTF_8));
    }

    private CompletableFuture<byte[]> post(String path, byte[] body) {
        return client.request(HttpMethod.POST, path, body);
    }

    @Override
    public void close() {
        stream.cancel(true);
        client.close();
    }
}

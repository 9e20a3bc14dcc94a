package dev.understudy.dispatcher.control.api;

import dev.understudy.dispatcher.control.Control;
import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.HistogramView;
import dev.understudy.dispatcher.control.Snapshot;
import dev.understudy.dispatcher.control.Snapshot.LimitView;
import dev.understudy.dispatcher.control.Snapshot.LinkView;
import dev.understudy.dispatcher.control.Snapshot.ServerView;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * A snapshot in Prometheus' text format 0.0.4: base units, seconds and bytes, and no addresses as labels. A server is named by
 * its service and its place in the configuration, from 1 on. Written by hand: all of it is made from one snapshot, so a
 * library's registry would only be filled and emptied at each scrape.
 */
final class Metrics {
    static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private static final double NANOS = 1e9;

    private final StringBuilder out = new StringBuilder(16 << 10);

    private Metrics() {}

    static String of(Snapshot snapshot, Control control) {
        Metrics metrics = new Metrics();
        metrics.counters(snapshot, control);
        metrics.limits(snapshot.limits());
        metrics.links(snapshot.links());
        metrics.servers(snapshot.servers());
        return metrics.out.toString();
    }

    private void counters(Snapshot snapshot, Control control) {
        Set<String> known = new HashSet<>();
        for (Counter counter : Counter.values()) {
            String name = "understudy_" + snake(counter.label()) + "_total";
            head(name, "counter", control.meaning(counter.label()));
            value(name, "", snapshot.counters().getOrDefault(counter.label(), 0L));
            known.add(counter.label());
        }
        Map<String, Long> dropped = new LinkedHashMap<>();
        for (Map.Entry<String, Long> entry : snapshot.counters().entrySet()) {
            String name = entry.getKey();
            if (known.contains(name) || name.contains(" frames ") || name.contains(" bytes ")) {
                continue;
            }
            if (name.startsWith("dropped: ")) {
                dropped.put(name.substring("dropped: ".length()), entry.getValue());
            } else if (name.matches("[a-z-]+")) {
                String gauge = "understudy_" + snake(name);
                head(gauge, "gauge", control.meaning(name));
                value(gauge, "", entry.getValue());
            } else {
                dropped.put(name, entry.getValue());
            }
        }
        if (!dropped.isEmpty()) {
            String name = "understudy_attachment_events_total";
            head(name, "counter", "What attachments and links counted, most of it drops.");
            dropped.forEach((reason, count) -> value(name, labels("reason", reason), count));
        }
    }

    private void limits(List<LimitView> limits) {
        head("understudy_limit_used", "gauge", "How full what may fill up is.");
        limits.forEach(l -> value("understudy_limit_used", labels("limit", l.name()), l.used()));
        head("understudy_limit", "gauge", "How much it can hold.");
        limits.forEach(l -> value("understudy_limit", labels("limit", l.name()), l.most()));
    }

    private void links(List<LinkView> links) {
        head("understudy_link_bytes_total", "counter", "Bytes that crossed a link.");
        for (LinkView link : links) {
            link(link, "understudy_link_bytes_total", link.bytesIn(), link.bytesOut());
        }
        head("understudy_link_frames_total", "counter", "Frames that crossed a link.");
        for (LinkView link : links) {
            link(link, "understudy_link_frames_total", link.framesIn(), link.framesOut());
        }
    }

    private void link(LinkView link, String name, long in, long out) {
        value(name, labels("side", link.side(), "direction", "in"), in);
        value(name, labels("side", link.side(), "direction", "out"), out);
    }

    private interface Reading {
        long of(ServerView server);
    }

    private void servers(List<ServerView> all) {
        Map<ServerView, String> servers = new LinkedHashMap<>();
        Map<String, Integer> places = new LinkedHashMap<>();
        for (ServerView server : all) {
            if (server.listed()) {
                int place = places.merge(server.service(), 1, Integer::sum);
                servers.put(
                        server,
                        labels("service", server.service(), "server", Integer.toString(place)));
            }
        }
        each(servers, "server_up", "gauge", "1 if tried in its turn.", s -> s.up() ? 1 : 0);
        each(servers, "server_drained", "gauge", "1 if drained.", s -> s.drained() ? 1 : 0);
        each(servers, "server_sessions", "gauge", "Live sessions.", ServerView::sessions);
        each(servers, "server_wins_total", "counter", "Sessions that it got.", ServerView::wins);
        String failures = "understudy_server_failures_total";
        head(failures, "counter", "Failures by kind.");
        servers.forEach(
                (server, labels) ->
                        server.failuresByKind()
                                .forEach(
                                        (kind, count) ->
                                                value(failures, and(labels, "kind", kind), count)));
        each(
                servers,
                "server_retransmissions_total",
                "counter",
                "Segments with data that were sent again, to it or by it.",
                ServerView::retransmissions);
        each(
                servers,
                "server_stalls_total",
                "counter",
                "Silences of a second or more while it owed an answer.",
                ServerView::stalls);
        histogram(servers, "server_syn_seconds", "SYN round trips.", true);
        histogram(
                servers,
                "server_first_byte_seconds",
                "From the client's last data to the server's first.",
                false);
    }

    private void each(
            Map<ServerView, String> servers, String name, String type, String help, Reading of) {
        head("understudy_" + name, type, help);
        servers.forEach((server, labels) -> value("understudy_" + name, labels, of.of(server)));
    }

    private void histogram(
            Map<ServerView, String> servers, String shortName, String help, boolean syn) {
        String name = "understudy_" + shortName;
        head(name, "histogram", help);
        servers.forEach(
                (server, labels) -> {
                    HistogramView histogram = syn ? server.roundTrips() : server.firstBytes();
                    long sum = 0;
                    for (int i = 0; i < HistogramView.BUCKETS - 1; i++) {
                        sum += histogram.counts().get(i);
                        if ((i & 1) == 0) {
                            String upTo = number(HistogramView.upTo(i) / NANOS);
                            value(name + "_bucket", and(labels, "le", upTo), sum);
                        }
                    }
                    value(name + "_bucket", and(labels, "le", "+Inf"), histogram.count());
                    value(name + "_sum", labels, histogram.sumNanos() / NANOS);
                    value(name + "_count", labels, histogram.count());
                });
    }

    // ---- the format

    private void head(String name, String type, String help) {
        out.append("# HELP ").append(name).append(' ').append(help.replace("\n", " "));
        out.append("\n# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    private void value(String name, String labels, long value) {
        out.append(name).append(labels).append(' ').append(value).append('\n');
    }

    private void value(String name, String labels, double value) {
        out.append(name).append(labels).append(' ').append(number(value)).append('\n');
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : String.format(Locale.ROOT, "%.9g", value).replaceAll("\\.?0+($|e)", "$1");
    }

    private static String labels(String... pairs) {
        StringBuilder labels = new StringBuilder("{");
        for (int i = 0; i < pairs.length; i += 2) {
            labels.append(i == 0 ? "" : ",").append(pairs[i]).append("=\"");
            labels.append(escape(pairs[i + 1])).append('"');
        }
        return labels.append('}').toString();
    }

    private static String and(String labels, String name, String value) {
        return labels.substring(0, labels.length() - 1)
                + ","
                + name
                + "=\""
                + escape(value)
                + "\"}";
    }

    private static String escape(String value) {
        return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }

    private static String snake(String label) {
        return label.replace('-', '_');
    }
}

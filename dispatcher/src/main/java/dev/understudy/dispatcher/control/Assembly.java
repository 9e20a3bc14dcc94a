package dev.understudy.dispatcher.control;

import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.control.Snapshot.ServerView;
import dev.understudy.dispatcher.control.Snapshot.ServiceView;
import dev.understudy.dispatcher.control.Snapshot.SessionView;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Makes a snapshot for people of what the loop has read. Off the loop. */
public final class Assembly {
    private Assembly() {}

    public static Snapshot of(
            long nanos, long wallMillis, List<SessionView> sessions, Overview rest) {
        List<ServerView> servers = rest.servers().stream().map(ServerSample::view).toList();
        List<ServiceView> services = new ArrayList<>();
        for (ServiceConfig service : rest.services()) {
            services.add(view(service, servers));
        }
        return new Snapshot(
                nanos,
                wallMillis,
                sessions,
                List.copyOf(services),
                servers,
                rest.links(),
                rest.limits(),
                rest.counters());
    }

    private static ServiceView view(ServiceConfig service, List<ServerView> servers) {
        int sessions =
                servers.stream()
                        .filter(server -> server.service().equals(service.name()))
                        .mapToInt(ServerView::sessions)
                        .sum();
        return new ServiceView(
                service.name(),
                service.originals().stream().map(Object::toString).toList(),
                word(service.connect().strategy().name()),
                service.connect().staggerNanos(),
                service.connect().timeoutNanos(),
                service.connect().attempts(),
                word(service.bind().by().name()),
                failures(service.recover()),
                service.everyServer().size(),
                sessions);
    }

    private static List<String> failures(ServiceConfig.Recover recover) {
        List<String> words = new ArrayList<>();
        if (recover.reset()) {
            words.add("reset");
        }
        if (recover.unreachable()) {
            words.add("unreachable");
        }
        if (recover.timeout()) {
            words.add("timeout");
        }
        if (recover.closed()) {
            words.add("fin");
        }
        recover.statuses().forEach(statuses -> words.add("http " + statuses));
        return words;
    }

    private static String word(String name) {
        return name.toLowerCase(Locale.ROOT).replace('_', '-');
    }
}

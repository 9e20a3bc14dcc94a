package dev.understudy.dispatcher.control;

import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.control.Snapshot.LimitView;
import dev.understudy.dispatcher.control.Snapshot.LinkView;
import java.util.List;
import java.util.Map;

/** All of a dispatcher but its sessions, as the loop reads it. */
public record Overview(
        List<ServiceConfig> services,
        List<ServerSample> servers,
        List<LinkView> links,
        List<LimitView> limits,
        Map<String, Long> counters) {}

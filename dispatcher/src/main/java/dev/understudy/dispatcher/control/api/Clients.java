package dev.understudy.dispatcher.control.api;

import io.netty.channel.Channel;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The API's connections, no more than so many: when another comes, the one that has asked nothing for longest makes room, so
 * that idle clients cannot keep a person out. What is refused is counted, and said in the log at most once a second.
 */
@SuppressWarnings(
        "FutureReturnValueIgnored") // a connection that cannot be closed is closed already
final class Clients {
    private static final Logger LOG = LoggerFactory.getLogger(Clients.class);
    private static final long SECOND = 1_000_000_000L;

    private final int most;
    private final Map<Channel, Boolean> open = new LinkedHashMap<>(16, 0.75f, true);
    private final AtomicLong served = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong now = new AtomicLong();
    private long saidAt = System.nanoTime() - SECOND;
    private long unsaid;

    Clients(int most) {
        this.most = most;
    }

    void opened(Channel channel) {
        open.put(channel, true);
        channel.closeFuture().addListener(closed -> left(channel));
        if (open.size() > most) {
            Iterator<Channel> eldest = open.keySet().iterator();
            Channel idle = eldest.next();
            eldest.remove();
            refused("one client too many");
            idle.close();
        }
        now.set(open.size());
    }

    private void left(Channel channel) {
        open.remove(channel);
        now.set(open.size());
    }

    /** It has asked something. */
    void heard(Channel channel) {
        open.get(channel);
        served.incrementAndGet();
    }

    /** Something was refused, or somebody cut off. */
    void refused(String what) {
        refused.incrementAndGet();
        unsaid++;
        long at = System.nanoTime();
        if (at - saidAt >= SECOND) {
            LOG.warn("control API: refused {} ({} refused since the last such line)", what, unsaid);
            saidAt = at;
            unsaid = 0;
        }
    }

    void closeAll() {
        java.util.List.copyOf(open.keySet()).forEach(Channel::close);
    }

    /** For the counters' page. */
    Map<String, Long> counters() {
        Map<String, Long> counters = new LinkedHashMap<>();
        counters.put("control-clients", now.get());
        counters.put("control-requests", served.get());
        counters.put("control-refused", refused.get());
        return counters;
    }
}

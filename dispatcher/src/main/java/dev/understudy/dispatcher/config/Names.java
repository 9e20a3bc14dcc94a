package dev.understudy.dispatcher.config;

import dev.understudy.stack.wire.IpAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The names of one configuration with the addresses that they had last: a resolver that asks another one once for each name,
 * and again only in {@link #refresh}.
 *
 * <p>A name that cannot be resolved any more keeps its addresses: a name server that is down must not take servers away. Nor
 * does an answer in another order change anything: name servers deal their answers out in turn, and the order that counts is
 * the one in which the configuration was loaded.
 *
 * <p>For any thread. Asking may take seconds, so never an event loop's.
 */
public final class Names implements HostResolver {
    private final HostResolver resolver;
    private final Map<String, List<IpAddress>> known = new LinkedHashMap<>();

    public Names(HostResolver resolver) {
        this.resolver = resolver;
    }

    @Override
    public List<IpAddress> resolve(String host) throws UnknownHostException {
        synchronized (known) {
            List<IpAddress> before = known.get(host);
            if (before != null) {
                return before;
            }
        }
        List<IpAddress> addresses = List.copyOf(resolver.resolve(host));
        synchronized (known) {
            known.put(host, addresses);
        }
        return addresses;
    }

    /** Whether no name has been asked for. */
    public boolean isEmpty() {
        synchronized (known) {
            return known.isEmpty();
        }
    }

    /**
     * Asks for every name again.
     *
     * @return a sentence for each that has other addresses now: {@code shop.example is 10.20.0.7 now, no longer 10.20.0.3}
     */
    public List<String> refresh() {
        List<String> changes = new ArrayList<>();
        Map<String, List<IpAddress>> asked;
        synchronized (known) {
            asked = new LinkedHashMap<>(known);
        }
        asked.forEach(
                (host, before) -> {
                    List<IpAddress> now = answer(host, before);
                    if (!new HashSet<>(now).equals(new HashSet<>(before))) {
                        changes.add(host + " is " + text(now) + " now, no longer " + text(before));
                        synchronized (known) {
                            known.put(host, now);
                        }
                    }
                });
        return changes;
    }

    private List<IpAddress> answer(String host, List<IpAddress> before) {
        try {
            List<IpAddress> now = resolver.resolve(host);
            return now.isEmpty() ? before : List.copyOf(now);
        } catch (UnknownHostException e) {
            return before;
        }
    }

    private static String text(List<IpAddress> addresses) {
        return addresses.stream().map(IpAddress::toString).collect(Collectors.joining(", "));
    }
}

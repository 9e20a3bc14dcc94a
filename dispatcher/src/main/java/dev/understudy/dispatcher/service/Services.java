package dev.understudy.dispatcher.service;

import dev.understudy.dispatcher.config.ServiceConfig;
import java.util.List;

/**
 * The address translation table (FIG. 4, 34): which service an original belongs to. Exists with no live session (P07);
 * a session keeps the {@link Service} it was given, so replacing the table moves no live session.
 */
public final class Services {
    private final List<Service> services;

    public Services(List<ServiceConfig> configs) {
        this(configs, List.of());
    }

    private Services(List<ServiceConfig> configs, List<Service> before) {
        services = configs.stream().map(config -> service(config, before)).toList();
    }

    private static Service service(ServiceConfig config, List<Service> before) {
        for (Service old : before) {
            if (old.name().equals(config.name())) {
                return new Service(config, old);
            }
        }
        return new Service(config);
    }

    /** A new table in which servers that stay are the same objects: live sessions and new ones learn from each other. */
    public Services reload(List<ServiceConfig> configs) {
        return new Services(configs, services);
    }

    /**
     * The service of an original, or null: asked for every SYN, so no Optional.
     *
     * @param protocol IP's number of the transport protocol
     */
    public Service find(int protocol, long hi, long lo, int port) {
        for (int i = 0; i < services.size(); i++) {
            Service service = services.get(i);
            if (service.holds(protocol, hi, lo, port)) {
                return service;
            }
        }
        return null;
    }

    /** Whether an address is an original's, on any port. */
    public boolean isOriginal(long hi, long lo) {
        for (int i = 0; i < services.size(); i++) {
            if (services.get(i).hasAddress(hi, lo)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a server at this address is remembered as failed. */
    public boolean isDown(long hi, long lo, long now) {
        for (Service service : services) {
            if (service.isDown(hi, lo, now)) {
                return true;
            }
        }
        return false;
    }

    public List<Service> all() {
        return services;
    }
}

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
        services = configs.stream().map(Service::new).toList();
    }

    /** A new table in which servers that stay keep what was learned of them. */
    public Services reload(List<ServiceConfig> configs) {
        Services next = new Services(configs);
        for (Service service : next.services) {
            for (Service old : services) {
                if (old.name().equals(service.name())) {
                    service.inherit(old);
                }
            }
        }
        return next;
    }

    /** The service of an original, or null: asked for every SYN, so no Optional. */
    public Service find(long hi, long lo, int port) {
        for (int i = 0; i < services.size(); i++) {
            Service service = services.get(i);
            if (service.holds(hi, lo, port)) {
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

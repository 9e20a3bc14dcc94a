package dev.understudy.tools.net;

import dev.understudy.stack.link.NetworkNamespace;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A network of hosts on this machine: each a network namespace without a name, so that nothing of it outlives this
 * process, and no other process's network is touched. Hosts are wired with veth pairs; a TAP device is opened by
 * whoever plays its other end, in the host's namespace.
 *
 * <pre>{@code
 * try (Topology lan = new Topology()) {
 *     Host router = lan.host("router").forward();
 *     Host web = lan.host("web");
 *     lan.wire(router, "web0", web, "eth0");
 *     router.address("web0", "10.20.1.1/24");
 *     web.address("eth0", "10.20.1.2/24").route("default via 10.20.1.1");
 * }
 * }</pre>
 */
public final class Topology implements AutoCloseable {
    private final Map<String, Host> hosts = new LinkedHashMap<>();

    /** Adds a host whose loopback is up and which has nothing else. */
    public Host host(String name) throws IOException {
        if (hosts.containsKey(name)) {
            throw new IllegalArgumentException("there is a host " + name + " already");
        }
        Host host = new Host(name, NetworkNamespace.create(name));
        hosts.put(name, host);
        return host.trustPaths();
    }

    /** The host of that name. */
    public Optional<Host> find(String name) {
        return Optional.ofNullable(hosts.get(name));
    }

    /** Lays a cable between two hosts; the interfaces are down until they get an address or are told to be up. */
    public Topology wire(Host one, String oneDevice, Host other, String otherDevice)
            throws IOException {
        NetworkNamespace.veth(one.namespace(), oneDevice, other.namespace(), otherDevice);
        return this;
    }

    /** Ends every host: its processes, its devices, its routes. */
    @Override
    public void close() {
        hosts.values().forEach(host -> host.namespace().close());
        hosts.clear();
    }
}

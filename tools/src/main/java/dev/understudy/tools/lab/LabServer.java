package dev.understudy.tools.lab;

import dev.understudy.stack.wire.Endpoint;
import dev.understudy.tools.net.Host;
import java.io.IOException;
import java.time.Duration;

/**
 * One server of the lab: a host with a web server, and a path that leads to it from the router. Its faults are real
 * ones of the kernel's: a closed port, a missing way back, a router that knows no way.
 */
public final class LabServer implements Stage.Actor, AutoCloseable {
    /** Longer than a handshake takes in the lab. */
    private static final Duration GRACE = Duration.ofMillis(20);

    private final Host host;
    private final Host router;
    private final Endpoint endpoint;
    private final String gateway;
    private final String path;
    private final WebServer web;
    private Fault fault = Fault.NONE;

    /**
     * A server that listens already.
     *
     * @param endpoint where sessions reach it
     * @param gateway the router's address on the server's side
     * @param path the rest of the router's route to the server's address: {@code via 10.20.1.2}, {@code dev to-b}
     */
    LabServer(Host host, Host router, Endpoint endpoint, String gateway, String path)
            throws IOException {
        this.host = host;
        this.router = router;
        this.endpoint = endpoint;
        this.gateway = gateway;
        this.path = path;
        this.web = new WebServer(host.name(), host.namespace(), endpoint.port());
        lead();
        hear();
        web.listen();
    }

    @Override
    public String name() {
        return host.name();
    }

    /** Where it runs: other programs may serve there besides. */
    public Host host() {
        return host;
    }

    @Override
    public Endpoint endpoint() {
        return endpoint;
    }

    /** What is wrong with it now. */
    public Fault fault() {
        return fault;
    }

    /** How many requests it has answered. */
    public long requests() {
        return web.requests();
    }

    @Override
    public void inflict(Fault next) throws IOException, InterruptedException {
        if (next == fault) {
            return;
        }
        switch (fault) {
            case NONE -> {
                // Nothing to mend.
            }
            case REFUSE, KILLED -> web.listen();
            case SILENT -> hear();
            case UNREACHABLE -> lead();
        }
        switch (next) {
            case NONE -> {
                // Mended above.
            }
            case REFUSE -> refuse();
            case KILLED -> web.kill();
            case SILENT -> host.route("blackhole default");
            case UNREACHABLE -> router.route("unreachable " + endpoint.address());
        }
        fault = next;
    }

    @Override
    public void close() throws IOException {
        web.close();
    }

    /**
     * Closing a listener resets the handshakes that are under way: a failure in mid-session, not the refusal that is
     * meant. So it falls silent for the moment in which those complete.
     */
    private void refuse() throws IOException, InterruptedException {
        host.route("blackhole default");
        web.refuse(GRACE);
        hear();
    }

    private void hear() throws IOException {
        host.route("default via " + gateway);
    }

    private void lead() throws IOException {
        router.route(endpoint.address() + " " + path);
    }
}

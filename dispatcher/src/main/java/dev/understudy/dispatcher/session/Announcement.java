package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.service.Server;
import dev.understudy.dispatcher.service.Service;
import dev.understudy.stack.wire.Endpoint;

/**
 * A connection that was announced on another (P61): somebody may begin it, once, within a minute. As a flow it is what is
 * known beforehand: client and original with its port, or our end and the server without one; the unknown port is 0.
 */
final class Announcement extends Flow {
    final Service service;

    /** The end that it leads to: the server, or the client; and as whom that one is spoken to. */
    final long toHi;

    final long toLo;
    final int toPort;
    final long asHi;
    final long asLo;

    /** When it is void. */
    final long until;

    boolean taken;

    Announcement(
            Service service,
            int protocol,
            long nearHi,
            long nearLo,
            int nearPort,
            long farHi,
            long farLo,
            int farPort,
            long toHi,
            long toLo,
            int toPort,
            long asHi,
            long asLo,
            long until) {
        super(protocol, nearHi, nearLo, nearPort, farHi, farLo, farPort);
        this.service = service;
        this.toHi = toHi;
        this.toLo = toLo;
        this.toPort = toPort;
        this.asHi = asHi;
        this.asLo = asLo;
        this.until = until;
    }

    /** The server that it leads to. Nothing that is learned of it concerns others: it has a port of its own. */
    Server server() {
        return new Server(Endpoint.of(toHi, toLo, toPort), 1, /* backup= */ false);
    }
}

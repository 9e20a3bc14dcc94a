package dev.understudy.dispatcher.session.sim;

import dev.understudy.stack.wire.IpAddress;

/** The addresses of a world, and how a configuration file names them. */
enum Family {
    IPV4("10.0.0.", "10.20.0.", "203.0.113.10", "10.9.0.2", "%s"),
    IPV6("fd00::", "fd20::", "2001:db8::10", "fd09::2", "[%s]");

    private final String clients;
    private final String servers;
    private final String original;
    private final String ours;
    private final String beforePort;

    Family(String clients, String servers, String original, String ours, String beforePort) {
        this.clients = clients;
        this.servers = servers;
        this.original = original;
        this.ours = ours;
        this.beforePort = beforePort;
    }

    /** The client of a number, from 1. */
    IpAddress client(int number) {
        return IpAddress.parse(clients + number);
    }

    /** The server of a number, from 1. */
    IpAddress server(int number) {
        return IpAddress.parse(servers + number);
    }

    /** The router in front of the servers. */
    IpAddress router() {
        return server(99);
    }

    IpAddress original() {
        return IpAddress.parse(original);
    }

    /** Ours on the network side. */
    IpAddress ours() {
        return IpAddress.parse(ours);
    }

    /** A piece of a configuration file with addresses for {@code <original>} and for servers {@code <1>}, {@code <2>} and so on. */
    String addressed(String text) {
        return text.replace("<original>", beforePort.formatted(original))
                .replaceAll("<(\\d)>", beforePort.formatted(servers + "$1"));
    }
}

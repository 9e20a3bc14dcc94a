package dev.understudy.dispatcher.session;

/**
 * Two ends of a connection as one index knows them (FIG. 9): near is the client's side, far the server's. Addresses are
 * longs, IPv4 as v4-mapped. The base of what the two indexes hold, so that an entry needs no key object beside it.
 */
abstract class Flow {
    final long nearHi;
    final long nearLo;
    final long farHi;
    final long farLo;
    final char nearPort;
    final char farPort;

    /** IP's number of the transport protocol: TCP or UDP. */
    final byte protocol;

    /** Written by the index that holds this flow. */
    int hash;

    Flow(
            int protocol,
            long nearHi,
            long nearLo,
            int nearPort,
            long farHi,
            long farLo,
            int farPort) {
        this.protocol = (byte) protocol;
        this.nearHi = nearHi;
        this.nearLo = nearLo;
        this.nearPort = (char) nearPort;
        this.farHi = farHi;
        this.farLo = farLo;
        this.farPort = (char) farPort;
    }

    final boolean matches(
            int protocol,
            long nearHi,
            long nearLo,
            int nearPort,
            long farHi,
            long farLo,
            int farPort) {
        return this.nearLo == nearLo
                && this.farLo == farLo
                && this.nearPort == nearPort
                && this.farPort == farPort
                && this.protocol == protocol
                && this.nearHi == nearHi
                && this.farHi == farHi;
    }
}

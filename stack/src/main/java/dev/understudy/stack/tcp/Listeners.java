package dev.understudy.stack.tcp;

import dev.understudy.stack.wire.IpAddress;

/** The listeners of a stack, by port: few, and one for a single address comes before one for all. */
final class Listeners {
    private static final int CHAINS = 64;

    private final TcpListener[] chains = new TcpListener[CHAINS];

    /** Adds one; false if somebody listens on that very address and port. */
    boolean add(TcpListener listener) {
        int chain = listener.port % CHAINS;
        for (TcpListener l = chains[chain]; l != null; l = l.next) {
            if (l.port == listener.port
                    && l.localHi == listener.localHi
                    && l.localLo == listener.localLo) {
                return false;
            }
        }
        listener.next = chains[chain];
        chains[chain] = listener;
        return true;
    }

    void remove(TcpListener listener) {
        int chain = listener.port % CHAINS;
        TcpListener kept = null;
        for (TcpListener l = chains[chain]; l != null; ) {
            TcpListener following = l.next;
            if (!l.equals(listener)) {
                l.next = kept;
                kept = l;
            }
            l = following;
        }
        chains[chain] = kept;
    }

    /** Who listens there, or null. */
    TcpListener find(long hi, long lo, int port) {
        TcpListener any = null;
        for (TcpListener l = chains[port % CHAINS]; l != null; l = l.next) {
            if (l.listensOn(hi, lo, port)) {
                if (!l.anyAddress) {
                    return l;
                }
                any = l;
            }
        }
        return any;
    }

    /** Any one, or null. */
    TcpListener first() {
        for (TcpListener l : chains) {
            if (l != null) {
                return l;
            }
        }
        return null;
    }

    /** Nobody that a RST or SYN+ACK could be sent to (RFC 9293 §3.9.2.3, MUST-63). */
    static boolean isNobody(long hi, long lo) {
        if (IpAddress.isMapped(hi, lo)) {
            int first = (int) lo >>> 24;
            return first >= 224 || first == 0;
        }
        return hi >>> 56 == 0xFF || hi == 0 && lo == 0;
    }
}

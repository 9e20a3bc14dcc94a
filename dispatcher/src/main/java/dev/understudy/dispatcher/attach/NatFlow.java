package dev.understudy.dispatcher.attach;

import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.Udp;

/** One flow of a client that passes through under our address; see {@link NatTable}. */
final class NatFlow {
    /** How long a flow lives without a packet; each class is a list in the order of last use. */
    enum Life {
        /** No answer seen yet. */
        UNANSWERED(60),
        ICMP(60),
        /** RFC 4787 §4.3 asks for two minutes, recommends five. */
        UDP(300),
        /** RFC 5382 §5: at least 2 hours 4 minutes. */
        TCP(7440),
        /** RFC 5382 §5: at least four minutes for what opens or closes. */
        TCP_CLOSING(240),
        OTHER(300);

        final long nanos;

        Life(long seconds) {
            nanos = seconds * 1_000_000_000L;
        }
    }

    final int protocol;
    final long clientHi;
    final long clientLo;
    final long remoteHi;
    final long remoteLo;

    /** The client's port or echo identifier. */
    final int clientPort;

    final int remotePort;

    /** The port or identifier under our address. */
    final int port;

    Life life = Life.UNANSWERED;
    long usedAt;
    private boolean finFromClient;
    private boolean finFromRemote;

    NatFlow nextOutgoing;
    NatFlow nextIncoming;
    NatFlow older;
    NatFlow younger;

    NatFlow(
            int protocol,
            long clientHi,
            long clientLo,
            int clientPort,
            long remoteHi,
            long remoteLo,
            int remotePort,
            int port) {
        this.protocol = protocol;
        this.clientHi = clientHi;
        this.clientLo = clientLo;
        this.clientPort = clientPort;
        this.remoteHi = remoteHi;
        this.remoteLo = remoteLo;
        this.remotePort = remotePort;
        this.port = port;
    }

    /** The class that the flow belongs in after one more packet; {@code flags} are TCP's, else 0. */
    Life after(boolean fromClient, int flags) {
        if (protocol == Tcp.PROTOCOL) {
            finFromClient |= fromClient && (flags & Tcp.FIN) != 0;
            finFromRemote |= !fromClient && (flags & Tcp.FIN) != 0;
            if ((flags & Tcp.RST) != 0 || finFromClient && finFromRemote) {
                return Life.TCP_CLOSING;
            }
            if (fromClient && (flags & Tcp.SYN) != 0) {
                finFromClient = false;
                finFromRemote = false;
                return life == Life.TCP_CLOSING ? Life.UNANSWERED : life;
            }
        }
        if (fromClient || life != Life.UNANSWERED) {
            return life;
        }
        return switch (protocol) {
            case Icmp.PROTOCOL, Icmp.PROTOCOL_V6 -> Life.ICMP;
            case Tcp.PROTOCOL -> Life.TCP;
            case Udp.PROTOCOL -> Life.UDP;
            default -> Life.OTHER;
        };
    }
}

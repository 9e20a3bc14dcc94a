package dev.understudy.stack.udp;

import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.IpAddress;
import io.netty.buffer.ByteBuf;
import java.util.Optional;

/** One bound port of a {@link UdpStack}. */
public final class UdpSocket {
    /** What a socket tells its application. */
    public interface Handler {
        /**
         * A datagram has come.
         *
         * @param data its bytes, inside the link's frame: copied by whoever keeps them, and not to be released
         * @param hi who sent it, with {@code lo} and {@code port}
         * @param to which address of ours, of any group, it was sent to
         */
        void received(
                UdpSocket socket, ByteBuf data, long hi, long lo, int port, IpAddress to, long now);

        /** ICMP says that a datagram of ours has not arrived at {@code remote} (RFC 1122 §4.1.3.3). */
        default void refused(UdpSocket socket, Endpoint remote, long now) {}
    }

    final UdpStack stack;
    final Handler handler;
    final long localHi;
    final long localLo;
    final int port;
    UdpSocket next;
    private Endpoint remote;
    private boolean closed;

    UdpSocket(UdpStack stack, Handler handler, IpAddress local, int port) {
        this.stack = stack;
        this.handler = handler;
        localHi = local.hi();
        localLo = local.lo();
        this.port = port;
    }

    boolean isAny() {
        return (localHi | localLo) == 0;
    }

    /** How well the socket suits a datagram: -1 not at all, more for each end that it names. */
    int suits(long toHi, long toLo, long fromHi, long fromLo, int fromPort) {
        int suits = 0;
        if (!isAny()) {
            if (localHi != toHi || localLo != toLo) {
                return -1;
            }
            suits++;
        }
        if (remote != null) {
            if (remote.port() != fromPort
                    || remote.address().hi() != fromHi
                    || remote.address().lo() != fromLo) {
                return -1;
            }
            suits += 2;
        }
        return suits;
    }

    /** The address that was bound, {@code ::} for all, and the port. */
    public Endpoint local() {
        return Endpoint.of(localHi, localLo, port);
    }

    /** Whom it is connected to. */
    public Optional<Endpoint> remote() {
        return Optional.ofNullable(remote);
    }

    /** From now on hears only this peer; empty for everybody. */
    public void connect(Optional<Endpoint> peer) {
        remote = peer.orElse(null);
    }

    /**
     * Sends one datagram.
     *
     * @param data its readable bytes are copied; the reference stays with the caller
     * @return false, with nothing sent, if there is no address of ours to send from or it is longer than a datagram can be
     */
    public boolean send(Endpoint to, ByteBuf data, long now) {
        return !closed && stack.send(this, to, data, now);
    }

    /** Lets go of the port. */
    public void close() {
        if (!closed) {
            closed = true;
            stack.remove(this);
        }
    }
}

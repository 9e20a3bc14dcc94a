package dev.understudy.stack.host;

import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.IpAddress;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.UnsupportedAddressTypeException;

/**
 * Netty on a {@link Host}: bootstraps whose channels are its TCP connections, listeners and UDP sockets, on the link's own
 * event loop. Handlers, codecs, options and back-pressure are Netty's own; addresses are {@link InetSocketAddress}es.
 *
 * <pre>{@code
 * HostChannels net = new HostChannels(HostLink.attach(link, HostConfig.of("10.9.0.2/24"), new SecureRandom()));
 * net.server().childHandler(pipeline).bind(new InetSocketAddress("0.0.0.0", 80));
 * }</pre>
 *
 * The link must be registered with its loop first. Where a destination is given as a host name that is not resolved,
 * connecting fails: there is no resolver here, and the machine's own would be asked in its stead.
 */
public final class HostChannels {
    private static final IpAddress ANY = new IpAddress(0, 0);

    private final HostLink link;

    public HostChannels(HostLink link) {
        this.link = link;
    }

    public HostLink link() {
        return link;
    }

    /** Listens: bind it. An address of {@code 0.0.0.0} or {@code ::} means every one of the host, of both families. */
    public ServerBootstrap server() {
        return new ServerBootstrap()
                .group(link.loop())
                .channelFactory(() -> new HostServerChannel(link));
    }

    /** Connects. */
    public Bootstrap client() {
        return new Bootstrap().group(link.loop()).channelFactory(() -> new HostChannel(link));
    }

    /** Sends and receives {@link io.netty.channel.socket.DatagramPacket}s. */
    public Bootstrap datagram() {
        return new Bootstrap()
                .group(link.loop())
                .channelFactory(() -> new HostDatagramChannel(link));
    }

    /** The address of a local end, {@code ::} for any. */
    static IpAddress localAddress(SocketAddress address) {
        InetAddress inet = resolved(address).getAddress();
        return inet.isAnyLocalAddress() ? ANY : IpAddress.of(inet);
    }

    static InetSocketAddress resolved(SocketAddress address) {
        if (address instanceof InetSocketAddress inet && !inet.isUnresolved()) {
            return inet;
        }
        throw new UnsupportedAddressTypeException();
    }

    static Endpoint endpoint(SocketAddress address) {
        InetSocketAddress inet = resolved(address);
        return new Endpoint(IpAddress.of(inet.getAddress()), inet.getPort());
    }

    static InetSocketAddress socketAddress(Endpoint endpoint) {
        return new InetSocketAddress(endpoint.address().toInetAddress(), endpoint.port());
    }
}

package dev.understudy.tools.bench;

import dev.understudy.stack.host.HostChannels;
import dev.understudy.stack.host.HostConfig;
import dev.understudy.stack.host.HostLink;
import dev.understudy.stack.link.TapChannel;
import dev.understudy.tools.net.Host;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;

/** Our own TCP/IP stack at the other end of a TAP device, with Netty's HTTP server on it. */
final class OwnStack implements Contestant {
    private final String name;
    private final String device;
    private final int network;
    private final int mtu;
    private final boolean offload;
    private final MultiThreadIoEventLoopGroup loop =
            new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());

    /** @param number tells several of these apart: their devices and networks */
    OwnStack(String name, int number, int mtu, boolean offload) {
        this.name = name;
        this.mtu = mtu;
        this.offload = offload;
        device = "host" + number;
        network = 60 + number;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String open(BenchNetwork bench) throws IOException {
        Host client = bench.client();
        // Made before it is opened, so that its MTU is known from the beginning.
        client.ip(
                "tuntap add dev " + device + " mode tap vnet_hdr",
                "link set dev " + device + " mtu " + mtu);
        TapChannel tap = client.namespace().call(() -> TapChannel.open(device, offload));
        String address = "10.6." + network + ".2";
        HostLink link =
                HostLink.attach(
                        tap,
                        HostConfig.of(address + "/24").withDetectDuplicates(false),
                        new SecureRandom());
        loop.register(tap).syncUninterruptibly();
        client.address(device, "10.6." + network + ".1/24");
        new HostChannels(link)
                .server()
                .option(ChannelOption.SO_BACKLOG, 1024)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(
                        new ChannelInitializer<Channel>() {
                            @Override
                            protected void initChannel(Channel channel) {
                                BenchPages.serve(channel);
                            }
                        })
                .bind(new InetSocketAddress(address, BenchNetwork.HTTP_PORT))
                .syncUninterruptibly();
        return address;
    }

    @Override
    public void close() {
        // With a quiet period, because a loop without one may end before it has closed the link.
        loop.shutdownGracefully(20, 5_000, TimeUnit.MILLISECONDS).syncUninterruptibly();
    }
}

package dev.understudy.tools.host;

import dev.understudy.stack.host.HostChannels;
import dev.understudy.stack.host.HostConfig;
import dev.understudy.stack.host.HostLink;
import dev.understudy.stack.link.Impairment;
import dev.understudy.stack.link.ImpairmentHandler;
import dev.understudy.stack.link.TapChannel;
import dev.understudy.tools.net.Host;
import dev.understudy.tools.net.Topology;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A host of ours on a TAP device whose other side is a kernel in a namespace of its own. */
final class HostOnTap implements AutoCloseable {
    static final String OURS4 = "10.9.0.2";
    static final String OURS6 = "fd00:9::2";
    static final String KERNEL4 = "10.9.0.1";
    static final String KERNEL6 = "fd00:9::1";

    private final Topology topology = new Topology();
    private final EventLoopGroup group =
            new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final Host kernel;
    private final HostLink link;

    HostOnTap(boolean offload, Impairment impairment) throws IOException, InterruptedException {
        this(
                offload,
                impairment.equals(Impairment.NONE)
                        ? Optional.empty()
                        : Optional.of(new ImpairmentHandler(7).both(impairment)));
    }

    /** With something on the link that every frame passes. */
    HostOnTap(boolean offload, Optional<ChannelHandler> onLink)
            throws IOException, InterruptedException {
        kernel = topology.host("kernel");
        TapChannel tap = kernel.namespace().call(() -> TapChannel.open("us9", offload));
        HostConfig config = HostConfig.of(OURS4 + "/24", OURS6 + "/64").withDetectDuplicates(false);
        link = HostLink.attach(tap, config, new SecureRandom());
        onLink.ifPresent(tap.pipeline()::addFirst);
        kernel.ip(
                "address add " + KERNEL4 + "/24 dev us9",
                "address add " + KERNEL6 + "/64 dev us9 nodad",
                "link set dev us9 up");
        group.register(tap).syncUninterruptibly();
        CountDownLatch ready = new CountDownLatch(1);
        link.loop().execute(() -> link.host().whenReady(ready::countDown));
        ready.await();
    }

    Host kernel() {
        return kernel;
    }

    HostLink link() {
        return link;
    }

    HostChannels channels() {
        return new HostChannels(link);
    }

    /** What our host has counted. */
    Map<String, Long> counters() {
        return link.loop().submit(() -> link.host().counters()).syncUninterruptibly().getNow();
    }

    @Override
    public void close() {
        link.link().close().syncUninterruptibly();
        group.shutdownGracefully(20, 2_000, TimeUnit.MILLISECONDS).syncUninterruptibly();
        topology.close();
    }
}

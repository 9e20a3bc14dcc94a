package dev.understudy.tools.bench;

import dev.understudy.stack.link.FrameCopy;
import dev.understudy.stack.link.TapChannel;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** Our own links with nothing between them but a copy: the most that a program on this path can reach. */
final class BareCopy implements Contestant {
    private final MultiThreadIoEventLoopGroup loop =
            new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());

    @Override
    public String name() {
        return "bare copy";
    }

    @Override
    public String open(BenchNetwork network) throws IOException {
        TapChannel client = network.client().namespace().call(() -> TapChannel.open("copy0", true));
        TapChannel server = network.server().namespace().call(() -> TapChannel.open("copy1", true));
        FrameCopy.join(client, server);
        loop.register(client).syncUninterruptibly();
        loop.register(server).syncUninterruptibly();
        network.client().address("copy0", "10.5.0.1/24");
        network.server().address("copy1", "10.5.0.2/24");
        return "10.5.0.2";
    }

    @Override
    public void close() {
        // With a quiet period, because a loop without one may end before it has closed the links.
        loop.shutdownGracefully(20, 5_000, TimeUnit.MILLISECONDS).syncUninterruptibly();
    }
}

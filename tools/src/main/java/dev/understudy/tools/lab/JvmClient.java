package dev.understudy.tools.lab;

import dev.understudy.stack.host.HostChannels;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One client of the lab inside the JVM, with Netty's HTTP codec on our own TCP: visits the original again and again as the
 * threads of {@link Traffic} do. Lives on the loop of its host.
 */
final class JvmClient {
    private static final int LARGEST_BODY = 1 << 20;

    private final HostChannels net;
    private final InetSocketAddress original;
    private final SplittableRandom random;
    private final boolean lingers;
    private final Consumer<Visit> visits;
    private final CountDownLatch finished = new CountDownLatch(1);
    private final EventLoop loop;
    private long next;
    private boolean stopping;

    JvmClient(
            HostChannels net,
            InetSocketAddress original,
            SplittableRandom random,
            boolean lingers,
            Consumer<Visit> visits) {
        this.net = net;
        this.original = original;
        this.random = random;
        this.lingers = lingers;
        this.visits = visits;
        loop = net.link().loop();
    }

    void start() {
        loop.execute(
                () -> {
                    next = now();
                    new OneVisit().begin();
                });
    }

    /** Begins no further visit. */
    void stop() {
        loop.execute(() -> stopping = true);
    }

    /** Waits until the last visit is over. */
    void join() throws InterruptedException {
        if (!finished.await(3L * Traffic.PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
            throw new IllegalStateException("a client of the lab does not end");
        }
    }

    private long now() {
        return net.link().now();
    }

    private void visitAgain() {
        if (stopping) {
            finished.countDown();
            return;
        }
        next +=
                Traffic.jittered(
                        lingers ? Traffic.LINGERING_PERIOD_NANOS : Traffic.BRISK_PERIOD_NANOS,
                        random);
        next = Math.max(next, now());
        later(() -> new OneVisit().begin(), next - now());
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the loop runs it, or has ended
    private void later(Runnable task, long nanos) {
        loop.schedule(task, nanos, TimeUnit.NANOSECONDS);
    }

    /** One connection. */
    private final class OneVisit extends SimpleChannelInboundHandler<FullHttpResponse> {
        private final int planned = lingers ? 5 + random.nextInt(15) : Traffic.few(random);
        private Channel channel;
        private Future<?> patience;
        private int port;
        private int sent = 1;
        private int size;
        private long begin;
        private long first;
        private long longest;
        private boolean over;

        void begin() {
            begin = now();
            ChannelFuture connecting =
                    net.client()
                            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, Traffic.PATIENCE_MILLIS)
                            .handler(
                                    new ChannelInitializer<Channel>() {
                                        @Override
                                        protected void initChannel(Channel made) {
                                            made.pipeline()
                                                    .addLast(
                                                            new HttpClientCodec(),
                                                            new HttpObjectAggregator(LARGEST_BODY),
                                                            OneVisit.this);
                                        }
                                    })
                            .connect(original);
            channel = connecting.channel();
            connecting.addListener(
                    done -> {
                        if (done.isSuccess()) {
                            port = ((InetSocketAddress) channel.localAddress()).getPort();
                            ask();
                        } else {
                            end(Optional.of(done.cause().getMessage()));
                        }
                    });
        }

        @SuppressWarnings("FutureReturnValueIgnored") // a failure closes the channel, which is told
        private void ask() {
            size = Traffic.size(random);
            DefaultFullHttpRequest request =
                    new DefaultFullHttpRequest(
                            HttpVersion.HTTP_1_1,
                            HttpMethod.GET,
                            size == 0 ? "/" : "/bytes/" + size);
            request.headers().set(HttpHeaderNames.HOST, "lab");
            if (isLast()) {
                request.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
            }
            patience =
                    loop.schedule(
                            () -> end(Optional.of("no answer in time")),
                            Traffic.PATIENCE_MILLIS,
                            TimeUnit.MILLISECONDS);
            channel.writeAndFlush(request);
        }

        private boolean isLast() {
            return sent >= planned || stopping;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, FullHttpResponse response) {
            patience.cancel(false);
            long took = now() - begin;
            longest = Math.max(longest, took);
            if (sent == 1) {
                first = took;
            }
            String wrong = wrong(response);
            if (!wrong.isEmpty() || isLast()) {
                end(wrong.isEmpty() ? Optional.empty() : Optional.of(wrong));
                return;
            }
            sent++;
            later(
                    () -> {
                        if (!over) {
                            begin = now();
                            ask();
                        }
                    },
                    Traffic.jittered(
                            lingers ? Traffic.LINGERING_PAUSE_NANOS : Traffic.BRISK_PAUSE_NANOS,
                            random));
        }

        private String wrong(FullHttpResponse response) {
            if (!response.status().equals(HttpResponseStatus.OK)) {
                return "the answer was '" + response.status() + "'";
            }
            String server = response.headers().get(HttpHeaderNames.SERVER, "");
            byte[] expected = size == 0 ? WebServer.greeting(server) : WebServer.bytes(size);
            ByteBuf body = response.content();
            return ByteBufUtil.equals(body, Unpooled.wrappedBuffer(expected))
                    ? ""
                    : "the body is not what " + server + " has";
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            end(Optional.of("the connection ended before the answer did"));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            end(Optional.of(String.valueOf(cause.getMessage())));
        }

        @SuppressWarnings("FutureReturnValueIgnored") // nothing follows it
        private void end(Optional<String> failure) {
            if (over) {
                return;
            }
            over = true;
            if (patience != null) {
                patience.cancel(false);
            }
            channel.close();
            visits.accept(new Visit(port, sent, first, Math.max(longest, now() - begin), failure));
            visitAgain();
        }
    }
}

package dev.understudy.dispatcher.control.api;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A client of the control API, for commands and monitors. Each request has a connection of its own and ten seconds; an answer
 * has at most 64 MiB. A stream goes on until one side ends it. On one thread of its own.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what fails ends the request's own future
public final class ApiClient implements AutoCloseable {
    private static final int MOST_BYTES = 64 << 20;
    private static final long LONGEST_SECONDS = 10;
    private static final int MOST_TRIES = 40;
    private static final long RETRY_MILLIS = 25;

    private final ApiAddress address;
    private final EventLoopGroup group;

    public ApiClient(ApiAddress address) {
        this.address = address;
        this.group =
                new MultiThreadIoEventLoopGroup(
                        1,
                        new DefaultThreadFactory("control-client", true),
                        EpollIoHandler.newFactory());
    }

    public ApiAddress address() {
        return address;
    }

    /** Asks, and waits for the answer's body. */
    public byte[] get(String path) throws ApiException {
        return await(request(HttpMethod.GET, path, new byte[0]));
    }

    /** Lets something be done, and waits for the answer's body. */
    public byte[] post(String path, byte[] body) throws ApiException {
        return await(request(HttpMethod.POST, path, body));
    }

    public byte[] put(String path, byte[] body) throws ApiException {
        return await(request(HttpMethod.PUT, path, body));
    }

    private byte[] await(CompletableFuture<byte[]> answer) throws ApiException {
        try {
            return answer.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ApiException(0, "interrupted", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ApiException api) {
                throw api;
            }
            throw new ApiException(
                    0, "The control API on " + address + " does not answer.", e.getCause());
        }
    }

    /** Asks; the future ends with the body, or with an {@link ApiException}. */
    CompletableFuture<byte[]> request(HttpMethod method, String path, byte[] body) {
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        Collector collector = new Collector(answer);
        open(method, path, body, collector, new Call(answer));
        return answer.orTimeout(LONGEST_SECONDS, TimeUnit.SECONDS);
    }

    /**
     * Follows a stream.
     *
     * @param piece called on this client's thread with each piece
     * @return ends when the stream does: normally, or with an {@link ApiException}; cancelling it ends the stream
     */
    public CompletableFuture<Void> follow(String path, Consumer<byte[]> piece) {
        CompletableFuture<Void> end = new CompletableFuture<>();
        Follower follower = new Follower(end, piece);
        open(HttpMethod.GET, path, new byte[0], follower, new Call(end));
        return end;
    }

    private void open(HttpMethod method, String path, byte[] body, Reader reader, Call call) {
        boolean unix = address.socket().isPresent();
        SocketAddress to =
                unix
                        ? new DomainSocketAddress(address.socket().get().toString())
                        : new InetSocketAddress(
                                address.tcp().orElseThrow().address().toInetAddress(),
                                address.tcp().orElseThrow().port());
        Bootstrap bootstrap =
                new Bootstrap()
                        .group(group)
                        .channel(unix ? EpollDomainSocketChannel.class : EpollSocketChannel.class)
                        .handler(
                                new ChannelInitializer<Channel>() {
                                    @Override
                                    protected void initChannel(Channel channel) {
                                        channel.pipeline()
                                                .addLast(new HttpClientCodec())
                                                .addLast(reader);
                                    }
                                });
        if (!unix) {
            bootstrap.option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 3_000);
        }
        DefaultFullHttpRequest request =
                new DefaultFullHttpRequest(
                        HttpVersion.HTTP_1_1, method, path, Unpooled.wrappedBuffer(body));
        request.headers()
                .set(HttpHeaderNames.HOST, "understudy")
                .set(HttpHeaderNames.CONTENT_LENGTH, body.length)
                .set(HttpHeaderNames.CONTENT_TYPE, Answer.JSON);
        address.token()
                .ifPresent(
                        token ->
                                request.headers()
                                        .set(HttpHeaderNames.AUTHORIZATION, "Bearer " + token));
        connect(bootstrap, to, request, call, MOST_TRIES);
    }

    /** A full backlog of a Unix domain socket refuses at once (EAGAIN): it is worth trying again. */
    private void connect(
            Bootstrap bootstrap,
            SocketAddress to,
            DefaultFullHttpRequest request,
            Call call,
            int tries) {
        ChannelFuture connecting = bootstrap.connect(to);
        connecting.addListener(
                done -> {
                    if (done.isSuccess()) {
                        call.channel(connecting.channel());
                        connecting.channel().writeAndFlush(request);
                    } else if (tries > 1
                            && String.valueOf(done.cause().getMessage()).contains("temporarily")) {
                        group.next()
                                .schedule(
                                        () -> connect(bootstrap, to, request, call, tries - 1),
                                        RETRY_MILLIS,
                                        TimeUnit.MILLISECONDS);
                    } else {
                        request.release();
                        call.failed(nobody(done.cause()));
                    }
                });
    }

    /** The connection of a request, which may be over before it is there. */
    private static final class Call {
        private final CompletableFuture<?> future;

        Call(CompletableFuture<?> future) {
            this.future = future;
        }

        void channel(Channel channel) {
            future.whenComplete((value, e) -> channel.close());
        }

        void failed(ApiException e) {
            future.completeExceptionally(e);
        }
    }

    private ApiException nobody(Throwable cause) {
        boolean forbidden =
                address.socket().isPresent()
                        && Files.exists(address.socket().get())
                        && !Files.isWritable(address.socket().get());
        return new ApiException(
                0,
                forbidden
                        ? "The control socket "
                                + address
                                + " may not be used by this user; its group may, or try sudo."
                        : "No understudy listens on " + address + ".",
                cause);
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 500, TimeUnit.MILLISECONDS);
    }

    // ---- reading

    private abstract static class Reader extends SimpleChannelInboundHandler<HttpObject> {
        private int status;
        private final ByteArrayOutputStream error = new ByteArrayOutputStream();

        abstract void piece(byte[] bytes);

        abstract void over();

        abstract void failed(ApiException e);

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) {
            if (message instanceof HttpResponse response) {
                status = response.status().code();
            }
            if (message instanceof HttpContent content) {
                ByteBuf bytes = content.content();
                if (status == 200) {
                    if (bytes.isReadable()) {
                        piece(ByteBufUtil.getBytes(bytes));
                    }
                } else if (error.size() < MOST_BYTES) {
                    error.writeBytes(ByteBufUtil.getBytes(bytes));
                }
                if (message instanceof LastHttpContent) {
                    if (status == 200) {
                        over();
                    } else {
                        failed(new ApiException(status, sentence(), null));
                    }
                }
            }
        }

        /** What the other side says is wrong. */
        private String sentence() {
            try {
                var node = ControlJson.tree(error.toByteArray());
                String said = node.path("error").asText(node.path("sentence").asText(""));
                return said.isEmpty() ? "The control API answered " + status + "." : said;
            } catch (IOException e) {
                String text = error.toString(StandardCharsets.UTF_8);
                return "The control API answered " + status + ": " + Request.shorten(text);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            failed(new ApiException(0, "The control API ended the connection.", null));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            failed(new ApiException(0, "The connection to the control API broke.", cause));
            ctx.close();
        }
    }

    private static final class Collector extends Reader {
        private final CompletableFuture<byte[]> answer;
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();

        Collector(CompletableFuture<byte[]> answer) {
            this.answer = answer;
        }

        @Override
        void piece(byte[] bytes) {
            body.writeBytes(bytes);
            if (body.size() > MOST_BYTES) {
                failed(new ApiException(0, "The answer of the control API is too long.", null));
            }
        }

        @Override
        void over() {
            answer.complete(body.toByteArray());
        }

        @Override
        void failed(ApiException e) {
            answer.completeExceptionally(e);
        }
    }

    private static final class Follower extends Reader {
        private final CompletableFuture<Void> end;
        private final Consumer<byte[]> piece;

        Follower(CompletableFuture<Void> end, Consumer<byte[]> piece) {
            this.end = end;
            this.piece = piece;
        }

        @Override
        void piece(byte[] bytes) {
            try {
                piece.accept(bytes);
            } catch (RuntimeException e) {
                end.completeExceptionally(e);
            }
        }

        @Override
        void over() {
            end.complete(null);
        }

        @Override
        void failed(ApiException e) {
            end.completeExceptionally(e);
        }
    }
}

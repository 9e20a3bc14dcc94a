package dev.understudy.tools.host;

import dev.understudy.stack.wire.IpAddress;
import dev.understudy.tools.CommandFailure;
import dev.understudy.tools.ExitCode;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code understudy host … get URL}: an HTTP request through our own stack. */
@Command(
        name = "get",
        header = {
            "Get a URL through our own stack.",
            "",
            "  sudo understudy host --link tap:us9 --address 10.9.0.2/24 --peer 10.9.0.1/24"
                    + " get http://10.9.0.1/ -o page.html",
            "",
        },
        description = {
            "The body goes to stdout or a file, status and speed to stderr. Exits 0 for a 2xx"
                    + " response that was complete, else 1.",
        })
final class GetCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;
    @ParentCommand private HostCommand parent;

    @Parameters(paramLabel = "URL", description = "http://ADDRESS[:PORT]/PATH, IPv6 in brackets.")
    private String url;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Where the body goes.")
    private Optional<Path> output = Optional.empty();

    @Override
    public Integer call() throws IOException, InterruptedException {
        URI uri = uri();
        InetSocketAddress server = server(uri);
        CompletableFuture<String> status = new CompletableFuture<>();
        try (RunningHost host = RunningHost.start(parent.options());
                OutputStream body = open()) {
            Reader reader = new Reader(body, status);
            ChannelFuture connecting =
                    host.channels()
                            .client()
                            .handler(
                                    new ChannelInitializer<Channel>() {
                                        @Override
                                        protected void initChannel(Channel channel) {
                                            channel.pipeline()
                                                    .addLast(new HttpClientCodec(), reader);
                                        }
                                    })
                            .connect(server)
                            .awaitUninterruptibly();
            if (!connecting.isSuccess()) {
                throw new CommandFailure(
                        ExitCode.FAILURE,
                        "understudy: " + connecting.cause().getMessage(),
                        connecting.cause());
            }
            long begin = System.nanoTime();
            connecting.channel().writeAndFlush(request(uri)).awaitUninterruptibly();
            String line = status.get();
            body.flush();
            double seconds = (System.nanoTime() - begin) / 1e9;
            PrintWriter err = spec.commandLine().getErr();
            err.printf(
                    Locale.ROOT,
                    "%s, %,d bytes in %.3f s (%.2f Gb/s)%n",
                    line,
                    reader.received,
                    seconds,
                    reader.received * 8 / seconds / 1e9);
            err.flush();
            return line.startsWith("2") ? ExitCode.OK : ExitCode.FAILURE;
        } catch (ExecutionException e) {
            throw new CommandFailure(
                    ExitCode.FAILURE, "understudy: " + e.getCause().getMessage(), e);
        }
    }

    private OutputStream open() throws IOException {
        if (output.isPresent()) {
            return Files.newOutputStream(output.get());
        }
        return new FilterOutputStream(System.out) {
            @Override
            public void write(byte[] bytes, int from, int length) throws IOException {
                out.write(bytes, from, length);
            }

            @Override
            public void close() throws IOException {
                flush();
            }
        };
    }

    private URI uri() {
        try {
            URI uri = new URI(url);
            if ("http".equals(uri.getScheme()) && uri.getHost() != null) {
                return uri;
            }
        } catch (URISyntaxException e) {
            // Said below.
        }
        throw new CommandFailure(
                ExitCode.USAGE, "'" + url + "' is not a URL such as http://10.9.0.1/path");
    }

    private static InetSocketAddress server(URI uri) {
        String host = uri.getHost();
        String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        try {
            return new InetSocketAddress(
                    IpAddress.parse(bare).toInetAddress(), uri.getPort() < 0 ? 80 : uri.getPort());
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "'" + host + "' is a name, and this host has no resolver: give its address.",
                    e);
        }
    }

    private static DefaultFullHttpRequest request(URI uri) {
        String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
        DefaultFullHttpRequest request =
                new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, path + query);
        request.headers()
                .set(HttpHeaderNames.HOST, uri.getRawAuthority())
                .set(HttpHeaderNames.USER_AGENT, "understudy")
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        return request;
    }

    /** Writes the body out as it comes: on the loop, which so reads no faster than the output takes it. */
    private static final class Reader extends SimpleChannelInboundHandler<HttpObject> {
        private final OutputStream body;
        private final CompletableFuture<String> status;
        private String line = "";
        private long received;

        Reader(OutputStream body, CompletableFuture<String> status) {
            this.body = body;
            this.status = status;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, HttpObject message)
                throws IOException {
            if (message instanceof HttpResponse response) {
                line = response.status().toString();
            }
            if (message instanceof HttpContent content) {
                ByteBuf data = content.content();
                received += data.readableBytes();
                data.readBytes(body, data.readableBytes());
            }
            if (message instanceof LastHttpContent last) {
                if (last.decoderResult().isFailure()) {
                    status.completeExceptionally(last.decoderResult().cause());
                } else {
                    status.complete(line);
                }
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            status.completeExceptionally(
                    new IOException("the connection ended after " + received + " bytes"));
        }

        @Override
        @SuppressWarnings("FutureReturnValueIgnored") // nothing follows it
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            status.completeExceptionally(cause);
            ctx.close();
        }
    }
}

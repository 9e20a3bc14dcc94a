package dev.understudy.stack.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.link.Impairment;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Netty's HTTP codecs, unchanged, on our TCP: a server as in Netty's own examples, and a client. */
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of them is what the test looks at
final class HttpOnHostTest {
    private static final int REQUESTS = 50;

    private TwoHosts hosts;
    private final List<String> answers = new ArrayList<>();

    @AfterEach
    void close() {
        hosts.close();
    }

    @ParameterizedTest
    @CsvSource({
        TwoHosts.SERVER4 + ",true,0",
        TwoHosts.SERVER6 + ",true,0",
        TwoHosts.SERVER4 + ",false,0",
        TwoHosts.SERVER4 + ",true,0.05",
        TwoHosts.SERVER6 + ",false,0.05"
    })
    void requestsOnOneConnectionAreAnsweredInOrder(String address, boolean offload, double loss) {
        hosts = new TwoHosts(offload, Duration.ofMillis(1));
        hosts.impair(
                Impairment.NONE
                        .withLoss(loss)
                        .withDuplicate(loss)
                        .withReorder(loss, Duration.ofMillis(3)));
        hosts.serverNet
                .server()
                .childHandler(
                        new ChannelInitializer<Channel>() {
                            @Override
                            protected void initChannel(Channel channel) {
                                channel.pipeline()
                                        .addLast(
                                                new HttpServerCodec(),
                                                new HttpObjectAggregator(1 << 20),
                                                new Mirror());
                            }
                        })
                .bind(new InetSocketAddress("0.0.0.0", 80));
        ChannelFuture client =
                hosts.clientNet
                        .client()
                        .handler(
                                new ChannelInitializer<Channel>() {
                                    @Override
                                    protected void initChannel(Channel channel) {
                                        channel.pipeline()
                                                .addLast(
                                                        new HttpClientCodec(),
                                                        new HttpObjectAggregator(1 << 20),
                                                        new Answers());
                                    }
                                })
                        .connect(new InetSocketAddress(address, 80));
        hosts.advance(Duration.ofSeconds(30));
        for (int i = 0; i < REQUESTS; i++) {
            client.channel().writeAndFlush(post("/" + i, "x".repeat(i * 1000)));
        }
        hosts.advance(Duration.ofMinutes(2));
        assertThat(answers).hasSize(REQUESTS);
        for (int i = 0; i < REQUESTS; i++) {
            assertThat(answers.get(i)).isEqualTo("/" + i + ' ' + i * 1000);
        }
    }

    private static FullHttpRequest post(String path, String body) {
        ByteBuf content = Unpooled.copiedBuffer(body, StandardCharsets.UTF_8);
        FullHttpRequest request =
                new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, path, content);
        request.headers()
                .set(HttpHeaderNames.HOST, "host")
                .set(HttpHeaderNames.CONTENT_LENGTH, content.readableBytes());
        return request;
    }

    private static final class Mirror extends SimpleChannelInboundHandler<FullHttpRequest> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
            ByteBuf body =
                    Unpooled.copiedBuffer(
                            request.uri() + ' ' + request.content().readableBytes(),
                            StandardCharsets.UTF_8);
            DefaultFullHttpResponse response =
                    new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, body);
            response.headers().set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
            ctx.writeAndFlush(response);
        }
    }

    private final class Answers extends SimpleChannelInboundHandler<FullHttpResponse> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, FullHttpResponse response) {
            answers.add(response.content().toString(StandardCharsets.UTF_8));
        }
    }
}

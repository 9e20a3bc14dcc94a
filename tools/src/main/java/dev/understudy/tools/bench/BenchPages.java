package dev.understudy.tools.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;

/** What nginx serves in the benchmark, served by Netty's HTTP codec: a page of 1 KiB, and one of 2 GiB. */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write ends in exceptionCaught
final class BenchPages extends SimpleChannelInboundHandler<Object> {
    /** The page that {@link Load#DOWNLOAD} asks for. */
    static final String BIG = "/big";

    static final long BIG_BYTES = 2L << 30;

    private static final int PIECE_BYTES = 65_536;
    private static final byte[] PAGE = "a".repeat(1024).getBytes(StandardCharsets.US_ASCII);

    private long left;

    static void serve(Channel channel) {
        channel.pipeline().addLast(new HttpServerCodec(), new BenchPages());
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, Object message) {
        if (!(message instanceof HttpRequest request)) {
            return;
        }
        if (request.uri().equals(BIG)) {
            HttpResponse head =
                    new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
            HttpUtil.setContentLength(head, BIG_BYTES);
            left = BIG_BYTES;
            context.write(head);
            pump(context);
            return;
        }
        FullHttpResponse page =
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1, HttpResponseStatus.OK, Unpooled.wrappedBuffer(PAGE));
        HttpUtil.setContentLength(page, PAGE.length);
        if (HttpUtil.isKeepAlive(request)) {
            context.write(page);
        } else {
            page.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
            context.write(page).addListener(ChannelFutureListener.CLOSE);
        }
    }

    private void pump(ChannelHandlerContext context) {
        while (left > 0 && context.channel().isWritable()) {
            int bytes = (int) Math.min(left, PIECE_BYTES);
            ByteBuf piece = context.alloc().directBuffer(bytes);
            // What is in it is of no interest, only that it travels.
            piece.writerIndex(bytes);
            left -= bytes;
            context.write(new DefaultHttpContent(piece));
        }
        context.flush();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        context.flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        // Told within the encoder's own write when the buffer is full: that one is not to be
        // entered again.
        if (left > 0 && context.channel().isWritable()) {
            pump(context);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        // A client that has seen enough goes: that is the benchmark's own doing.
        context.close();
    }
}

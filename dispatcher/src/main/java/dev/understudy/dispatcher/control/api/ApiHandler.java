package dev.understudy.dispatcher.control.api;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.timeout.IdleStateEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to the API (RFC 9112): a request at a time, answered whole or by a stream. Whatever is wrong with a request is
 * said in a JSON object with a status that fits, and never more than that happens. A reader that takes nothing for a while is
 * cut off.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a connection whose write fails is closed by Netty
final class ApiHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Logger LOG = LoggerFactory.getLogger(ApiHandler.class);
    private static final long PUMP_MILLIS = 50;
    private static final long HEARTBEAT_MILLIS = 10_000;

    private final Routes routes;
    private final Clients clients;
    private final Optional<byte[]> token;
    private Answer.Pump pump;
    private boolean busy;
    private long quietMillis;

    /** @param token what a request has to bear; empty where the socket's file mode is the guard */
    ApiHandler(Routes routes, Clients clients, Optional<byte[]> token) {
        this.routes = routes;
        this.clients = clients;
        this.token = token;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
        clients.heard(ctx.channel());
        boolean keepAlive = HttpUtil.isKeepAlive(request);
        if (busy || pump != null) {
            // A pipelined request: nobody who uses this needs that, and it would have to be kept.
            ctx.close();
            return;
        }
        if (request.decoderResult().isFailure()) {
            clients.refused("a broken request");
            say(ctx, broken(request.decoderResult().cause()), false, false);
            return;
        }
        if (!allowed(request)) {
            clients.refused("a wrong token");
            say(ctx, Answer.error(401, "A valid bearer token is needed here."), false, false);
            return;
        }
        boolean head = request.method().name().equals("HEAD");
        answer(ctx, route(request, head), keepAlive, head);
    }

    private static Answer.Whole broken(Throwable cause) {
        if (cause instanceof TooLongHttpLineException) {
            return Answer.error(414, "The request's first line is too long.");
        }
        if (cause instanceof TooLongHttpHeaderException) {
            return Answer.error(431, "The request's header is too long.");
        }
        return Answer.error(400, "This is not a request of HTTP/1.1.");
    }

    /** Compares in constant time: how long a wrong token takes says nothing of the right one. */
    private boolean allowed(FullHttpRequest request) {
        if (token.isEmpty()) {
            return true;
        }
        String given = request.headers().get(HttpHeaderNames.AUTHORIZATION, "");
        boolean bearer = given.regionMatches(true, 0, "Bearer ", 0, 7);
        byte[] said = (bearer ? given.substring(7).strip() : "").getBytes(StandardCharsets.UTF_8);
        return MessageDigest.isEqual(digest(said), digest(token.get())) && bearer;
    }

    /** Of one length, whatever was said. */
    private static byte[] digest(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private Answer route(FullHttpRequest request, boolean head) {
        try {
            QueryStringDecoder uri = new QueryStringDecoder(request.uri());
            List<String> path =
                    Arrays.stream(uri.rawPath().split("/"))
                            .filter(segment -> !segment.isEmpty())
                            .map(segment -> QueryStringDecoder.decodeComponent(segment))
                            .toList();
            Map<String, String> headers = new LinkedHashMap<>();
            request.headers()
                    .forEach(
                            header ->
                                    headers.put(
                                            header.getKey().toLowerCase(java.util.Locale.ROOT),
                                            header.getValue()));
            byte[] body = new byte[request.content().readableBytes()];
            request.content().readBytes(body);
            String method = head ? "GET" : request.method().name();
            return routes.answer(new Request(method, path, uri.parameters(), headers, body));
        } catch (IllegalArgumentException e) {
            return Answer.error(400, String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            LOG.error("a request to the control API failed by a fault of ours", e);
            return Answer.error(500, "That went wrong here; the log says how.");
        }
    }

    private void answer(ChannelHandlerContext ctx, Answer answer, boolean keepAlive, boolean head) {
        if (answer instanceof Answer.Whole whole) {
            say(ctx, whole, keepAlive, head);
        } else if (answer instanceof Answer.Later later) {
            busy = true;
            later.whole()
                    .orTimeout(10, TimeUnit.SECONDS)
                    .exceptionally(e -> Answer.error(504, "The dispatcher does not answer."))
                    .whenCompleteAsync(
                            (whole, e) -> {
                                busy = false;
                                say(ctx, whole, keepAlive, head);
                            },
                            ctx.executor());
        } else if (answer instanceof Answer.Endless endless) {
            begin(ctx, endless, head);
        }
    }

    private static void say(
            ChannelHandlerContext ctx, Answer.Whole whole, boolean keepAlive, boolean head) {
        DefaultFullHttpResponse response =
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1,
                        HttpResponseStatus.valueOf(whole.status()),
                        head ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(whole.body()));
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, whole.type())
                .set(HttpHeaderNames.CONTENT_LENGTH, whole.body().length)
                .set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE);
        if (whole.status() == 401) {
            response.headers().set(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer");
        }
        if (!keepAlive) {
            response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        }
        var written = ctx.writeAndFlush(response);
        if (!keepAlive) {
            written.addListener(ChannelFutureListener.CLOSE);
        }
    }

    // ---- streams

    private void begin(ChannelHandlerContext ctx, Answer.Endless endless, boolean head) {
        DefaultHttpResponse response =
                new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, endless.type())
                .set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED)
                .set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE);
        ctx.writeAndFlush(response);
        if (head) {
            ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT)
                    .addListener(ChannelFutureListener.CLOSE);
            return;
        }
        pump = endless.pump();
        pump(ctx);
    }

    private void pump(ChannelHandlerContext ctx) {
        if (!ctx.channel().isActive()) {
            return;
        }
        boolean over = false;
        try {
            while (ctx.channel().isWritable() && !over) {
                byte[] next = pump.next();
                if (next == null) {
                    over = true;
                } else if (next.length == 0) {
                    break;
                } else {
                    quietMillis = 0;
                    write(ctx, next);
                }
            }
        } catch (RuntimeException e) {
            LOG.error("a stream of the control API ended by a fault of ours", e);
            ctx.close();
            return;
        }
        if (over) {
            ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT)
                    .addListener(ChannelFutureListener.CLOSE);
            return;
        }
        quietMillis += PUMP_MILLIS;
        if (quietMillis >= HEARTBEAT_MILLIS && ctx.channel().isWritable()) {
            quietMillis = 0;
            byte[] beat = pump.heartbeat();
            if (beat.length > 0) {
                write(ctx, beat);
            }
        }
        ctx.executor().schedule(() -> pump(ctx), PUMP_MILLIS, TimeUnit.MILLISECONDS);
    }

    private static void write(ChannelHandlerContext ctx, byte[] bytes) {
        ctx.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(bytes)));
    }

    // ---- ends

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (!(event instanceof IdleStateEvent)) {
            ctx.fireUserEventTriggered(event);
            return;
        }
        boolean streams = pump != null && ctx.channel().isWritable();
        if (!streams && !busy) {
            clients.refused(
                    pump == null ? "a client that asked nothing" : "a reader that took nothing");
            ctx.close();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof TooLongFrameException) {
            clients.refused("a request that is too large");
            say(ctx, Answer.error(413, "The request is too large."), false, false);
            return;
        }
        if (!(cause instanceof IOException)) {
            LOG.warn("a connection to the control API ended: {}", cause.toString());
        }
        ctx.close();
    }
}

package dev.understudy.tools.host;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Serves the files of a {@link FileStore} (RFC 9110): GET and HEAD with ETag, Last-Modified, conditions and one range; any
 * number of requests on a connection, pipelined or not, answered in order. PUT and POST are read to their end, and
 * answered with length and SHA-256 of what came: a place to send uploads to that proves that they arrived.
 *
 * <p>A large file is read in pieces of {@value #PIECE} bytes, no faster than the connection takes them, into buffers that
 * TCP sends from. It is read on the host's loop: files are thought to be in the page cache.
 *
 * <p>At most {@value #MAX_WAITING} pipelined requests wait; then the connection is not read on.
 */
@SuppressWarnings(
        "FutureReturnValueIgnored") // a write that fails ends the connection, which is told
final class FileServer extends ChannelInboundHandlerAdapter {
    static final int PIECE = 256 * 1024;
    static final int MAX_WAITING = 64;

    /**
     * A request that is to be answered.
     *
     * @param received what an upload came to; empty for the others
     */
    private record Asked(HttpRequest request, String received) {}

    private final FileStore files;
    private final ArrayDeque<Asked> waiting = new ArrayDeque<>(2);
    private HttpRequest upload;
    private MessageDigest digest;
    private long uploaded;

    // The file that is being sent.
    private FileChannel file;
    private long position;
    private long left;
    private boolean closeAfter;
    private boolean inputEnded;
    private boolean flushWanted;

    FileServer(FileStore files) {
        this.files = files;
    }

    // ---- requests

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) throws IOException {
        try {
            if (message instanceof HttpRequest request) {
                if (isUpload(request.method())) {
                    begin(ctx, request);
                } else {
                    waiting.add(new Asked(request, ""));
                    answerWaiting(ctx);
                }
            }
            if (message instanceof HttpContent content && upload != null) {
                take(ctx, content);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private static boolean isUpload(HttpMethod method) {
        return method.equals(HttpMethod.PUT) || method.equals(HttpMethod.POST);
    }

    private void begin(ChannelHandlerContext ctx, HttpRequest request) {
        if (request.decoderResult().isFailure()) {
            waiting.add(new Asked(request, ""));
            return;
        }
        upload = request;
        uploaded = 0;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
        if (HttpUtil.is100ContinueExpected(request)) {
            ctx.writeAndFlush(
                    new DefaultFullHttpResponse(
                            HttpVersion.HTTP_1_1,
                            HttpResponseStatus.CONTINUE,
                            Unpooled.EMPTY_BUFFER),
                    ctx.voidPromise());
        }
    }

    private void take(ChannelHandlerContext ctx, HttpContent content) throws IOException {
        ByteBuf data = content.content();
        uploaded += data.readableBytes();
        for (var piece : data.nioBuffers()) {
            digest.update(piece);
        }
        if (content instanceof LastHttpContent) {
            String sum = HexFormat.of().formatHex(digest.digest());
            waiting.add(new Asked(upload, sum + "  " + uploaded + "\n"));
            upload = null;
            answerWaiting(ctx);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (flushWanted) {
            flushWanted = false;
            ctx.flush();
        }
        ctx.fireChannelReadComplete();
    }

    private void answerWaiting(ChannelHandlerContext ctx) throws IOException {
        while (file == null && !closeAfter && !waiting.isEmpty()) {
            answer(ctx, waiting.poll());
        }
        boolean full = waiting.size() >= MAX_WAITING;
        if (ctx.channel().config().isAutoRead() == full) {
            ctx.channel().config().setAutoRead(!full);
        }
        if (inputEnded && file == null) {
            ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(done -> ctx.close());
        }
    }

    private void answer(ChannelHandlerContext ctx, Asked asked) throws IOException {
        HttpRequest request = asked.request();
        if (request.decoderResult().isFailure()) {
            closeAfter = true;
            say(ctx, request, HttpResponseStatus.BAD_REQUEST, "This is no HTTP/1.1.\n");
            return;
        }
        closeAfter = !HttpUtil.isKeepAlive(request);
        if (isUpload(request.method())) {
            say(ctx, request, HttpResponseStatus.CREATED, asked.received());
            return;
        }
        boolean head = request.method().equals(HttpMethod.HEAD);
        if (!head && !request.method().equals(HttpMethod.GET)) {
            say(ctx, request, HttpResponseStatus.METHOD_NOT_ALLOWED, "GET, HEAD, PUT, POST\n");
            return;
        }
        Optional<FileStore.Entry> found;
        try {
            String path = new QueryStringDecoder(request.uri()).path();
            found = files.find(path, ctx.executor().ticker().nanoTime());
        } catch (IllegalArgumentException e) {
            say(ctx, request, HttpResponseStatus.BAD_REQUEST, "This path is malformed.\n");
            return;
        } catch (IOException e) {
            say(ctx, request, HttpResponseStatus.FORBIDDEN, "This may not be read.\n");
            return;
        }
        if (found.isEmpty()) {
            say(ctx, request, HttpResponseStatus.NOT_FOUND, "There is no such file.\n");
        } else {
            send(ctx, request, found.get(), head);
        }
    }

    // ---- responses

    private void send(
            ChannelHandlerContext ctx, HttpRequest request, FileStore.Entry entry, boolean head)
            throws IOException {
        HttpHeaders asked = request.headers();
        if (Conditions.notModified(asked, entry)) {
            HttpResponse response =
                    new DefaultFullHttpResponse(
                            HttpVersion.HTTP_1_1,
                            HttpResponseStatus.NOT_MODIFIED,
                            Unpooled.EMPTY_BUFFER);
            describe(response, entry);
            finish(ctx, response);
            return;
        }
        long from = 0;
        long length = entry.size();
        HttpResponseStatus status = HttpResponseStatus.OK;
        String contentRange = "";
        String range = asked.get(HttpHeaderNames.RANGE);
        if (range != null && Conditions.rangeHolds(asked, entry)) {
            ByteRange.Wish wish = ByteRange.read(range, entry.size());
            if (wish.unsatisfiable()) {
                HttpResponse response =
                        full(
                                HttpResponseStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
                                Unpooled.EMPTY_BUFFER);
                response.headers().set(HttpHeaderNames.CONTENT_RANGE, "bytes */" + entry.size());
                finish(ctx, response);
                return;
            }
            if (wish.range().isPresent()) {
                from = wish.range().get().from();
                length = wish.range().get().length();
                status = HttpResponseStatus.PARTIAL_CONTENT;
                contentRange = wish.range().get().contentRange(entry.size());
            }
        }
        boolean small = entry.isCached();
        ByteBuf body =
                small && !head
                        ? ctx.alloc()
                                .directBuffer((int) length)
                                .writeBytes(entry.content(), (int) from, (int) length)
                        : Unpooled.EMPTY_BUFFER;
        HttpResponse response =
                small || head
                        ? new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, body)
                        : new DefaultHttpResponse(HttpVersion.HTTP_1_1, status);
        describe(response, entry);
        response.headers().set(HttpHeaderNames.CONTENT_LENGTH, length);
        if (!contentRange.isEmpty()) {
            response.headers().set(HttpHeaderNames.CONTENT_RANGE, contentRange);
        }
        if (small || head) {
            finish(ctx, response);
            return;
        }
        connectionHeader(response);
        file = entry.open();
        position = from;
        left = length;
        ctx.write(response, ctx.voidPromise());
        pump(ctx);
    }

    private static void describe(HttpResponse response, FileStore.Entry entry) {
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, entry.type())
                .set(HttpHeaderNames.ETAG, entry.etag())
                .set(HttpHeaderNames.LAST_MODIFIED, HttpDates.format(entry.modifiedMillis()))
                .set(HttpHeaderNames.ACCEPT_RANGES, HttpHeaderValues.BYTES);
    }

    private static DefaultFullHttpResponse full(HttpResponseStatus status, ByteBuf body) {
        DefaultFullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, body);
        response.headers().set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
        return response;
    }

    private void say(
            ChannelHandlerContext ctx,
            HttpRequest request,
            HttpResponseStatus status,
            String text) {
        boolean head = request.method().equals(HttpMethod.HEAD);
        ByteBuf body =
                head ? Unpooled.EMPTY_BUFFER : Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
        HttpResponse response = full(status, body);
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.TEXT_PLAIN);
        if (head) {
            response.headers().set(HttpHeaderNames.CONTENT_LENGTH, text.length());
        }
        if (status.equals(HttpResponseStatus.METHOD_NOT_ALLOWED)) {
            response.headers().set(HttpHeaderNames.ALLOW, "GET, HEAD, PUT, POST");
        }
        finish(ctx, response);
    }

    private void connectionHeader(HttpResponse response) {
        response.headers().set(HttpHeaderNames.DATE, files.date());
        if (closeAfter) {
            response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        }
    }

    /** A response that is complete. */
    private void finish(ChannelHandlerContext ctx, HttpResponse response) {
        connectionHeader(response);
        if (closeAfter) {
            ctx.writeAndFlush(response).addListener(done -> ctx.close());
        } else {
            ctx.write(response, ctx.voidPromise());
            flushWanted = true;
        }
    }

    /** Sends the file on, as far as the connection takes it. */
    private void pump(ChannelHandlerContext ctx) throws IOException {
        while (left > 0 && ctx.channel().isWritable()) {
            int length = (int) Math.min(left, PIECE);
            ByteBuf piece = ctx.alloc().directBuffer(length, length);
            int read;
            try {
                read = piece.writeBytes(file, position, length);
            } catch (IOException e) {
                piece.release();
                throw e;
            }
            if (read <= 0) {
                // It has become shorter than it was said to be: nothing can be put right any more.
                piece.release();
                ctx.close();
                return;
            }
            position += read;
            left -= read;
            ctx.write(piece, ctx.voidPromise());
            ctx.flush();
        }
        // A flush may call back into here: only one of the two ends the answer.
        if (left == 0 && file != null) {
            closeFile();
            if (closeAfter) {
                ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT)
                        .addListener(done -> ctx.close());
            } else {
                ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT, ctx.voidPromise());
            }
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) throws IOException {
        if (file != null && ctx.channel().isWritable()) {
            pump(ctx);
            if (file == null) {
                answerWaiting(ctx);
                ctx.flush();
            }
        }
        ctx.fireChannelWritabilityChanged();
    }

    // ---- the end

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws IOException {
        if (event instanceof ChannelInputShutdownEvent) {
            inputEnded = true;
            answerWaiting(ctx);
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws IOException {
        closeFile();
        waiting.clear();
        ctx.fireChannelInactive();
    }

    private void closeFile() throws IOException {
        if (file != null) {
            file.close();
            file = null;
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}

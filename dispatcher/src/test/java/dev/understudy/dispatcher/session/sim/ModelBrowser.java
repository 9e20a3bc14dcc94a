package dev.understudy.dispatcher.session.sim;

import dev.understudy.dispatcher.session.sim.ModelTcp.State;
import dev.understudy.stack.wire.IpAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A client that asks for several pages on one connection, one after the other or at once, and looks at every byte of every
 * answer. It expects 200 with the page, or 404; anything else but an end of the connection is a violation.
 */
final class ModelBrowser extends ModelVisitor {
    private static final long PATIENCE = 90_000_000_000L;
    private static final long PAUSE = 200_000_000L;

    private record Page(int request, int size, boolean post) {}

    private final List<Page> pages = new ArrayList<>();
    private int asked;
    private int answered;
    private int readAt;
    private boolean pipelines;
    private boolean closed;

    ModelBrowser(IpAddress address, Simulation world, int visits) {
        super(address, world, visits, 50_000, PATIENCE);
    }

    @Override
    void prepare() {
        port++;
        pages.clear();
        int count = 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            int size = random.nextInt(3) == 0 ? random.nextInt(20_000) : random.nextInt(1_500);
            pages.add(new Page(world.newRequest(), size, random.nextInt(5) == 0));
        }
        asked = 0;
        answered = 0;
        readAt = 0;
        pipelines = random.nextInt(5) == 0;
        closed = false;
    }

    @Override
    void speak(long now) {
        while (tcp.connected()
                && !closed
                && asked < pages.size()
                && (pipelines || asked == answered)) {
            tcp.write(text(pages.get(asked)), now);
            asked++;
            read();
        }
        read();
        if (answered == pages.size() || tcp.peerClosed()) {
            closed = true;
            tcp.close(now);
        }
    }

    private static byte[] text(Page page) {
        String head = page.post ? "POST /" : "GET /";
        String length = page.post ? "Content-Length: 0\r\n" : "";
        return (head
                        + page.request
                        + "/"
                        + page.size
                        + " HTTP/1.1\r\nHost: x\r\n"
                        + length
                        + "\r\n")
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Reads answers as far as they have come whole, and as much of the next one as has come. */
    private void read() {
        while (answered < asked) {
            int headEnd = find("\r\n\r\n", readAt);
            if (headEnd < 0) {
                return;
            }
            String head = text(readAt, headEnd);
            Page page = pages.get(answered);
            int end = body(head, page, headEnd + 4);
            if (end < 0) {
                return;
            }
            answered++;
            readAt = end;
        }
    }

    /** Where the body ends; -1 if it has not come whole. */
    private int body(String head, Page page, int from) {
        if (head.startsWith("HTTP/1.1 404")) {
            if (page.post) {
                world.violated(this + " got a 404 to a POST");
            }
            return from;
        }
        if (!head.startsWith("HTTP/1.1 200")) {
            world.violated(this + " got " + head);
            return -1;
        }
        int at = from;
        int i = 0;
        if (!head.contains("chunked")) {
            for (; at < tcp.received() && i < page.size; at++, i++) {
                check(page, i, tcp.receivedAt(at));
            }
            return i == page.size ? at : -1;
        }
        while (true) {
            int line = find("\r\n", at);
            if (line < 0) {
                return -1;
            }
            int size = Integer.parseInt(text(at, line), 16);
            at = line + 2;
            if (size == 0) {
                if (i != page.size) {
                    world.violated(this + " got a body of " + i + " bytes, not " + page.size);
                }
                return at + 2 <= tcp.received() ? at + 2 : -1;
            }
            for (int end = at + size; at < end; at++, i++) {
                if (at >= tcp.received()) {
                    return -1;
                }
                check(page, i, tcp.receivedAt(at));
            }
            at += 2;
        }
    }

    private void check(Page page, int offset, byte got) {
        if (offset >= page.size || got != ModelServer.content(0, page.request, offset)) {
            world.violated(this + " got a wrong byte at " + offset + " of " + page);
        }
    }

    private int find(String what, int from) {
        for (int at = from; at + what.length() <= tcp.received(); at++) {
            int i = 0;
            while (i < what.length() && tcp.receivedAt(at + i) == what.charAt(i)) {
                i++;
            }
            if (i == what.length()) {
                return at;
            }
        }
        return -1;
    }

    private String text(int from, int to) {
        byte[] bytes = new byte[to - from];
        for (int i = from; i < to; i++) {
            bytes[i - from] = tcp.receivedAt(i);
        }
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    @Override
    void judge() {
        world.note(() -> this + " ended: " + tcp.state + ", " + answered + " of " + pages.size());
        for (int i = 0; i < pages.size(); i++) {
            State state = i < answered ? State.CLOSED : State.RESET;
            world.visited(state, pages.get(i).request, pages.get(i).post);
        }
        world.at(world.now() + PAUSE, this::visit);
    }
}

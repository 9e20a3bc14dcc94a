package dev.understudy.tools.bench;

import dev.understudy.tools.lab.scenario.Actor;
import dev.understudy.tools.net.Host;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/** A web server with one page, under an ETag and by ranges too, that fails in the way it is told to. */
final class FaultyServer implements AutoCloseable {
    private static final int SIZE = 256 << 10;
    private static final String TAG = "\"page-1\"";

    /** What every server has, and every client has to get. */
    private static final byte[] PAGE = page();

    private final FailoverNetwork network;
    private final Host host;
    private volatile Optional<FailoverCase> fault = Optional.empty();
    private Actor actor;

    FaultyServer(FailoverNetwork network, Host host) throws IOException {
        this.network = network;
        this.host = host;
        actor = listen();
    }

    /** Whether this is the page. */
    static boolean isPage(byte[] bytes) {
        return Arrays.equals(bytes, PAGE);
    }

    private static byte[] page() {
        byte[] bytes = new byte[SIZE];
        for (int at = 0; at < SIZE; at++) {
            bytes[at] = (byte) (at * 31 + (at >>> 8) * 7);
        }
        return bytes;
    }

    private Actor listen() throws IOException {
        return new Actor(host, FailoverNetwork.CASES_PORT, this::answer);
    }

    /** From now on it fails like that. */
    void inflict(FailoverCase what) throws IOException {
        fault = Optional.of(what);
        switch (what) {
            case REFUSED -> actor.close();
            case SILENT -> {
                // Nobody may have a connection left: what is meant is silence to a SYN.
                actor.hangUp();
                network.hush(host);
            }
            case LATE_RESET, MID_BODY, NOT_FOUND -> {
                // Every answer will show it.
            }
        }
    }

    /** It is well again, and begins with no connections. */
    void heal() throws IOException {
        if (fault.isEmpty()) {
            return;
        }
        FailoverCase was = fault.get();
        fault = Optional.empty();
        if (was == FailoverCase.SILENT) {
            network.hear(host);
        }
        if (was == FailoverCase.REFUSED) {
            actor = listen();
        } else {
            actor.hangUp();
        }
    }

    private void answer(Actor self, Actor.Request request, Socket to) throws IOException {
        FailoverCase what = fault.orElse(null);
        if (what == FailoverCase.LATE_RESET) {
            Actor.reset(to);
        } else if (what == FailoverCase.NOT_FOUND) {
            Actor.say(to, "404 Not Found", "");
        } else if (request.target().equals("/health")) {
            Actor.say(to, "200 OK", "well\n");
        } else {
            String range = request.field("Range");
            int from =
                    range.startsWith("bytes=")
                            ? Integer.parseInt(range.substring(6, range.indexOf('-')))
                            : 0;
            boolean dies = what == FailoverCase.MID_BODY;
            send(to, from, !range.isEmpty(), dies ? SIZE / 2 : SIZE);
            if (dies) {
                to.close();
            }
        }
    }

    private static void send(Socket to, int from, boolean part, int until) throws IOException {
        String head =
                (part
                                ? "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes "
                                        + from
                                        + "-"
                                        + (SIZE - 1)
                                        + "/"
                                        + SIZE
                                        + "\r\n"
                                : "HTTP/1.1 200 OK\r\n")
                        + "ETag: "
                        + TAG
                        + "\r\nAccept-Ranges: bytes\r\nContent-Length: "
                        + (SIZE - from)
                        + "\r\n\r\n";
        byte[] start = head.getBytes(StandardCharsets.US_ASCII);
        byte[] all = Arrays.copyOf(start, start.length + Math.max(0, until - from));
        System.arraycopy(PAGE, from, all, start.length, all.length - start.length);
        to.getOutputStream().write(all);
    }

    @Override
    public void close() throws IOException {
        actor.close();
    }
}

package dev.understudy.tools.kernel;

import dev.understudy.stack.link.NetworkNamespace;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Many HTTP clients at once, each a socket of the kernel of one namespace, all on one thread. A client connects, asks for
 * something, thinks, perhaps asks again, and leaves; then it comes back as another. Every body is compared with what it
 * has to be.
 */
final class Crowd implements AutoCloseable {
    /** Longer than any stall that a living server could have spared the client. */
    private static final long PATIENCE_NANOS = 30_000_000_000L;

    private static final long TICK_MILLIS = 5;
    private static final int LONGEST_HEAD = 1 << 10;

    /** What the crowd has gone through. */
    enum Fate {
        /** A connection was made. */
        CONNECTED,
        /** A request was answered, and the answer was right. */
        ANSWERED,
        /** A kept-alive connection was closed or reset between two answers, as any server may. */
        CLOSED_BETWEEN,
        /** The first request of a connection failed after a server had taken it, or had begun to answer. */
        LOST_WITH_ITS_SERVER,
        /** A later request of a connection failed. */
        LOST_LATER,
        /** No connection was made. */
        NOT_CONNECTED,
        /** The first request of a connection failed though no server had touched it. */
        LOST_UNTOUCHED,
        /** An answer was wrong. */
        WRONG
    }

    /** Told of every failure. */
    @FunctionalInterface
    interface Witness {
        /** Whether a server has touched the connection from this port. */
        boolean touched(int port);
    }

    private final NetworkNamespace namespace;
    private final InetSocketAddress original;
    private final byte[] file;
    private final Witness witness;
    private final Random random;
    private final Client[] clients;
    private final Thread thread;
    private final AtomicLong[] fates = new AtomicLong[Fate.values().length];
    private final AtomicInteger open = new AtomicInteger();
    private final Queue<Complaint> complaints = new ConcurrentLinkedQueue<>();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);
    private Selector selector;
    private volatile boolean leaving;

    /**
     * @param file what {@code /file} has to be; {@code /} has to be a server's name
     */
    Crowd(
            NetworkNamespace namespace,
            InetSocketAddress original,
            int size,
            byte[] file,
            long seed,
            Witness witness) {
        this.namespace = namespace;
        this.original = original;
        this.file = file;
        this.witness = witness;
        this.random = new Random(seed);
        this.clients = new Client[size];
        for (int i = 0; i < fates.length; i++) {
            fates[i] = new AtomicLong();
        }
        this.thread = this.namespace.newThread(this::run);
    }

    void start() {
        thread.start();
    }

    /** Lets nobody new in, and waits until everybody has what he asked for. */
    void leave() throws InterruptedException {
        leaving = true;
        thread.join();
    }

    long count(Fate fate) {
        return fates[fate.ordinal()].get();
    }

    /** Connections that are open or being opened. */
    int open() {
        return open.get();
    }

    /** What went wrong that should not have. */
    List<Complaint> complaints() {
        return List.copyOf(complaints);
    }

    /** Something that went wrong, and from which port of the client; 0 if it is not known. */
    record Complaint(Fate fate, int port, String what) {}

    @Override
    public void close() {
        thread.interrupt();
    }

    private void run() {
        try (Selector opened = Selector.open()) {
            selector = opened;
            for (int i = 0; i < clients.length; i++) {
                clients[i] = new Client();
                // Not all at the same moment, which no crowd does.
                clients[i].actAt = System.nanoTime() + random.nextLong(1_000_000_000L);
            }
            while (!Thread.currentThread().isInterrupted() && !(leaving && open.get() == 0)) {
                selector.select(key -> ((Client) key.attachment()).ready(key), TICK_MILLIS);
                long now = System.nanoTime();
                for (Client client : clients) {
                    client.tick(now);
                }
            }
        } catch (IOException e) {
            complaints.add(new Complaint(Fate.WRONG, 0, e.toString()));
        } finally {
            for (Client client : clients) {
                client.hangUp();
            }
        }
    }

    private long within(long millis) {
        return System.nanoTime() + random.nextLong(millis * 1_000_000);
    }

    private enum State {
        AWAY,
        CONNECTING,
        THINKING,
        WAITING
    }

    /** One client, which is one connection at a time. */
    private final class Client {
        private State state = State.AWAY;
        private long actAt;
        private SocketChannel channel;
        private SelectionKey key;
        private int port;
        private int asked;
        private boolean file;
        private final byte[] head = new byte[LONGEST_HEAD];
        private int headBytes;
        private int bodyBytes;
        private int bodyLength;

        void tick(long now) {
            if (now - actAt < 0) {
                return;
            }
            switch (state) {
                case AWAY -> {
                    if (!leaving) {
                        connect();
                    }
                }
                case THINKING -> {
                    if (asked > 0 && (leaving || random.nextInt(3) == 0)) {
                        hangUp();
                    } else {
                        ask();
                    }
                }
                case CONNECTING, WAITING -> failed(new SocketTimeoutException("no patience left"));
            }
        }

        private void connect() {
            try {
                channel = SocketChannel.open();
                channel.configureBlocking(false);
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                open.incrementAndGet();
                state = State.CONNECTING;
                actAt = System.nanoTime() + PATIENCE_NANOS;
                asked = 0;
                // Known to the JDK only once the connection is made.
                port = 0;
                key = channel.register(selector, SelectionKey.OP_CONNECT, this);
                if (channel.connect(original)) {
                    connected();
                }
            } catch (IOException e) {
                failed(e);
            }
        }

        private void connected() throws IOException {
            port = ((InetSocketAddress) channel.getLocalAddress()).getPort();
            count(Fate.CONNECTED);
            key.interestOps(SelectionKey.OP_READ);
            state = State.THINKING;
            actAt = within(50);
        }

        void ready(SelectionKey ready) {
            try {
                if (ready.isConnectable() && channel.finishConnect()) {
                    connected();
                } else if (ready.isReadable()) {
                    read();
                }
            } catch (IOException e) {
                failed(e);
            }
        }

        private void ask() {
            file = random.nextInt(5) == 0;
            String request = "GET " + (file ? "/file" : "/") + " HTTP/1.1\r\nHost: lab\r\n\r\n";
            headBytes = 0;
            bodyLength = -1;
            asked++;
            state = State.WAITING;
            actAt = System.nanoTime() + PATIENCE_NANOS;
            try {
                channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
            } catch (IOException e) {
                failed(e);
            }
        }

        private void read() throws IOException {
            buffer.clear();
            int bytes = channel.read(buffer);
            if (bytes < 0) {
                throw new EOFException("the server closed");
            }
            buffer.flip();
            while (buffer.hasRemaining() && state != State.AWAY) {
                take(buffer);
            }
        }

        private void take(ByteBuffer bytes) {
            if (state != State.WAITING) {
                wrong("bytes that nobody asked for");
                return;
            }
            while (bodyLength < 0 && bytes.hasRemaining()) {
                if (headBytes == LONGEST_HEAD) {
                    wrong("an endless head");
                    return;
                }
                head[headBytes++] = bytes.get();
                if (headEnds() && !headRead()) {
                    wrong(new String(head, 0, headBytes, StandardCharsets.US_ASCII));
                    return;
                }
            }
            while (bodyLength >= 0 && bodyBytes < bodyLength && bytes.hasRemaining()) {
                byte is = bytes.get();
                if (file && is != Crowd.this.file[bodyBytes]) {
                    wrong("byte " + bodyBytes + " of the file");
                    return;
                }
                bodyBytes++;
            }
            if (bodyLength >= 0 && bodyBytes == bodyLength) {
                count(Fate.ANSWERED);
                state = State.THINKING;
                actAt = within(leaving ? 50 : 2_500);
            }
        }

        private boolean headEnds() {
            return headBytes >= 4
                    && head[headBytes - 1] == '\n'
                    && head[headBytes - 2] == '\r'
                    && head[headBytes - 3] == '\n';
        }

        private boolean headRead() {
            String text = new String(head, 0, headBytes, StandardCharsets.US_ASCII);
            bodyBytes = 0;
            bodyLength =
                    Arrays.stream(text.split("\r\n", -1))
                            .filter(line -> line.startsWith("Content-Length: "))
                            .mapToInt(line -> Integer.parseInt(line.substring(16)))
                            .findFirst()
                            .orElse(-1);
            int right = file ? Crowd.this.file.length : "This is A.\n".length();
            return text.startsWith("HTTP/1.1 200 ") && bodyLength == right;
        }

        private void wrong(String what) {
            complain(Fate.WRONG, what);
            hangUp();
        }

        private void failed(IOException e) {
            boolean touched = witness.touched(port);
            switch (state) {
                case CONNECTING -> complain(Fate.NOT_CONNECTED, e.toString());
                case THINKING -> {
                    if (asked > 0) {
                        count(Fate.CLOSED_BETWEEN);
                    } else {
                        first(touched, e);
                    }
                }
                case WAITING -> {
                    if (asked > 1) {
                        count(Fate.LOST_LATER);
                    } else {
                        first(touched, e);
                    }
                }
                case AWAY -> complain(Fate.WRONG, e.toString());
            }
            hangUp();
        }

        private void first(boolean touched, IOException e) {
            if (touched) {
                count(Fate.LOST_WITH_ITS_SERVER);
            } else {
                complain(Fate.LOST_UNTOUCHED, state + ": " + e);
            }
        }

        private void complain(Fate fate, String what) {
            count(fate);
            complaints.add(new Complaint(fate, port, what));
        }

        private void count(Fate fate) {
            fates[fate.ordinal()].incrementAndGet();
        }

        /** Leaves, and comes back soon as another. */
        void hangUp() {
            if (channel == null) {
                return;
            }
            try {
                channel.close();
            } catch (IOException e) {
                complain(Fate.WRONG, e.toString());
            }
            channel = null;
            state = State.AWAY;
            actAt = within(20);
            open.decrementAndGet();
        }
    }
}

package dev.understudy.tools.lab.scenario;

import dev.understudy.stack.wire.Endpoint;
import dev.understudy.tools.net.Host;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/** A name server that knows one address, its own mark, for every name (RFC 1035 §4.1), and can fall silent. */
final class NameServer implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 5_000;
    private static final int LARGEST = 512;
    private static final int RESPONSE = 0x8000;
    private static final int RECURSION_AVAILABLE = 0x0080;
    private static final int ANSWER_BYTES = 16;
    private static final int HEADER_BYTES = 12;
    private static final int BEHIND_NAME = 5;

    private final DatagramSocket socket;
    private final Thread thread;
    private final int mark;
    private final AtomicInteger asked = new AtomicInteger();
    private volatile boolean mute;

    /**
     * One that listens already.
     *
     * @param mark the address that it gives, as a number
     */
    NameServer(Host host, Endpoint at, int mark) throws IOException {
        this.mark = mark;
        socket = host.namespace().call(() -> new DatagramSocket(Scene.address(at)));
        thread = new Thread(this::serve, "names-" + host.name());
        thread.setDaemon(true);
        thread.start();
    }

    private void serve() {
        DatagramPacket packet = new DatagramPacket(new byte[LARGEST], LARGEST);
        while (!socket.isClosed()) {
            try {
                packet.setLength(LARGEST);
                socket.receive(packet);
                asked.incrementAndGet();
                if (!mute) {
                    byte[] answer = answer(packet.getData(), packet.getLength());
                    socket.send(
                            new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
                }
            } catch (IOException | RuntimeException unanswerable) {
                // Closed, or asked for what is no question.
            }
        }
    }

    /** The question alone, whatever comes behind it, and one address. */
    private byte[] answer(byte[] query, int length) {
        int end = HEADER_BYTES;
        while (end < length && query[end] != 0) {
            end += 1 + query[end];
        }
        end += BEHIND_NAME;
        ByteBuffer out = ByteBuffer.allocate(end + ANSWER_BYTES);
        out.put(query, 0, end);
        out.putShort(2, (short) (out.getShort(2) | RESPONSE | RECURSION_AVAILABLE));
        out.putShort(4, (short) 1).putShort(6, (short) 1).putShort(8, (short) 0);
        out.putShort(10, (short) 0);
        // The name is that of the question; type A, class IN, for a second.
        out.putShort((short) 0xC00C).putShort((short) 1).putShort((short) 1).putInt(1);
        out.putShort((short) 4).putInt(mark);
        return out.array();
    }

    /** Hears what it is asked from now on, and does not answer. */
    void fallSilent() {
        mute = true;
    }

    int asked() {
        return asked.get();
    }

    /** Its port is closed when this returns: the JDK leaves that to the thread that was reading. */
    @Override
    public void close() {
        socket.close();
        try {
            thread.join(PATIENCE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

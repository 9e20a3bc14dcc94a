package dev.understudy.tools.lab.scenario;

import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.tools.net.Host;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The smallest client of DNS (RFC 1035 §4.1), on a connected socket of the client's kernel. It asks once and has patience: if
 * an answer comes, no retransmission of its own has brought it.
 */
final class Resolver implements AutoCloseable {
    /**
     * An answer.
     *
     * @param nanos how long it took
     */
    record Answer(IpAddress address, long nanos) {}

    private static final int PATIENCE_MILLIS = 10_000;
    private static final int LARGEST = 512;
    private static final int RECURSION_DESIRED = 0x0100;

    private final DatagramSocket socket;
    private short id;

    Resolver(Host host, Endpoint server) throws IOException {
        socket =
                host.namespace()
                        .call(
                                () -> {
                                    DatagramSocket own = new DatagramSocket();
                                    own.connect(Scene.address(server));
                                    return own;
                                });
    }

    /** Its own address and port. */
    Endpoint local() {
        return new Endpoint(IpAddress.of(socket.getLocalAddress()), socket.getLocalPort());
    }

    /** Asks for a name's address, once. */
    Answer ask(String name) throws IOException {
        byte[] query = query(name, ++id);
        long begin = System.nanoTime();
        socket.send(new DatagramPacket(query, query.length));
        socket.setSoTimeout(PATIENCE_MILLIS);
        ByteBuffer answer = receive();
        if (answer.getShort(0) != id || answer.getShort(6) != 1) {
            throw new IOException("that is no answer to the question");
        }
        return new Answer(
                IpAddress.v4(answer.getInt(answer.limit() - 4)), System.nanoTime() - begin);
    }

    /** Whether another answer to what was asked comes within a time. */
    boolean hearsMore(int millis) throws IOException {
        socket.setSoTimeout(millis);
        try {
            receive();
            return true;
        } catch (SocketTimeoutException none) {
            return false;
        }
    }

    private ByteBuffer receive() throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[LARGEST], LARGEST);
        socket.receive(packet);
        return ByteBuffer.wrap(packet.getData(), 0, packet.getLength());
    }

    private static byte[] query(String name, short id) {
        ByteBuffer out = ByteBuffer.allocate(LARGEST);
        out.putShort(id).putShort((short) RECURSION_DESIRED).putShort((short) 1);
        out.putShort((short) 0).putInt(0);
        for (String label : name.split("\\.", -1)) {
            byte[] bytes = label.getBytes(StandardCharsets.US_ASCII);
            out.put((byte) bytes.length).put(bytes);
        }
        out.put((byte) 0).putShort((short) 1).putShort((short) 1);
        byte[] query = new byte[out.position()];
        out.flip().get(query);
        return query;
    }

    @Override
    public void close() {
        socket.close();
    }
}

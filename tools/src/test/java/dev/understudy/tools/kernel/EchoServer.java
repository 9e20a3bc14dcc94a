package dev.understudy.tools.kernel;

import dev.understudy.stack.link.NetworkNamespace;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** A UDP server that sends each datagram back, behind its name. */
final class EchoServer implements AutoCloseable {
    private final DatagramSocket socket;

    /** Serves on every address of a namespace. */
    EchoServer(String name, NetworkNamespace namespace, int port) throws IOException {
        socket = namespace.call(() -> new DatagramSocket(new InetSocketAddress(port)));
        Thread thread = new Thread(() -> serve(name.getBytes(StandardCharsets.US_ASCII)));
        thread.setDaemon(true);
        thread.start();
    }

    private void serve(byte[] name) {
        byte[] buffer = new byte[0xFFFF];
        System.arraycopy(name, 0, buffer, 0, name.length);
        try {
            while (true) {
                DatagramPacket packet =
                        new DatagramPacket(buffer, name.length, buffer.length - name.length);
                socket.receive(packet);
                socket.send(
                        new DatagramPacket(
                                buffer,
                                name.length + packet.getLength(),
                                packet.getSocketAddress()));
            }
        } catch (IOException over) {
            // It was closed.
        }
    }

    /** From now on its kernel answers by port unreachable. */
    @Override
    public void close() {
        socket.close();
    }
}

package dev.understudy.tools.kernel;

import dev.understudy.stack.link.NetworkNamespace;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.SplittableRandom;

/**
 * Bytes that are known beforehand, by a seed and a count, so that both ends of a transfer can tell whether they are the
 * right ones by their SHA-256.
 */
record Cargo(long seed, long bytes) {
    private static final int CHUNK = 1 << 16;
    private static final byte GIVE = 'G';
    private static final byte TAKE = 'T';

    /** A server that hands out, or takes and digests, the cargo that a client names. */
    static final class Depot implements AutoCloseable {
        private final ServerSocket listener;

        Depot(NetworkNamespace namespace, int port) throws IOException {
            listener =
                    namespace.call(
                            () -> {
                                ServerSocket socket = new ServerSocket();
                                socket.setReuseAddress(true);
                                socket.bind(new InetSocketAddress(port));
                                return socket;
                            });
            daemon(this::accept);
        }

        private void accept() {
            while (!listener.isClosed()) {
                try {
                    Socket socket = listener.accept();
                    daemon(() -> serve(socket));
                } catch (IOException closed) {
                    return;
                }
            }
        }

        private static void serve(Socket socket) {
            try (socket) {
                DataInputStream in = new DataInputStream(socket.getInputStream());
                while (true) {
                    byte order = in.readByte();
                    Cargo cargo = new Cargo(in.readLong(), in.readLong());
                    if (order == GIVE) {
                        cargo.send(socket.getOutputStream());
                    } else {
                        socket.getOutputStream().write(receive(in, cargo.bytes));
                    }
                }
            } catch (IOException over) {
                // The client has left.
            }
        }

        private static void daemon(Runnable task) {
            Thread thread = new Thread(task, "depot");
            thread.setDaemon(true);
            thread.start();
        }

        @Override
        public void close() throws IOException {
            listener.close();
        }
    }

    /** The SHA-256 that it should have. */
    String digest() {
        MessageDigest digest = sha256();
        SplittableRandom random = new SplittableRandom(seed);
        byte[] chunk = new byte[CHUNK];
        for (long left = bytes; left > 0; left -= CHUNK) {
            random.nextBytes(chunk);
            digest.update(chunk, 0, (int) Math.min(CHUNK, left));
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Has a depot send it, and returns the SHA-256 of what came. */
    String download(Socket depot) throws IOException {
        order(depot, GIVE);
        return HexFormat.of().formatHex(receive(depot.getInputStream(), bytes));
    }

    /** Sends it to a depot, and returns the SHA-256 of what came there. */
    String upload(Socket depot) throws IOException {
        order(depot, TAKE);
        send(depot.getOutputStream());
        return HexFormat.of().formatHex(depot.getInputStream().readNBytes(32));
    }

    private void order(Socket depot, byte what) throws IOException {
        ByteBuffer order = ByteBuffer.allocate(17).put(what).putLong(seed).putLong(bytes);
        new DataOutputStream(depot.getOutputStream()).write(order.array());
    }

    private void send(OutputStream out) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        byte[] chunk = new byte[CHUNK];
        for (long left = bytes; left > 0; left -= CHUNK) {
            random.nextBytes(chunk);
            out.write(chunk, 0, (int) Math.min(CHUNK, left));
        }
    }

    private static byte[] receive(InputStream in, long bytes) throws IOException {
        MessageDigest digest = sha256();
        byte[] chunk = new byte[CHUNK];
        long left = bytes;
        while (left > 0) {
            int read = in.read(chunk, 0, (int) Math.min(CHUNK, left));
            if (read < 0) {
                throw new EOFException(left + " bytes of " + bytes + " did not come");
            }
            digest.update(chunk, 0, read);
            left -= read;
        }
        return digest.digest();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}

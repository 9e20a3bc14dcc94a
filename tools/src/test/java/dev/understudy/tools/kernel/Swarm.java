package dev.understudy.tools.kernel;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * A process with many connections to one server that says back what it hears, and asks each of them whether it is still the
 * same: {@code Swarm ADDRESS PORT CONNECTIONS NAME}. It prints a line when all are there, and one after each round, for
 * which a line on its input asks.
 */
final class Swarm {
    private static final int TAG_BYTES = 32;

    private Swarm() {}

    public static void main(String[] args) throws IOException {
        InetSocketAddress server = new InetSocketAddress(args[0], Integer.parseInt(args[1]));
        int size = Integer.parseInt(args[2]);
        List<SocketChannel> connections = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            connections.add(SocketChannel.open(server));
        }
        System.out.println("connected " + size);
        BufferedReader orders =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String order = orders.readLine(); order != null; order = orders.readLine()) {
            System.out.println("right " + round(connections, args[3] + "-" + order));
        }
        for (SocketChannel connection : connections) {
            connection.close();
        }
    }

    /** Says something on every connection before it listens on any; how many heard themselves. */
    private static int round(List<SocketChannel> connections, String name) throws IOException {
        for (int i = 0; i < connections.size(); i++) {
            ByteBuffer tag = tag(name, i);
            while (tag.hasRemaining()) {
                connections.get(i).write(tag);
            }
        }
        int right = 0;
        for (int i = 0; i < connections.size(); i++) {
            ByteBuffer heard = ByteBuffer.allocate(TAG_BYTES);
            while (heard.hasRemaining() && connections.get(i).read(heard) >= 0) {
                // Until it is whole.
            }
            right += heard.flip().equals(tag(name, i)) ? 1 : 0;
        }
        return right;
    }

    private static ByteBuffer tag(String name, int number) {
        String text = name + "-" + number;
        byte[] bytes = (text + ".".repeat(TAG_BYTES)).getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.wrap(bytes, 0, TAG_BYTES);
    }

    /** The server: says back what it hears, until its socket is closed. */
    static void echo(ServerSocketChannel listener) {
        try (Selector selector = Selector.open()) {
            listener.configureBlocking(false);
            listener.register(selector, SelectionKey.OP_ACCEPT);
            ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);
            while (listener.isOpen()) {
                selector.select();
                for (Iterator<SelectionKey> keys = selector.selectedKeys().iterator();
                        keys.hasNext(); ) {
                    SelectionKey key = keys.next();
                    keys.remove();
                    if (key.isValid() && key.isAcceptable()) {
                        accept(listener, selector);
                    } else if (key.isValid()) {
                        answer((SocketChannel) key.channel(), buffer);
                    }
                }
            }
        } catch (IOException closed) {
            // The test is over.
        }
    }

    private static void accept(ServerSocketChannel listener, Selector selector) throws IOException {
        for (SocketChannel one = listener.accept(); one != null; one = listener.accept()) {
            one.configureBlocking(false);
            one.register(selector, SelectionKey.OP_READ);
        }
    }

    private static void answer(SocketChannel connection, ByteBuffer buffer) throws IOException {
        int read = connection.read(buffer.clear());
        buffer.flip();
        while (read > 0 && buffer.hasRemaining()) {
            connection.write(buffer);
        }
        if (read < 0) {
            connection.close();
        }
    }
}

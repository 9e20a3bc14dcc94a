package dev.understudy.stack.tcp.sim;

import dev.understudy.stack.tcp.CloseReason;
import dev.understudy.stack.tcp.TcpConnection;
import dev.understudy.stack.tcp.TcpHandler;
import io.netty.buffer.ByteBuf;
import java.util.SplittableRandom;

/**
 * An application at one end: writes a stream of known bytes in pieces of any size, reads at its own pace, closes when both
 * is done, and knows whether what it read was right.
 */
final class App implements TcpHandler {
    private static final int LARGEST_PIECE = 9000;

    final String name;
    private final TwoHosts hosts;
    private final SplittableRandom random;
    private final int salt;
    private final int peerSalt;
    private final int toWrite;
    private final boolean slowReader;
    final boolean closesEarly;
    TcpConnection connection;
    int written;
    int read;
    boolean inputEnded;
    boolean outputShut;
    CloseReason closed;
    String fault;
    private boolean reading;

    App(
            String name,
            TwoHosts hosts,
            SplittableRandom random,
            int salt,
            int peerSalt,
            int toWrite,
            boolean slowReader,
            boolean closesEarly) {
        this.name = name;
        this.hosts = hosts;
        this.random = random;
        this.salt = salt;
        this.peerSalt = peerSalt;
        this.toWrite = toWrite;
        this.slowReader = slowReader;
        this.closesEarly = closesEarly;
    }

    static byte expected(int salt, int position) {
        return (byte) (position * 31 + (position >>> 8) * 7 + salt);
    }

    void start(TcpConnection itsConnection, long now) {
        connection = itsConnection;
        connection.handler(this);
        connection.keepAlive(60_000 * TwoHosts.MILLIS, 10_000 * TwoHosts.MILLIS, 5);
        work(now);
        readLater(now);
        if (connection.inputEnded()) {
            inputEnded(connection, now);
        }
    }

    @Override
    public void connected(TcpConnection c, long now) {
        start(c, now);
    }

    @Override
    public void readable(TcpConnection c, long now) {
        if (slowReader) {
            readLater(now);
        } else {
            readAll(now);
        }
    }

    private void readLater(long now) {
        if (!reading) {
            reading = true;
            hosts.at(
                    now + random.nextLong(slowReader ? 300 * TwoHosts.MILLIS : 1),
                    () -> {
                        reading = false;
                        readAll(hosts.now());
                        if (connection.readable() > 0) {
                            readLater(hosts.now());
                        }
                    });
        }
    }

    private void readAll(long now) {
        if (closed != null && closed != CloseReason.GRACEFUL) {
            return;
        }
        int budget = slowReader ? random.nextInt(1, 4000) : Integer.MAX_VALUE;
        while (budget > 0 && connection.readable() > 0) {
            ByteBuf buf = connection.read(budget);
            for (int i = buf.readerIndex(); i < buf.writerIndex(); i++) {
                if (buf.getByte(i) != expected(peerSalt, read)) {
                    fault = name + " read a wrong byte at " + read;
                }
                read++;
            }
            budget -= buf.readableBytes();
            buf.release();
        }
        connection.flush(now);
        finish(now);
    }

    @Override
    public void writable(TcpConnection c, long now) {
        work(now);
    }

    private void work(long now) {
        while (written < toWrite) {
            int size = Math.min(toWrite - written, random.nextInt(1, LARGEST_PIECE));
            ByteBuf piece = hosts.allocator.directBuffer(size);
            for (int i = 0; i < size; i++) {
                piece.writeByte(expected(salt, written + i));
            }
            int taken = connection.write(piece);
            piece.release();
            written += taken;
            if (taken < size) {
                break;
            }
            if (random.nextInt(4) == 0) {
                connection.flush(now);
            }
        }
        connection.flush(now);
        if (written == toWrite && !outputShut) {
            outputShut = true;
            connection.shutdownOutput(now);
        }
        finish(now);
    }

    @Override
    public void inputEnded(TcpConnection c, long now) {
        inputEnded = true;
        finish(now);
    }

    /** One that closes early does so when it has written all, whatever has yet to come. */
    private void finish(long now) {
        boolean all = inputEnded && connection.readable() == 0;
        if (outputShut && (all || closesEarly)) {
            connection.close(now);
        }
    }

    @Override
    public void closed(TcpConnection c, CloseReason reason, long now) {
        if (closed != null) {
            fault = name + " was told twice that it is closed";
        }
        closed = reason;
        if (reason == CloseReason.GRACEFUL) {
            readLater(now);
        }
    }
}

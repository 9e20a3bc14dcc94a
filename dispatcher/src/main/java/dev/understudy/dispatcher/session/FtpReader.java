package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.protocol.FtpLine;
import dev.understudy.stack.wire.IpAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Reads an FTP control connection (RFC 959, RFC 2428). A client that listens (PORT, EPRT) is shown to the server at our
 * address; a server that does (227, 229) is shown to the client at the original's. Where one is told to connect to a third
 * host, the line passes unaltered, and announces nothing (RFC 2577 §3, the bounce attack).
 *
 * <p>Behind AUTH (RFC 4217) there is nothing to be read any more: then only passive data connections to servers that
 * clients reach by themselves can work.
 */
final class FtpReader implements Announcing.Reader {
    private static final byte[][] OF_CLIENT = words("PORT ", "EPRT ");
    private static final byte[][] OF_SERVER = words("227 ", "229 ", "234");
    private static final String SECURED = "234";

    private final Engine engine;
    private final Session session;
    private boolean secured;

    FtpReader(Engine engine, Session session) {
        this.engine = engine;
        this.session = session;
    }

    private static byte[][] words(String... words) {
        byte[][] bytes = new byte[words.length][];
        for (int i = 0; i < words.length; i++) {
            bytes[i] = words[i].getBytes(StandardCharsets.US_ASCII);
        }
        return bytes;
    }

    @Override
    public boolean mayMatter(boolean fromClient, byte[] line, int length) {
        for (byte[] word : fromClient ? OF_CLIENT : OF_SERVER) {
            if (begins(line, length, word)) {
                return true;
            }
        }
        return false;
    }

    /** Whether line and word agree as far as both go. */
    private static boolean begins(byte[] line, int length, byte[] word) {
        for (int i = 0; i < Math.min(length, word.length); i++) {
            int c = line[i] >= 'a' && line[i] <= 'z' ? line[i] - 'a' + 'A' : line[i];
            if (c != word[i]) {
                return false;
            }
        }
        return true;
    }

    @Override
    public byte[] replaced(boolean fromClient, byte[] line, int length, long now) {
        if (!mayMatter(fromClient, line, length)) {
            return null;
        }
        if (!fromClient && new String(line, 0, 3, StandardCharsets.US_ASCII).equals(SECURED)) {
            secured = true;
            return null;
        }
        Optional<FtpLine> read =
                fromClient ? FtpLine.ofClient(line, length) : FtpLine.ofServer(line, length);
        return read.isEmpty()
                ? null
                : fromClient ? clientListens(read.get(), now) : serverListens(read.get(), now);
    }

    private byte[] clientListens(FtpLine line, long now) {
        IpAddress client = new IpAddress(session.nearHi, session.nearLo);
        if (!line.address().equals(Optional.of(client))) {
            return null;
        }
        int port = engine.announced.clientListens(session, line.port(), now);
        return port == 0
                ? null
                : line.with(new IpAddress(session.leg.nearHi, session.leg.nearLo), port);
    }

    private byte[] serverListens(FtpLine line, long now) {
        int port = engine.announced.serverListens(session, line.port(), now);
        return port == 0 ? null : line.with(new IpAddress(session.farHi, session.farLo), port);
    }

    @Override
    public boolean ended() {
        return secured;
    }

    @Override
    public void close() {
        // What was announced stays so: the control connection may end before its last transfer.
    }
}

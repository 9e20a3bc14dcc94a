package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.config.ServiceConfig.Protocol;
import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.translate.EditedStream;
import dev.understudy.dispatcher.translate.LegOptions;
import dev.understudy.dispatcher.translate.PayloadEdit;
import dev.understudy.dispatcher.translate.SequenceMap;
import dev.understudy.dispatcher.translate.Translation;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;

/**
 * What a session has besides others on which other connections are announced (P60, P61): the lines of both directions are
 * read, and those that name an address or port are replaced by others, true for the other leg. Then the connections that
 * they announce find the same server.
 *
 * <p>It stands where packets are translated, so that all else sees a client's packets as the client sent them and a
 * server's as the client gets them.
 */
final class Announcing {
    /** Reads lines of both directions. */
    interface Reader {
        /** Whether a line with this beginning may have to be replaced. */
        boolean mayMatter(boolean fromClient, byte[] line, int length);

        /** What travels in place of a line, CRLF included; null if it stays. */
        byte[] replaced(boolean fromClient, byte[] line, int length, long now);

        /** Whether nothing that follows can be read. */
        boolean ended();

        /** The session is over. */
        void close();
    }

    private static final LegOptions ANY =
            new LegOptions(0xFFFF, 0xFFFF, LegOptions.NO_SCALE, LegOptions.NO_SCALE, true, true);

    /** What a packet may be longer than it was, if no MSS is known. */
    private static final int SMALLEST_SLICE = 512;

    /** A window field that allows a line, scaled or not. */
    private static final int SMALL_WINDOW = 512;

    private final Engine engine;
    private final Session session;
    private final Reader reader;

    /** The leg that the streams are of. */
    private ServerLeg leg;

    private EditedStream up;
    private EditedStream down;

    /** Each end's window field as the other one got it last. */
    private int clientWindow = SMALL_WINDOW;

    private int serverWindow = SMALL_WINDOW;
    private long now;

    private Announcing(Engine engine, Session session, Reader reader) {
        this.engine = engine;
        this.session = session;
        this.reader = reader;
    }

    /** What a new session of a service needs; null where nothing is announced. */
    static Announcing of(Engine engine, Session session) {
        Protocol protocol = session.service.config().protocol();
        return switch (protocol) {
            case TCP, UDP -> null;
            case FTP -> new Announcing(engine, session, new FtpReader(engine, session));
            case RTSP -> new Announcing(engine, session, new RtspReader(engine, session));
        };
    }

    private final class Direction implements EditedStream.Lines {
        private final boolean fromClient;

        Direction(boolean fromClient) {
            this.fromClient = fromClient;
        }

        @Override
        public boolean mayMatter(byte[] line, int length) {
            return reader.mayMatter(fromClient, line, length);
        }

        @Override
        public byte[] replaced(byte[] line, int length) {
            return reader.replaced(fromClient, line, length, now);
        }

        @Override
        public boolean ended() {
            return reader.ended();
        }
    }

    /** Rewrites a client's segment for the server; false if it is not to be sent. */
    boolean toServer(Packet packet, long at) {
        begin(at);
        if (packet.has(Tcp.ACK)) {
            down.acknowledged(packet.ack());
        }
        return pass(packet, up, true);
    }

    /** Rewrites a server's segment for the client; false if it is not to be sent. */
    boolean toClient(Packet packet, long at) {
        begin(at);
        if (packet.has(Tcp.ACK)) {
            up.acknowledged(packet.ack());
        }
        return pass(packet, down, false);
    }

    /** The session is over. */
    void close() {
        reader.close();
    }

    /** The streams begin where the leg does: a session moves to another only before its first response. */
    private void begin(long at) {
        now = at;
        if (leg == session.leg) {
            return;
        }
        leg = session.leg;
        if (session.translation == null) {
            session.translation =
                    new Translation(
                                    ANY,
                                    ANY,
                                    new SequenceMap(0),
                                    new SequenceMap(0),
                                    engine.out.drops)
                            .timestamps(0, 0, at);
        }
        SequenceMap fromServer = session.translation.serverToClient();
        up =
                new EditedStream(
                        session.clientIsn + 1,
                        session.translation.clientToServer(),
                        new Direction(true));
        down =
                new EditedStream(
                        session.serverIsn + 1 + fromServer.delta(),
                        fromServer,
                        new Direction(false));
    }

    private boolean pass(Packet packet, EditedStream stream, boolean toServer) {
        int length = packet.payloadLength();
        if (length == 0 || stream.isPlain()) {
            return translate(packet, toServer);
        }
        if (!packet.checksumValid()) {
            engine.counters.add(Counter.BAD_CHECKSUM);
            return false;
        }
        boolean fin = packet.has(Tcp.FIN);
        switch (stream.take(packet.seq(), packet.frame(), packet.payload(), length, fin)) {
            case DROPPED -> {
                engine.counters.add(Counter.UNTRANSLATABLE);
                return false;
            }
            case HELD -> {
                acknowledge(stream, toServer);
                return false;
            }
            case FORWARD -> {
                PayloadEdit payloads = engine.payloads;
                payloads.strip(packet);
                if (!translate(packet, toServer)) {
                    return false;
                }
                if (stream.length() > 0) {
                    int slice = Math.max(length, SMALLEST_SLICE);
                    payloads.fill(
                            packet,
                            stream.seq(),
                            stream.bytes(),
                            stream.from(),
                            stream.length(),
                            fin && stream.reachesEnd(),
                            slice);
                    map(toServer).passed(packet.seq() + packet.segmentLength());
                }
                return true;
            }
        }
        throw new AssertionError("a switch over all verdicts");
    }

    private SequenceMap map(boolean toServer) {
        return toServer
                ? session.translation.clientToServer()
                : session.translation.serverToClient();
    }

    private boolean translate(Packet packet, boolean toServer) {
        boolean translated =
                toServer
                        ? session.translation.toServer(packet, engine.out.options, now)
                        : session.translation.toClient(packet, engine.out.options, now);
        if (packet.has(Tcp.SYN)) {
            return translated;
        }
        if (toServer) {
            clientWindow = packet.window();
        } else {
            serverWindow = packet.window();
        }
        return translated;
    }

    /** The rest of a line may wait for it: senders keep small segments back while one is under way (RFC 896). */
    private void acknowledge(EditedStream stream, boolean toServer) {
        if (toServer) {
            engine.out.client.acknowledge(session, stream.next(), serverWindow, now);
        } else {
            engine.out.server.acknowledge(session, leg, stream.next(), clientWindow, now);
        }
    }
}

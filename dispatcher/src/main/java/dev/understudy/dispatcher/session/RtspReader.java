package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.protocol.RtspTransport;
import dev.understudy.dispatcher.service.Server;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Udp;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.Optional;

/**
 * Reads a connection on which UDP flows are announced as RTSP does (P60). When the server has answered a SETUP with its
 * ports, the flows between them and the client's are sessions from then on, with the same server as the connection: what
 * it sends appears to come from the original, and what the client sends to the original reaches it.
 */
final class RtspReader implements Announcing.Reader {
    private static final int MOST_PORTS = 32;
    private static final byte[] HEADER = RtspTransport.HEADER.getBytes(StandardCharsets.US_ASCII);

    private final Engine engine;
    private final Session session;

    /** Ports of ours that servers have been told for this session. */
    private final BitSet ours = new BitSet();

    /** The first of the ports that the client named last, and what the server was told instead. */
    private int clientPort;

    private int ourPort;

    RtspReader(Engine engine, Session session) {
        this.engine = engine;
        this.session = session;
    }

    @Override
    public boolean mayMatter(boolean fromClient, byte[] line, int length) {
        for (int i = 0; i < Math.min(length, HEADER.length); i++) {
            int c = line[i] >= 'A' && line[i] <= 'Z' ? line[i] - 'A' + 'a' : line[i];
            if (c != HEADER[i]) {
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
        Optional<RtspTransport> read = RtspTransport.of(line, length);
        if (read.isEmpty()) {
            return null;
        }
        return fromClient ? asked(read.get()) : answered(read.get(), now);
    }

    private byte[] asked(RtspTransport transport) {
        clientPort = transport.clientPort();
        ourPort = promised(transport.ports());
        return ourPort == clientPort || ourPort == 0
                ? null
                : transport.withClientPort(ourPort).bytes();
    }

    /** Ports that the server may be told: the client's own, unless another client of ours has named the same. */
    private int promised(int count) {
        boolean own = session.leg.nearLo == session.nearLo && session.leg.nearHi == session.nearHi;
        if (own || ours.get(clientPort)) {
            return clientPort;
        }
        if (ours.cardinality() + count > MOST_PORTS) {
            engine.counters.add(Counter.LIMIT_ANNOUNCED);
            return 0;
        }
        int port = engine.announced.promise(clientPort, count);
        if (port != 0) {
            ours.set(port, port + count);
        }
        return port;
    }

    private byte[] answered(RtspTransport transport, long now) {
        if (transport.serverPort() == 0 || transport.clientPort() != ourPort || ourPort == 0) {
            return null;
        }
        for (int i = 0; i < transport.ports(); i++) {
            open(clientPort + i, ourPort + i, transport.serverPort() + i, now);
        }
        return transport
                .withClientPort(clientPort)
                .withSource(new IpAddress(session.farHi, session.farLo))
                .bytes();
    }

    private void open(int client, int ours, int theirs, long now) {
        ServerLeg parent = session.leg;
        Session old =
                engine.table.outgoing.find(
                        Udp.PROTOCOL,
                        session.nearHi,
                        session.nearLo,
                        client,
                        session.farHi,
                        session.farLo,
                        theirs);
        if (old != null) {
            engine.exchanging.expire(old, now);
        }
        if (!engine.admission.hasRoom()) {
            return;
        }
        if (engine.table.incoming.find(
                        Udp.PROTOCOL,
                        parent.nearHi,
                        parent.nearLo,
                        ours,
                        parent.farHi,
                        parent.farLo,
                        theirs)
                != null) {
            engine.counters.add(Counter.LIMIT_PORTS);
            return;
        }
        Session flow =
                new Session(
                        engine.admission.nextId(),
                        session.service,
                        Udp.PROTOCOL,
                        now,
                        session.nearHi,
                        session.nearLo,
                        client,
                        session.farHi,
                        session.farLo,
                        theirs);
        flow.pinned =
                new Server(Endpoint.of(parent.farHi, parent.farLo, theirs), 1, /* backup= */ false);
        ServerLeg leg =
                new ServerLeg(
                        flow,
                        flow.pinned,
                        parent.nearHi,
                        parent.nearLo,
                        ours,
                        parent.farHi,
                        parent.farLo,
                        theirs,
                        0);
        engine.counters.add(Counter.ANNOUNCED);
        engine.admission.enter(flow, now);
        engine.table.incoming.add(leg);
        flow.leg = leg;
        flow.pinned.won();
        engine.exchanging.enter(flow, now);
    }

    @Override
    public boolean ended() {
        return false;
    }

    @Override
    public void close() {
        engine.announced.giveBack(ours);
        ours.clear();
    }
}

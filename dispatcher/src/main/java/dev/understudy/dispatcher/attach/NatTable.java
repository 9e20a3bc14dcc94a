package dev.understudy.dispatcher.attach;

import dev.understudy.stack.ip.Tally;
import dev.understudy.stack.ip.Timed;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.Udp;
import java.util.EnumMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * The flows that pass through under our address (source NAT, RFC 3022), found from both sides.
 *
 * <p>A flow, of either family, is protocol, client and remote end, with ports for TCP and UDP, the identifier for ICMP echo, and neither for
 * other protocols, of which one client can talk to one remote host at a time. Its port under our address is drawn at
 * random from {@value #FIRST_PORT}..{@value #LAST_PORT}, below the ranges from which clients and the dispatcher take
 * theirs, and is unique for its remote end; an incoming packet belongs to a flow only if it comes from exactly that end
 * (address- and port-dependent filtering, RFC 4787 §5), so that nobody can write to a client that did not ask.
 *
 * <p>At the limit the flow that was longest without a packet gives way: first one that nobody answered, then a closing
 * one, then others, established TCP last. A client that floods thus only displaces flows of its own kind. Idle flows go
 * after the times of {@link NatFlow.Life}.
 */
final class NatTable implements Timed {
    static final int LIMIT = 16_384;
    static final int FIRST_PORT = 16_384;
    static final int LAST_PORT = 32_767;

    private static final int PORT_TRIES = 64;
    private static final long NEVER = Long.MAX_VALUE;

    /** In the order in which classes give way. */
    private static final NatFlow.Life[] VICTIMS = {
        NatFlow.Life.UNANSWERED,
        NatFlow.Life.TCP_CLOSING,
        NatFlow.Life.ICMP,
        NatFlow.Life.OTHER,
        NatFlow.Life.UDP,
        NatFlow.Life.TCP
    };

    private enum Count {
        FLOWS,
        OPENED,
        EXPIRED,
        EVICTED,
        DROPPED_NO_PORT
    }

    private static final class Lru {
        private NatFlow oldest;
        private NatFlow youngest;
    }

    private final int limit;
    private final FlowOwner sessions;
    private final RandomGenerator random;
    private final long seed;
    private final NatFlow[] outgoing;
    private final NatFlow[] incoming;
    private final EnumMap<NatFlow.Life, Lru> lists = new EnumMap<>(NatFlow.Life.class);
    private final Tally<Count> tally = new Tally<>("nat", Count.class);
    private int size;

    NatTable(int limit, FlowOwner sessions, RandomGenerator random) {
        this.limit = limit;
        this.sessions = sessions;
        this.random = random;
        seed = random.nextLong();
        outgoing = new NatFlow[Integer.highestOneBit(Math.max(2, limit)) << 1];
        incoming = new NatFlow[outgoing.length];
        for (NatFlow.Life life : VICTIMS) {
            lists.put(life, new Lru());
        }
    }

    /** The flow of a client's packet, or null. */
    NatFlow outgoing(
            int protocol,
            long clientHi,
            long clientLo,
            int clientPort,
            long remoteHi,
            long remoteLo,
            int remotePort) {
        NatFlow flow =
                outgoing[
                        slot(
                                protocol,
                                clientHi,
                                clientLo,
                                clientPort,
                                remoteHi,
                                remoteLo,
                                remotePort)];
        while (flow != null
                && !(flow.clientLo == clientLo
                        && flow.clientHi == clientHi
                        && flow.clientPort == clientPort
                        && flow.remoteLo == remoteLo
                        && flow.remoteHi == remoteHi
                        && flow.remotePort == remotePort
                        && flow.protocol == protocol)) {
            flow = flow.nextOutgoing;
        }
        return flow;
    }

    /** The flow of a packet from the network to a port of ours, or null. */
    NatFlow incoming(int protocol, int port, long remoteHi, long remoteLo, int remotePort) {
        NatFlow flow = incoming[slot(protocol, 0, 0, port, remoteHi, remoteLo, remotePort)];
        while (flow != null
                && !(flow.port == port
                        && flow.remoteLo == remoteLo
                        && flow.remoteHi == remoteHi
                        && flow.remotePort == remotePort
                        && flow.protocol == protocol)) {
            flow = flow.nextIncoming;
        }
        return flow;
    }

    /** Opens a flow that is not there; null, and counted, if no port is free. */
    NatFlow open(
            int protocol,
            long clientHi,
            long clientLo,
            int clientPort,
            long remoteHi,
            long remoteLo,
            int remotePort,
            long now) {
        int port = freePort(protocol, remoteHi, remoteLo, remotePort);
        if (port < 0) {
            tally.count(Count.DROPPED_NO_PORT);
            return null;
        }
        if (size >= limit) {
            evict();
        }
        NatFlow flow =
                new NatFlow(
                        protocol,
                        clientHi,
                        clientLo,
                        clientPort,
                        remoteHi,
                        remoteLo,
                        remotePort,
                        port);
        int out = slot(protocol, clientHi, clientLo, clientPort, remoteHi, remoteLo, remotePort);
        flow.nextOutgoing = outgoing[out];
        outgoing[out] = flow;
        int in = slot(protocol, 0, 0, port, remoteHi, remoteLo, remotePort);
        flow.nextIncoming = incoming[in];
        incoming[in] = flow;
        flow.usedAt = now;
        append(flow);
        size++;
        tally.count(Count.OPENED);
        return flow;
    }

    private int freePort(int protocol, long remoteHi, long remoteLo, int remotePort) {
        if (!hasPorts(protocol)) {
            return incoming(protocol, 0, remoteHi, remoteLo, 0) == null ? 0 : -1;
        }
        int range = LAST_PORT - FIRST_PORT + 1;
        int start = random.nextInt(range);
        for (int i = 0; i < PORT_TRIES; i++) {
            int port = FIRST_PORT + (start + i) % range;
            if (incoming(protocol, port, remoteHi, remoteLo, remotePort) == null
                    && !sessions.owns(protocol, port, remoteHi, remoteLo, remotePort)) {
                return port;
            }
        }
        return -1;
    }

    static boolean hasPorts(int protocol) {
        return protocol == Tcp.PROTOCOL
                || protocol == Udp.PROTOCOL
                || protocol == Icmp.PROTOCOL
                || protocol == Icmp.PROTOCOL_V6;
    }

    /** One more packet of a flow; {@code flags} are TCP's, else 0. */
    void used(NatFlow flow, boolean fromClient, int flags, long now) {
        unlink(flow);
        flow.life = flow.after(fromClient, flags);
        flow.usedAt = now;
        append(flow);
    }

    private void append(NatFlow flow) {
        Lru list = lists.get(flow.life);
        flow.older = list.youngest;
        flow.younger = null;
        if (list.youngest == null) {
            list.oldest = flow;
        } else {
            list.youngest.younger = flow;
        }
        list.youngest = flow;
    }

    private void unlink(NatFlow flow) {
        Lru list = lists.get(flow.life);
        if (flow.older == null) {
            list.oldest = flow.younger;
        } else {
            flow.older.younger = flow.younger;
        }
        if (flow.younger == null) {
            list.youngest = flow.older;
        } else {
            flow.younger.older = flow.older;
        }
    }

    private void evict() {
        for (NatFlow.Life life : VICTIMS) {
            NatFlow victim = lists.get(life).oldest;
            if (victim != null) {
                tally.count(Count.EVICTED);
                remove(victim);
                return;
            }
        }
    }

    private void remove(NatFlow flow) {
        unlink(flow);
        size--;
        int out =
                slot(
                        flow.protocol,
                        flow.clientHi,
                        flow.clientLo,
                        flow.clientPort,
                        flow.remoteHi,
                        flow.remoteLo,
                        flow.remotePort);
        if (outgoing[out] == flow) {
            outgoing[out] = flow.nextOutgoing;
        } else {
            NatFlow before = outgoing[out];
            while (before.nextOutgoing != flow) {
                before = before.nextOutgoing;
            }
            before.nextOutgoing = flow.nextOutgoing;
        }
        int in =
                slot(flow.protocol, 0, 0, flow.port, flow.remoteHi, flow.remoteLo, flow.remotePort);
        if (incoming[in] == flow) {
            incoming[in] = flow.nextIncoming;
        } else {
            NatFlow before = incoming[in];
            while (before.nextIncoming != flow) {
                before = before.nextIncoming;
            }
            before.nextIncoming = flow.nextIncoming;
        }
    }

    private int slot(
            int protocol,
            long nearHi,
            long nearLo,
            int nearPort,
            long remoteHi,
            long remoteLo,
            int remotePort) {
        long h = (nearHi * 31 + nearLo) * 0xC2B2AE3D27D4EB4FL ^ remoteHi * 31 + remoteLo ^ seed;
        h = h * 0x9E3779B97F4A7C15L + ((long) protocol << 32 | nearPort << 16 | remotePort);
        h = (h ^ h >>> 32 ^ seed) * 0xD6E8FEB86659FD93L;
        return (int) (h ^ h >>> 32) & outgoing.length - 1;
    }

    @Override
    public long nextDeadline() {
        long earliest = NEVER;
        if (size > 0) {
            for (NatFlow.Life life : VICTIMS) {
                NatFlow oldest = lists.get(life).oldest;
                if (oldest != null) {
                    earliest = Math.min(earliest, oldest.usedAt + life.nanos);
                }
            }
        }
        return earliest;
    }

    @Override
    public void onDeadline(long now) {
        for (NatFlow.Life life : VICTIMS) {
            Lru list = lists.get(life);
            while (list.oldest != null && list.oldest.usedAt + life.nanos <= now) {
                tally.count(Count.EXPIRED);
                remove(list.oldest);
            }
        }
    }

    int size() {
        return size;
    }

    void counters(Map<String, Long> all) {
        tally.count(Count.FLOWS, size - tally.get(Count.FLOWS));
        tally.addTo(all);
    }
}

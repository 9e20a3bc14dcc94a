package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.attach.FlowOwner;
import dev.understudy.dispatcher.attach.Originals;
import dev.understudy.dispatcher.bind.Policy;
import dev.understudy.dispatcher.config.Config;
import dev.understudy.dispatcher.control.Assembly;
import dev.understudy.dispatcher.control.Counter;
import dev.understudy.dispatcher.control.Counters;
import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.dispatcher.control.EventLog;
import dev.understudy.dispatcher.control.PacketBook;
import dev.understudy.dispatcher.control.SessionSample;
import dev.understudy.dispatcher.control.Snapshot;
import dev.understudy.dispatcher.control.Source;
import dev.understudy.dispatcher.service.Services;
import dev.understudy.stack.ip.PacketOutput;
import dev.understudy.stack.ip.Timed;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.Tcp;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The client-side dispatcher (FIG. 3, 20) with its two doors. Sans-I/O: packets and deadlines come in with the time,
 * packets go out through two {@link PacketOutput}s, and nothing here knows a clock, a thread or a device. All calls are
 * made by one thread, the loop's.
 *
 * <pre>
 *   fromClient ──▶ outgoing index ──▶ session ──▶ phase ──▶ toNetwork
 *   toClient  ◀── phase ◀── session ◀── incoming index ◀── fromNetwork
 * </pre>
 */
public final class Dispatcher implements Originals, FlowOwner, Timed {
    private static final int EVENTS_KEPT = 1 << 14;

    /** RFC 6298 §2: no SYN+ACK is retransmitted sooner. */
    private static final long RETRANSMISSION_NANOS = 1_000_000_000L;

    private final Engine engine;
    private final IcmpErrors errors;
    private final Datagrams datagrams;
    private final NetworkIdentity identity;
    private final PacketTap tap;
    private final Impairments impairments;
    private final Observation observation;
    private FlowOwner passing = FlowOwner.NONE;

    /**
     * @param toClient where packets for clients leave, under the original's address
     * @param toNetwork where packets for servers leave
     * @param mtu the largest IP datagram that both links take, for MSS clamping
     */
    public Dispatcher(
            Config config,
            PacketOutput toClient,
            PacketOutput toNetwork,
            int mtu,
            ByteBufAllocator allocator,
            RandomGenerator random) {
        Counters counters = new Counters();
        identity = NetworkIdentity.of(config);
        SessionTable table = new SessionTable(config.limits().sessions(), random);
        tap = new PacketTap(new PacketBook(), table);
        impairments = new Impairments(table, allocator, random, toNetwork);
        impairments.door(this::through);
        Outbound out =
                new Outbound(
                        tap.listening(toClient, false),
                        tap.listening(impairments.upward(), true),
                        allocator,
                        counters,
                        mtu);
        engine =
                new Engine(
                        new Services(config.services()),
                        config.limits(),
                        identity,
                        out,
                        counters,
                        new EventLog(EVENTS_KEPT),
                        Policy.NONE,
                        table,
                        random);
        engine.events.onEventful(tap.book()::eventful);
        errors = engine.errors;
        observation = new Observation(engine, tap.book(), impairments);
        datagrams = new Datagrams(engine);
    }

    /**
     * A packet of a client, reassembled and parsed.
     *
     * @return false if it concerns no service and no session: let it pass unaltered
     */
    public boolean fromClient(Packet packet, long now) {
        return tap.on() ? watched(packet, true, now) : takeUp(packet, now);
    }

    /** The same for a packet that somebody may want to see. */
    private boolean watched(Packet packet, boolean up, long now) {
        tap.came(packet, up, now);
        boolean taken = up ? takeUp(packet, now) : takeDown(packet, now);
        tap.handled();
        return taken;
    }

    private boolean takeUp(Packet packet, long now) {
        if (packet.isTcp()) {
            Session session =
                    engine.table.outgoing.find(
                            Tcp.PROTOCOL,
                            packet.srcHi(),
                            packet.srcLo(),
                            packet.srcPort(),
                            packet.dstHi(),
                            packet.dstLo(),
                            packet.dstPort());
            if (session != null) {
                return known(session, packet, now);
            }
            return (packet.flags() & (Tcp.SYN | Tcp.ACK | Tcp.RST | Tcp.FIN)) == Tcp.SYN
                    && engine.admission.admit(packet, now);
        }
        if (packet.isUdp()) {
            return datagrams.fromClient(packet, now);
        }
        return packet.isIcmp() && errors.fromClient(packet, now);
    }

    /** A packet of a client's live or late connection: a SYN with another ISN is the next one from the same port. */
    private boolean known(Session session, Packet packet, long now) {
        if (engine.corrupt(packet)) {
            return true;
        }
        if (engine.admission.beginsAnother(session, packet)) {
            return engine.admission.reopen(session, packet, now);
        }
        if (session.delivery != null) {
            session.delivery.clientSaid(packet);
        }
        if (session.clientDelivery != null) {
            engine.holding.clientSaid(session, packet, now);
        }
        Telemetry.fromClient(session, packet, now);
        session.phase.fromClient(session, packet, now);
        if (session.delivery != null) {
            engine.replays.wake(session);
        }
        return true;
    }

    /**
     * A packet from the network, reassembled and parsed.
     *
     * @return false if it concerns no session: let it pass unaltered
     */
    public boolean fromNetwork(Packet packet, long now) {
        if (impairments.on() && impairments.takesDown(packet, now)) {
            return true;
        }
        return through(packet, now);
    }

    /** A packet of the network that has survived the way. */
    private boolean through(Packet packet, long now) {
        return tap.on() ? watched(packet, false, now) : takeDown(packet, now);
    }

    private boolean takeDown(Packet packet, long now) {
        if (packet.isTcp()) {
            ServerLeg leg =
                    engine.table.incoming.find(
                            Tcp.PROTOCOL,
                            packet.dstHi(),
                            packet.dstLo(),
                            packet.dstPort(),
                            packet.srcHi(),
                            packet.srcLo(),
                            packet.srcPort());
            if (leg == null) {
                return engine.called.admit(packet, now) || stray(packet, now);
            }
            if (engine.corrupt(packet)) {
                return true;
            }
            if (leg.tombstone) {
                late(leg, packet, now);
            } else {
                live(leg.session, leg, packet, now);
            }
            return true;
        }
        if (packet.isUdp()) {
            return datagrams.fromNetwork(packet, now);
        }
        return packet.isIcmp() && errors.fromNetwork(packet, now);
    }

    private void live(Session session, ServerLeg leg, Packet packet, long now) {
        if (session.delivery != null) {
            engine.replays.serverSaid(session, leg, packet, now);
        }
        if (leg == session.leg) {
            Telemetry.fromServer(session, leg, packet, now);
        }
        session.phase.fromServer(session, leg, packet, now);
        if (session.delivery != null) {
            engine.replays.wake(session);
        }
    }

    /** A segment of a leg that has lost (P40): if it is an answer to our SYN, the server lives, which is worth knowing. */
    private void late(ServerLeg leg, Packet packet, long now) {
        if (leg.departing) {
            engine.out.server.lastWords(packet, now);
            return;
        }
        Session session = leg.session;
        if (LegAnswer.isToSyn(packet, leg.isn)
                && !packet.has(Tcp.RST)
                && firstAnswer(leg, now)
                && leg.server.answered()) {
            engine.event(session, Kind.SERVER_UP, leg, 0, "", now);
        }
        engine.out.server.answerWithReset(packet, Counter.LATE_ANSWERS, now);
    }

    /** A retransmitted SYN+ACK says that the server lived once, and nothing of the way to it now. */
    private static boolean firstAnswer(ServerLeg leg, long now) {
        return leg.expiresAt - now > SessionTable.TOMBSTONE_NANOS - RETRANSMISSION_NANOS;
    }

    /** A segment that no session knows. Where the address is ours alone it gets the answer of any host: RST. */
    private boolean stray(Packet packet, long now) {
        if (!identity.is(packet.dstHi(), packet.dstLo())
                || passing.owns(
                        Tcp.PROTOCOL,
                        packet.dstPort(),
                        packet.srcHi(),
                        packet.srcLo(),
                        packet.srcPort())) {
            return false;
        }
        engine.stray(packet, now);
        return true;
    }

    /** Names the flows that pass through under our address: what they own is no stray. */
    public void passing(FlowOwner flows) {
        passing = flows;
    }

    /** Whether a server leg uses this port of our network-side address. */
    @Override
    public boolean owns(int protocol, int port, long remoteHi, long remoteLo, int remotePort) {
        return identity.hasFor(remoteHi, remoteLo)
                && engine.table.incoming.find(
                                protocol,
                                identity.hiFor(remoteHi, remoteLo),
                                identity.loFor(remoteHi, remoteLo),
                                port,
                                remoteHi,
                                remoteLo,
                                remotePort)
                        != null;
    }

    /** Whether an address is an original's, on any port. */
    @Override
    public boolean isOriginal(long hi, long lo) {
        return engine.services().isOriginal(hi, lo);
    }

    /** Whether an address is an original's that is remembered as failed. */
    @Override
    public boolean isDead(long hi, long lo, long now) {
        return engine.services().isDown(hi, lo, now);
    }

    /** When {@link #onDeadline} wants to be called, in the loop's nanoseconds; {@code Long.MAX_VALUE} if never. */
    @Override
    public long nextDeadline() {
        return Math.min(
                impairments.nextDeadline(),
                Math.min(
                        engine.announced.nextDeadline(),
                        Math.min(engine.deadlines.next(), engine.table.nextDeadline())));
    }

    /** Does everything that is due. Afterwards the next deadline is later than {@code now}. */
    @Override
    public void onDeadline(long now) {
        for (Session due = engine.deadlines.poll(now);
                due != null;
                due = engine.deadlines.poll(now)) {
            if (due.delivery != null) {
                engine.replays.deadline(due, now);
            }
            if (due.clientDelivery != null) {
                engine.holding.deliveryDeadline(due, now);
            }
            due.phase.deadline(due, now);
            if (due.delivery != null) {
                engine.replays.wake(due);
            }
            if (due.clientDelivery != null) {
                engine.holding.wake(due);
            }
        }
        engine.table.expire(now);
        engine.announced.expire(now);
        impairments.onDeadline(now);
    }

    /** Puts another configuration's services in force for new sessions; live ones keep what they have (P07, P50). */
    public void reload(Config config, long now) {
        reload(config, "", now);
    }

    /** As {@link #reload(Config, long)}, with what has changed for the record. */
    public void reload(Config config, String what, long now) {
        engine.services(engine.services().reload(config.services()));
        engine.events.add(now, 0, Kind.RELOADED, null, null, config.services().size(), what);
    }

    /** Records that a new configuration was not taken, and why. */
    public void reloadRefused(String reason, long now) {
        engine.events.add(now, 0, Kind.RELOAD_REFUSED, null, null, 0, reason);
    }

    /** All of it as it looks now, at once: in a large table that takes long. */
    public Snapshot snapshot(long now) {
        List<SessionSample> sessions = new ArrayList<>(engine.admission.live());
        Observation all = new Observation(engine, tap.book(), impairments);
        while (!all.read(sessions, Integer.MAX_VALUE / 2, now)) {
            // One round.
        }
        return Assembly.of(
                now,
                0,
                sessions.stream().map(sample -> sample.view(null)).toList(),
                all.overview(now));
    }

    /** What is read of it, and done to it, on the loop. */
    public Source source() {
        return observation;
    }

    /** Whether nothing is left: no session, attempt or stored byte. Shadows do not count. */
    public boolean idle() {
        return engine.admission.live() == 0
                && engine.deadlines.size() == 0
                && engine.stores.used() == 0
                && engine.moves.drawn() == 0;
    }

    /** The packets of watched sessions, for readers on any thread. */
    public PacketBook packets() {
        return tap.book();
    }

    /** What it has decided, for readers on any thread. */
    public EventLog events() {
        return engine.events;
    }

    /** Resets every live session on both legs: nobody is left to translate for them. */
    public void close(long now) {
        engine.closeAll(now);
        engine.payloads.release();
        impairments.close();
    }
}

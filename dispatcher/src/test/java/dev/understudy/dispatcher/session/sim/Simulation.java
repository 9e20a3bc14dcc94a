package dev.understudy.dispatcher.session.sim;

import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.session.Dispatcher;
import dev.understudy.dispatcher.session.sim.ModelTcp.State;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.IcmpQuote;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Clients, a dispatcher, servers, and links between them that lose, delay, repeat, reorder and damage packets. */
final class Simulation extends VirtualWorld {
    private static final long MILLIS = 1_000_000L;
    final Schedule schedule;
    final SplittableRandom random;

    private final Dispatcher dispatcher;
    private final BadLink link;
    private final List<ModelServer> servers = new ArrayList<>();
    private final List<Caller> clients = new ArrayList<>();
    private final Map<Integer, Integer> executions = new HashMap<>();
    private final Packet atEnd = new Packet();
    private final IcmpQuote quote = new IcmpQuote();
    private int requests;
    private int completed;
    private int failed;

    Simulation(Schedule schedule, boolean traced) {
        super(schedule.family(), traced);
        this.schedule = schedule;
        this.random = new SplittableRandom(schedule.seed() ^ 0x5DEECE66DL);
        this.link = new BadLink(this);
        boolean original = schedule.strategy() == Strategy.ORIGINAL_FIRST;
        for (int i = 0; i < schedule.servers().size(); i++) {
            boolean isOriginal = original && i == 0;
            servers.add(
                    new ModelServer(
                            i,
                            isOriginal ? family.original() : family.server(i + 1),
                            isOriginal || i % 2 == 0 ? PORT : 8080,
                            schedule.servers().get(i),
                            this));
        }
        dispatcher =
                new Dispatcher(
                        schedule.config(
                                servers.stream()
                                        .filter(server -> !server.address.equals(family.original()))
                                        .map(server -> new Endpoint(server.address, server.port))
                                        .toList()),
                        (packet, at) -> deliveredToClient(packet),
                        (packet, at) -> sentToNetwork(packet),
                        1500,
                        allocator,
                        random.split());
        for (int i = 0; i < schedule.clients(); i++) {
            IpAddress at = family.client(i + 1);
            clients.add(
                    schedule.speech().http()
                            ? new ModelBrowser(at, this, schedule.visits())
                            : new ModelClient(at, this, schedule.visits()));
        }
    }

    @Override
    Dispatcher dispatcher() {
        return dispatcher;
    }

    @Override
    void stepClients() {
        clients.forEach(Caller::step);
    }

    int isn() {
        return random.nextInt(3) == 0 ? -random.nextInt(4_000) : random.nextInt();
    }

    @Override
    void judge() {
        if (failed > 0 && preventable()) {
            violated("a client saw an error that a living server could have prevented");
        }
    }

    /** Whether every failure that this schedule can produce can be hidden. */
    boolean preventable() {
        return !schedule.speech().http()
                && schedule.link().lossless()
                && schedule.link().delay() + schedule.link().jitter() < 40 * MILLIS
                && !schedule.banner()
                && schedule.servers().stream().anyMatch(Schedule.ServerPlan::alwaysUp)
                && schedule.servers().stream()
                        .allMatch(
                                server ->
                                        server.changes().isEmpty()
                                                && server.death()
                                                                .compareTo(
                                                                        Schedule.Death
                                                                                .BEFORE_ACKNOWLEDGING)
                                                        <= 0);
    }

    // ---- what the ends tell

    int newRequest() {
        return ++requests;
    }

    void executed(int request) {
        note(() -> "request " + request + " is executed");
        executions.merge(request, 1, Integer::sum);
    }

    void visited(State state, int request, boolean post) {
        if (state == State.CLOSED) {
            completed++;
        } else if (!post) {
            failed++;
        }
        if (post && executions.getOrDefault(request, 0) > 1) {
            violated("POST " + request + " was executed twice");
        }
    }

    int completed() {
        return completed;
    }

    int failed() {
        return failed;
    }

    @Override
    String trace() {
        return schedule + "\n" + super.trace();
    }

    // ---- the links

    void toClientSideOfDispatcher(ByteBuf frame) {
        link.transmit("client  >", frame, f -> arrive(f, true));
    }

    void toNetworkSideOfDispatcher(ByteBuf frame) {
        link.transmit("server  >", frame, f -> arrive(f, false));
    }

    @Override
    void passes(ByteBuf frame, boolean fromClient) {
        if (fromClient) {
            link.transmit("passed up >", frame.retain(), this::atServers);
        } else {
            link.transmit("passed down >", frame.retain(), this::atClients);
        }
    }

    private void deliveredToClient(Packet packet) {
        if (!isFrom(packet, family.original())) {
            if (!packet.isIcmp() || !isFrom(packet, family.router())) {
                violated("a relocated address reaches the client: " + packet);
            }
        } else if (packet.isTcp() && packet.srcPort() != PORT) {
            violated("a relocated port reaches the client: " + packet);
        }
        if (packet.isIcmp()
                && quote.parse(packet)
                && (quote.dstLo() != family.original().lo() || quote.dstPort() != PORT)) {
            violated("a relocated address reaches the client in a quote");
        }
        undamaged(packet);
        link.transmit("        > client", packet.frame().retain(), this::atClients);
    }

    private void sentToNetwork(Packet packet) {
        undamaged(packet);
        link.transmit("        > server", packet.frame().retain(), this::atServers);
    }

    private void undamaged(Packet packet) {
        if (schedule.link().corruption() == 0) {
            checked(packet);
        }
    }

    private boolean arrivesAtEnd(ByteBuf frame) {
        return atEnd.parse(frame) == Packet.Parse.OK && atEnd.checksumValid();
    }

    private void atServers(ByteBuf frame) {
        if (arrivesAtEnd(frame)) {
            for (ModelServer server : servers) {
                if (isTo(atEnd, server.address)) {
                    server.receive(atEnd);
                }
            }
        }
        frame.release();
    }

    private void atClients(ByteBuf frame) {
        if (arrivesAtEnd(frame)) {
            for (Caller client : clients) {
                if (isTo(atEnd, client.address())) {
                    client.receive(atEnd);
                }
            }
        }
        frame.release();
    }
}

package dev.understudy.tools.lab.scenario;

import dev.understudy.dispatcher.control.Command;
import dev.understudy.dispatcher.control.Control;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.Outcome;
import dev.understudy.dispatcher.control.TracedPacket;
import dev.understudy.dispatcher.control.Watch;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.tools.lab.LabNetwork;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Where one scenario plays: the network, the dispatcher's control, and what was claimed and seen. */
public final class Scene implements AutoCloseable {
    private static final int MANY = 100_000;
    private static final long LOOK_NANOS = 2_000_000L;
    private static final long PATIENCE_NANOS = 5_000_000_000L;
    private static final long SETTLING_NANOS = 20_000_000L;
    private static final int SETTLINGS = 10;

    private final LabNetwork network;
    private final Control control;
    private final Consumer<String> told;
    private final List<Claim> claims = new ArrayList<>();
    private final List<AutoCloseable> open = new ArrayList<>();

    /**
     * A scene that nobody has entered yet; every session's packets are on record.
     *
     * @param told gets a sentence of each step
     */
    public Scene(LabNetwork network, Control control, Consumer<String> told) {
        this.network = network;
        this.control = control;
        this.told = told;
        control.perform(new Command.SetWatch(Watch.ALL_NEW)).join();
    }

    LabNetwork network() {
        return network;
    }

    /** Says what happens now. */
    void tell(String sentence) {
        told.accept(sentence);
    }

    /** A claim, and whether it was so. */
    void claim(String sentence, boolean held, Object seen) {
        Claim claim = new Claim(sentence, held, String.valueOf(seen));
        claims.add(claim);
        told.accept(claim.toString());
    }

    /** What was claimed so far. */
    public List<Claim> claims() {
        return List.copyOf(claims);
    }

    /** A server of the lab begins to play a part, on the scenarios' port. */
    Actor actor(String server, Actor.Script script) throws IOException {
        return remember(new Actor(network.server(server).host(), Stages.PORT, script));
    }

    /** A client connects to the original. */
    Browser browser() throws IOException {
        return browser(Stages.PORT);
    }

    /** A client connects to the original on another port. */
    Browser browser(int port) throws IOException {
        InetSocketAddress to = address(new Endpoint(Stages.ORIGINAL.address(), port));
        return remember(network.client().namespace().call(() -> new Browser(to)));
    }

    /** The same from the given socket, which is made in the client's namespace. */
    Socket socket() throws IOException {
        return remember(network.client().namespace().call(() -> new Socket()));
    }

    <T extends AutoCloseable> T remember(T thing) {
        open.add(thing);
        return thing;
    }

    static InetSocketAddress original() {
        return address(Stages.ORIGINAL);
    }

    static InetSocketAddress address(Endpoint endpoint) {
        return new InetSocketAddress(endpoint.address().toInetAddress(), endpoint.port());
    }

    Outcome perform(Command command) {
        return control.perform(command).join();
    }

    /** Everything that the dispatcher has decided. */
    List<Event> events() {
        return control.events(0, MANY);
    }

    /** The decisions of one kind. */
    List<Event> events(Event.Kind kind) {
        return events().stream().filter(event -> event.kind() == kind).toList();
    }

    Control control() {
        return control;
    }

    /** The packets of a client's connection, once no more come for a moment. */
    List<TracedPacket> packets(Socket socket) {
        return packets(client(socket));
    }

    private List<TracedPacket> packets(Endpoint client) {
        List<TracedPacket> before = List.of();
        List<TracedPacket> now = recorded(client);
        for (int i = 0; i < SETTLINGS && now.size() != before.size(); i++) {
            LockSupport.parkNanos(SETTLING_NANOS);
            before = now;
            now = recorded(client);
        }
        return now;
    }

    private static Endpoint client(Socket socket) {
        return new Endpoint(IpAddress.of(socket.getLocalAddress()), socket.getLocalPort());
    }

    /** What is on record of a client's connection now. */
    List<TracedPacket> recorded(Socket socket) {
        return recorded(client(socket));
    }

    private List<TracedPacket> recorded(Endpoint client) {
        return events(Event.Kind.OPENED).stream()
                .filter(event -> client.equals(event.client()))
                .findFirst()
                .map(event -> control.packets(event.session(), 0, MANY))
                .orElse(List.of());
    }

    /** Draws a connection as the patent's figures do. */
    void ladder(Socket socket) {
        ladder(client(socket));
    }

    /** The same of whatever a client sent from an address and port of its own. */
    void ladder(Endpoint client) {
        new Ladder(packets(client), network).lines().forEach(told);
    }

    /** Waits until something is so; false if it did not come to be in five seconds. */
    boolean await(BooleanSupplier so) {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!so.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                return false;
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        return true;
    }

    @Override
    public void close() {
        for (AutoCloseable thing : open) {
            try {
                thing.close();
            } catch (Exception e) {
                tell("A part could not be ended: " + e.getMessage());
            }
        }
    }
}

package dev.understudy.tools.bench;

import dev.understudy.dispatcher.config.Original;
import dev.understudy.dispatcher.config.PortRange;
import dev.understudy.dispatcher.config.ServerConfig;
import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.config.ServiceConfig.Connect;
import dev.understudy.dispatcher.config.ServiceConfig.Recover;
import dev.understudy.dispatcher.config.ServiceConfig.Statuses;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.config.Subnet;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.tools.net.TapDispatcher;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Understudy, told to hide whatever can be hidden: {@code recover: {on: [...], resume: verified}}. */
final class UnderstudyRescuer implements Rescuer {
    static final String NAME = "Understudy";

    private static final IpAddress ORIGINAL = IpAddress.parse("203.0.113.10");
    private static final Recover EVERYTHING =
            new Recover(
                    true,
                    true,
                    true,
                    true,
                    List.of(new Statuses(404, 404), new Statuses(500, 599)),
                    true);

    private TapDispatcher dispatcher;
    private int generation;
    private long heard;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String open(FailoverNetwork network) throws IOException {
        dispatcher =
                TapDispatcher.start(BenchConfig.of(services()), network.client(), network.net());
        network.client()
                .address("us0", BenchConfig.CLIENT)
                .route("203.0.113.0/24 via " + BenchConfig.GATEWAY);
        network.net().address("us1", BenchConfig.NEXT_HOP + "/24");
        return ORIGINAL.toString();
    }

    /** What is learned of servers is learned by service: services of new names have learned nothing. */
    private List<ServiceConfig> services() {
        return List.of(
                service("cases-" + generation, FailoverNetwork.CASES_PORT, Strategy.STAGGERED),
                service("storm", FailoverNetwork.STORM_PORT, Strategy.ROUND_ROBIN),
                service("file-" + generation, FailoverNetwork.FILE_PORT, Strategy.STAGGERED),
                service(
                        "untagged-" + generation,
                        FailoverNetwork.UNTAGGED_PORT,
                        Strategy.STAGGERED));
    }

    private static ServiceConfig service(String name, int port, Strategy strategy) {
        Connect usual = Connect.DEFAULT;
        return new ServiceConfig(
                name,
                List.of(new Original(new Subnet(ORIGINAL, 32), new PortRange(port, port))),
                IntStream.range(0, 3)
                        .mapToObj(i -> Endpoint.parse(FailoverNetwork.address(i) + ":" + port))
                        .map(ServerConfig::of)
                        .toList(),
                new Connect(strategy, usual.staggerNanos(), usual.timeoutNanos(), usual.attempts()),
                EVERYTHING);
    }

    @Override
    public void forget() {
        generation++;
        dispatcher.understudy().reload(BenchConfig.of(services()));
    }

    @Override
    public Map<String, Long> confessions() {
        Map<String, Long> reasons = new TreeMap<>();
        for (Event event : dispatcher.understudy().control().events(heard, Integer.MAX_VALUE)) {
            heard = event.id();
            reason(event).ifPresent(reason -> reasons.merge(reason, 1L, Long::sum));
        }
        return reasons;
    }

    private static Optional<String> reason(Event event) {
        return switch (event.kind()) {
            case NOT_RELOCATED -> Optional.of("not moved: " + event.text());
            case EXHAUSTED -> Optional.of("every server failed: " + event.text());
            case EXPIRED -> Optional.of("expired");
            case LIMIT -> Optional.of("limit: " + event.text());
            case RESET ->
                    event.text().equals("by the client")
                            ? Optional.empty()
                            : Optional.of("reset: " + event.text());
            default -> Optional.empty();
        };
    }

    @Override
    public String note(FailoverCase what) {
        return "";
    }

    @Override
    public void close() {
        if (dispatcher != null) {
            dispatcher.close();
        }
    }
}

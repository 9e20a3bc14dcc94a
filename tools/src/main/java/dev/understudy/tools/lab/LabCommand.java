package dev.understudy.tools.lab;

import dev.understudy.dispatcher.control.Control;
import dev.understudy.dispatcher.control.Watch;
import dev.understudy.stack.link.LinkException;
import dev.understudy.stack.link.NetworkNamespace;
import dev.understudy.tools.CommandFailure;
import dev.understudy.tools.ExitCode;
import dev.understudy.tools.TimeReader;
import dev.understudy.tools.lab.scenario.Playbill;
import dev.understudy.tools.lab.scenario.Scenario;
import dev.understudy.tools.lab.scenario.Scenarios;
import dev.understudy.tools.net.AsRoot;
import dev.understudy.tools.net.Privilege;
import dev.understudy.tools.run.Signals;
import dev.understudy.tools.run.Signals.Signal;
import dev.understudy.tui.Monitor;
import dev.understudy.tui.MonitorOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code understudy lab}: the first thing that a newcomer runs. It needs no configuration and leaves nothing behind: the
 * network is made of namespaces without names, which the kernel takes away with this process.
 */
@Command(
        name = "lab",
        header = {
            "Watch sessions outlive their servers, on a small network made for the purpose.",
            "",
            "  understudy lab                    on a terminal: the monitor, until q",
            "  understudy lab --for 20s          no monitor: a summary after 20 seconds",
            "  understudy lab --for 1m --json    the summary as one JSON object",
            "  understudy lab --in-jvm           the same on hosts of our own, in memory",
            "  understudy lab list               what else can be shown",
            "  understudy lab fig6               one of these: plays it, and says whether its"
                    + " claims held",
            "",
        },
        description = {
            "Three web servers, clients that ask them all the time, and a dispatcher in the middle."
                    + " The servers refuse, fall silent, become unreachable and come back.",
            "Without the monitor it exits 0 only if failures were hidden and no client saw one,"
                    + " else 5. A scenario exits 0 only if all its claims held, else 5.",
        })
public final class LabCommand implements Callable<Integer> {
    private static final Watch RECORDED = new Watch(true, 256, 256, 512);
    private static final Duration UNTIL_LEFT = Duration.ofDays(365);

    @Spec private CommandSpec spec;

    @Parameters(
            arity = "0..1",
            paramLabel = "SCENARIO",
            description = "A scenario by its name, or list. Without one: servers die all the time.")
    private String scenario;

    @Option(
            names = "--for",
            paramLabel = "TIME",
            converter = TimeReader.class,
            description = "How long, such as 20s or 5m. Without a terminal: one round, 20 s.")
    private Duration length;

    @Option(names = "--json", description = "The summary as one JSON object, on stdout.")
    private boolean json;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "What the clients ask for, and when (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--in-jvm",
            description = {
                "Inside the JVM, on a network in memory: no device, no privilege, no kernel.",
                "What happens anyway where there is no /dev/net/tun."
            })
    private boolean inJvm;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if ("list".equals(scenario)) {
            print(Scenarios.list());
            return ExitCode.OK;
        }
        Optional<Scenario> chosen = Optional.ofNullable(scenario).map(this::known);
        if (chosen.isPresent()) {
            if (inJvm) {
                throw new ParameterException(
                        spec.commandLine(),
                        "A scene needs real kernels: what it shows is that they do not notice."
                                + " Leave --in-jvm out.");
            }
            Privilege.tunMissing().ifPresent(LabCommand::missing);
            chosen.get().missing().ifPresent(LabCommand::missing);
        }
        if (!inJvm && chosen.isEmpty()) {
            Optional<String> noTap = Privilege.tunMissing();
            noTap.ifPresent(
                    sentence ->
                            say(
                                    sentence
                                            + "\nThe lab runs inside the JVM instead, on a network"
                                            + " in memory."));
            inJvm = noTap.isPresent();
        }
        if (inJvm && chosen.isEmpty()) {
            return play();
        }
        if (!Privilege.namespaces() && !Privilege.isRunAgain()) {
            Privilege.userNamespaceRefused()
                    .ifPresent(
                            said ->
                                    missing(
                                            "The lab makes network namespaces, which needs root or"
                                                    + " a user namespace, and this machine allows"
                                                    + " neither ("
                                                    + said
                                                    + "). Run it as root: "
                                                    + AsRoot.command("lab")));
            return Privilege.runAsNamespaceRoot();
        }
        NetworkNamespace.unavailable().ifPresent(LabCommand::missing);
        if (chosen.isPresent()) {
            return play(chosen.get());
        }
        try {
            return play();
        } catch (LinkException e) {
            boolean unexpected = e.reason() == LinkException.Reason.OTHER;
            throw new CommandFailure(
                    unexpected ? ExitCode.FAILURE : ExitCode.MISSING, e.getMessage(), e);
        }
    }

    private Scenario known(String name) {
        return Scenarios.find(name)
                .orElseThrow(
                        () ->
                                new ParameterException(
                                        spec.commandLine(),
                                        "There is no scenario '"
                                                + name
                                                + "'. These there are:\n"
                                                + Scenarios.list()));
    }

    private int play(Scenario what) throws IOException, InterruptedException {
        try {
            boolean held =
                    new Playbill(what)
                            .play(spec.commandLine().getOut(), spec.commandLine().getErr(), json);
            return held ? ExitCode.OK : ExitCode.CHECK;
        } catch (LinkException e) {
            throw new CommandFailure(ExitCode.MISSING, e.getMessage(), e);
        }
    }

    private int play() throws IOException, InterruptedException {
        boolean watched = length == null && !json && Monitor.isTerminalPresent();
        return watched ? watch() : report();
    }

    private LabHouse open() throws IOException {
        LabHouse house = inJvm ? LabHouse.inJvm() : LabHouse.ofKernels();
        return LabHouse.withDoor(house, sentence -> {});
    }

    private void say(String sentence) {
        PrintWriter err = spec.commandLine().getErr();
        err.println(sentence);
        err.flush();
    }

    private int report() throws IOException, InterruptedException {
        Consumer<String> progress = this::say;
        Schedule schedule = Schedule.standard();
        Duration time = Optional.ofNullable(length).orElse(schedule.length());
        AtomicReference<Signal> ended = new AtomicReference<>();
        endOnSignal(ended);
        try (LabHouse house = open()) {
            progress.accept(
                    "lab: "
                            + (Lab.BRISK + Lab.LINGERING)
                            + " clients ask for "
                            + LabNetwork.ORIGINAL
                            + " for "
                            + time.toMillis() / 1e3
                            + " s; A has that address, B and C stand by.");
            Control control = house.control();
            Summary summary =
                    new Lab(house.stage(), control, schedule, seed, progress)
                            .play(time, () -> ended.get() != null);
            print(summary);
            if (ended.get() != null) {
                return ended.get().exitCode();
            }
            return summary.holds() ? ExitCode.OK : ExitCode.CHECK;
        }
    }

    /**
     * The first signal ends the run, and clients in the middle of a request may finish. A person who insists ends
     * everything.
     */
    private static void endOnSignal(AtomicReference<Signal> ended) {
        Signals signals = Signals.install();
        Thread listener =
                new Thread(
                        () -> {
                            try {
                                ended.set(next(signals));
                                while (next(signals) != Signal.INT) {
                                    // Sent along by a parent that ends too.
                                }
                                Runtime.getRuntime().halt(Signal.INT.exitCode());
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        },
                        "signals");
        listener.setDaemon(true);
        listener.start();
    }

    private static Signal next(Signals signals) throws InterruptedException {
        Optional<Signal> signal = Optional.empty();
        while (signal.isEmpty()) {
            signal = signals.await(Long.MAX_VALUE);
        }
        return signal.get();
    }

    private int watch() throws IOException, InterruptedException {
        AtomicBoolean left = new AtomicBoolean();
        try (LabHouse house = open()) {
            Control control = house.control();
            Lab lab = new Lab(house.stage(), control, Schedule.standard(), seed, sentence -> {});
            FutureTask<Summary> run = new FutureTask<>(() -> lab.play(UNTIL_LEFT, left::get));
            Thread player = new Thread(run, "lab");
            player.setDaemon(true);
            player.start();
            // Most of its sessions are over before anybody can ask for one: all are recorded.
            control.perform(new dev.understudy.dispatcher.control.Command.SetWatch(RECORDED))
                    .join();
            try (Monitor monitor = Monitor.open(control, MonitorOptions.fromEnvironment("lab"))) {
                monitor.run();
            } finally {
                left.set(true);
            }
            Summary summary = run.get();
            print(summary);
            return summary.failuresSeen() == 0 ? ExitCode.OK : ExitCode.CHECK;
        } catch (ExecutionException e) {
            throw new IOException("the lab ended early: " + e.getCause(), e);
        }
    }

    private void print(Summary summary) {
        print(json ? summary.json() + System.lineSeparator() : summary.text());
    }

    private void print(String text) {
        PrintWriter out = spec.commandLine().getOut();
        out.print(text);
        out.flush();
    }

    private static void missing(String sentence) {
        throw new CommandFailure(ExitCode.MISSING, sentence);
    }
}

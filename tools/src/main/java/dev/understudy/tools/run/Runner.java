package dev.understudy.tools.run;

import dev.understudy.dispatcher.config.Config;
import dev.understudy.dispatcher.config.HostResolver;
import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.control.Outcome;
import dev.understudy.stack.link.LinkException;
import dev.understudy.tools.CommandFailure;
import dev.understudy.tools.ConfigFile;
import dev.understudy.tools.ExitCode;
import dev.understudy.tools.Json;
import dev.understudy.tools.net.AsRoot;
import dev.understudy.tools.net.Privilege;
import dev.understudy.tools.run.Signals.Signal;
import dev.understudy.tools.setup.SetupException;
import dev.understudy.tui.Monitor;
import dev.understudy.tui.MonitorOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.security.Security;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The life of {@code understudy run}: load, start, show until told to end, take down.
 *
 * <p>One thread does all of this but the monitor, which has its own. Every way out passes through {@link Running#close}.
 */
public final class Runner {
    private static final long TICK_MILLIS = 100;

    /** How long after a SIGHUP the terminal may still turn out to be gone: terminals send it before they close. */
    private static final int HANGUP_TICKS = 30;

    private final RunOptions options;
    private final PrintStream out;
    private final PrintStream err;
    private NameWatch names;

    public Runner(RunOptions options) {
        this(options, System.out, System.err);
    }

    Runner(RunOptions options, PrintStream out, PrintStream err) {
        this.options = options;
        this.out = out;
        this.err = err;
    }

    /**
     * Runs to the end.
     *
     * @return the exit code
     * @throws CommandFailure if it cannot start
     */
    public int run() {
        // The machine's resolver knows how long an answer holds; the JDK would keep it for half a
        // minute more.
        Security.setProperty("networkaddress.cache.ttl", "0");
        ConfigFile file = ConfigFile.load(options.file(), HostResolver.system());
        Config config = file.orFail();
        Signals signals = Signals.install();
        int code;
        try (Running running = start(config)) {
            names = new NameWatch(file, options.resolve());
            running.understudy().onReload(() -> reload(running));
            running.openControl(
                    options.file().getFileName().toString(),
                    sentence -> err.println("understudy: " + sentence));
            code =
                    options.monitor() && Monitor.isTerminalPresent()
                            ? monitored(running, signals)
                            : printed(running, config, signals);
        } catch (IOException e) {
            throw new CommandFailure(ExitCode.FAILURE, "understudy: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExitCode.FAILURE;
        } finally {
            if (names != null) {
                names.close();
            }
        }
        err.println(
                "understudy: ended"
                        + (config.setup() == Config.Setup.AUTO ? "; the host is as it was." : "."));
        return code;
    }

    private Running start(Config config) {
        boolean auto = config.setup() == Config.Setup.AUTO;
        if (auto && !Privilege.networkAdministration()) {
            throw missing("'setup: auto' changes this host's network, which this user may not.");
        }
        try {
            return Running.start(config);
        } catch (LinkException e) {
            if (e.reason() == LinkException.Reason.NO_PERMISSION) {
                throw auto
                        ? missing(e.sentence())
                        : new CommandFailure(
                                ExitCode.MISSING, "understudy: " + OwnLinks.sentence(config, e), e);
            }
            boolean unexpected = e.reason() == LinkException.Reason.OTHER;
            throw new CommandFailure(
                    unexpected ? ExitCode.FAILURE : ExitCode.MISSING,
                    "understudy: " + e.getMessage(),
                    e);
        } catch (SetupException e) {
            throw switch (e.reason()) {
                case PRIVILEGE -> missing(e.getMessage());
                case MISSING ->
                        new CommandFailure(ExitCode.MISSING, "understudy: " + e.getMessage(), e);
                case RUNNING, CONFLICT ->
                        new CommandFailure(ExitCode.FAILURE, "understudy: " + e.getMessage(), e);
            };
        }
    }

    private CommandFailure missing(String sentence) {
        return new CommandFailure(
                ExitCode.MISSING,
                "understudy: " + sentence + " Try: " + AsRoot.command(options.arguments()));
    }

    private int printed(Running running, Config config, Signals signals)
            throws InterruptedException {
        Function<Long, Instant> wallClock = wallClock(running);
        EventPrinter printer =
                options.json()
                        ? EventPrinter.json(
                                running.understudy().control(), out, wallClock, Json::object)
                        : EventPrinter.sentences(
                                running.understudy().control(), err, wallClock, options.verbose());
        err.println("understudy: dispatching " + services(config) + ". ^C ends it.");
        int code = loop(running, signals, printer::drain);
        printer.drain();
        return code;
    }

    /** The monitor has the terminal; whatever is said meanwhile is an event, which it shows. */
    private int monitored(Running running, Signals signals) throws InterruptedException {
        Monitor monitor;
        try {
            monitor =
                    Monitor.open(
                            running.understudy().control(),
                            MonitorOptions.fromEnvironment(
                                    options.file().getFileName().toString()));
        } catch (IOException e) {
            throw new CommandFailure(
                    ExitCode.FAILURE,
                    "understudy: " + e.getMessage() + " (--no-monitor goes without)",
                    e);
        }
        MonitorThread thread = new MonitorThread(monitor);
        thread.start();
        int code = loop(running, signals, () -> thread.check(signals));
        thread.end();
        return thread.failure()
                .map(
                        failure -> {
                            err.println("understudy: the monitor ended: " + failure.getMessage());
                            return ExitCode.FAILURE;
                        })
                .orElse(code);
    }

    /** Until a signal says that it is over. */
    private int loop(Running running, Signals signals, Runnable tick) throws InterruptedException {
        int hangup = 0;
        while (true) {
            Optional<Signal> signal = signals.await(TICK_MILLIS);
            tick.run();
            renew(running);
            Optional<String> lost = running.understudy().lostLink();
            if (lost.isPresent()) {
                throw new CommandFailure(
                        ExitCode.FAILURE,
                        "understudy: the device "
                                + lost.get()
                                + " is gone: somebody else deleted it.");
            }
            if (hangup > 0) {
                hangup--;
                if (signals.terminalLost()) {
                    return Signal.HUP.exitCode();
                }
            }
            if (signal.isEmpty()) {
                continue;
            }
            switch (signal.get()) {
                case HUP -> {
                    if (signals.terminalLost()) {
                        return Signal.HUP.exitCode();
                    }
                    hangup = HANGUP_TICKS;
                    reload(running);
                }
                case QUIT -> {
                    return ExitCode.OK;
                }
                default -> {
                    return signal.get().exitCode();
                }
            }
        }
    }

    /** Loads the file again: for a SIGHUP, and for a command that came over the control socket. */
    private synchronized Outcome reload(Running running) {
        ConfigFile file = ConfigFile.load(options.file(), HostResolver.system());
        Optional<String> refused = apply(running, file, "");
        if (refused.isPresent()) {
            if (!options.monitor()) {
                file.problems().forEach(err::println);
            }
            return Outcome.refused("The old configuration stays: " + refused.get());
        }
        names.close();
        names = new NameWatch(file, options.resolve());
        return Outcome.done("The new configuration is in force.");
    }

    /** Puts what has changed behind a name in force. */
    private synchronized void renew(Running running) {
        names.poll().ifPresent(change -> apply(running, change.file(), change.what()));
    }

    /** Why it is not in force now, which was recorded; empty if it is. */
    private static Optional<String> apply(Running running, ConfigFile file, String what) {
        Optional<String> refused =
                file.config().isPresent()
                        ? running.reload(file.config().get(), what)
                        : Optional.of(summary(file));
        refused.ifPresent(
                why ->
                        running.understudy()
                                .reloadRefused(what.isEmpty() ? why : what + ": " + why));
        return refused;
    }

    private static String summary(ConfigFile file) {
        int more = file.problems().size() - 1;
        return file.problems().get(0) + (more == 0 ? "" : " And " + more + " more");
    }

    private static String services(Config config) {
        return config.services().stream().map(Runner::service).collect(Collectors.joining("; "));
    }

    private static String service(ServiceConfig service) {
        String originals =
                service.originals().stream()
                        .map(Object::toString)
                        .collect(Collectors.joining(", "));
        return "'"
                + service.name()
                + "' ("
                + originals
                + ", servers: "
                + service.everyServer().size()
                + ")";
    }

    private static Function<Long, Instant> wallClock(Running running) {
        Instant start = Instant.now();
        long zero = running.understudy().now();
        return nanos -> start.plusNanos(nanos - zero);
    }
}

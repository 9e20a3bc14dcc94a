package dev.understudy.tools;

import dev.understudy.dispatcher.control.Control;
import dev.understudy.dispatcher.control.api.ApiAddress;
import dev.understudy.dispatcher.control.api.ApiException;
import dev.understudy.dispatcher.control.api.ControlPlace;
import dev.understudy.dispatcher.control.api.RemoteControl;
import dev.understudy.tools.run.EventPrinter;
import dev.understudy.tools.run.Signals;
import dev.understudy.tui.Monitor;
import dev.understudy.tui.MonitorOptions;
import dev.understudy.tui.replay.Recording;
import dev.understudy.tui.replay.ReplayControl;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code understudy monitor}: the screen of a dispatcher that runs elsewhere, or of one that was recorded. */
@Command(
        name = "monitor",
        header = {
            "Watch a running dispatcher, see why it decides as it does, and act.",
            "",
            "  understudy monitor                        the one on this machine",
            "  understudy monitor /run/understudy.sock   the one behind a socket",
            "  understudy monitor --read-only            look, and touch nothing",
            "  understudy monitor --plain                a line for each event",
            "  understudy monitor --replay events.json   what was recorded with run --json",
            "",
        },
        description = {
            "Keys are on the last line of the screen; ? explains them all. Without a terminal it"
                    + " prints a line for each event that matters, until ^C.",
        })
final class MonitorCommand implements Callable<Integer> {
    private static final long TICK_MILLIS = 100;

    @Spec private CommandSpec spec;

    @Parameters(
            arity = "0..1",
            paramLabel = "SOCKET",
            description = "The dispatcher's control socket (default: the first that answers).")
    private Path socket;

    @Option(names = "--read-only", description = "Nothing can be done from the screen.")
    private boolean readOnly;

    @Option(names = "--plain", description = "A line for each event, also on a terminal.")
    private boolean plain;

    @Option(names = "--ascii", description = "No character beyond ASCII.")
    private boolean ascii;

    @Option(names = "--mouse", description = "The mouse selects, opens and scrolls.")
    private boolean mouse;

    @Option(
            names = "--replay",
            paramLabel = "FILE",
            description = "Play a recorded event stream (NDJSON) at its own speed.")
    private Path replay;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (replay != null) {
            Recording recording = recording();
            ReplayControl control = new ReplayControl(recording, System::nanoTime);
            long end = System.nanoTime() + recording.length().toNanos();
            return show(
                    control,
                    "replay of " + replay.getFileName(),
                    () -> plainly() && System.nanoTime() - end > 0,
                    Optional::empty);
        }
        try (RemoteControl control = RemoteControl.attach(address())) {
            return show(control, control.name(), () -> control.lost().isPresent(), control::lost);
        } catch (ApiException e) {
            throw new CommandFailure(ExitCode.NO_DAEMON, "understudy: " + e.getMessage(), e);
        }
    }

    private Recording recording() {
        try {
            return Recording.read(replay);
        } catch (IOException e) {
            throw new CommandFailure(
                    ExitCode.FAILURE, "understudy: the recording cannot be read: " + e, e);
        }
    }

    private ApiAddress address() {
        if (socket != null) {
            return ApiAddress.socket(socket);
        }
        return ControlPlace.thatAnswers()
                .map(ApiAddress::socket)
                .orElseThrow(
                        () ->
                                new CommandFailure(
                                        ExitCode.NO_DAEMON,
                                        "understudy: no dispatcher answers on this machine (looked"
                                                + " at "
                                                + ControlPlace.ofThisUser()
                                                + "). Start one: understudy run -c FILE, or"
                                                + " understudy lab"));
    }

    private boolean plainly() {
        return plain || !Monitor.isTerminalPresent();
    }

    private int show(
            Control control, String title, BooleanSupplier over, Supplier<Optional<String>> lost)
            throws IOException, InterruptedException {
        if (plainly()) {
            return print(control, over, lost);
        }
        MonitorOptions options = MonitorOptions.fromEnvironment(title);
        options = ascii ? options.ascii() : options;
        options = mouse ? options.withMouse() : options;
        options = readOnly ? options.watchingOnly() : options;
        try (Monitor monitor = Monitor.open(control, options)) {
            monitor.warn(lost);
            monitor.run();
        }
        return ExitCode.OK;
    }

    private int print(Control control, BooleanSupplier over, Supplier<Optional<String>> lost)
            throws InterruptedException {
        Signals signals = Signals.install();
        EventPrinter printer =
                EventPrinter.sentences(
                        control,
                        System.out,
                        nanos -> Instant.ofEpochMilli(control.snapshot().epochMillis(nanos)),
                        false);
        while (true) {
            printer.drain();
            Optional<Signals.Signal> signal = signals.await(TICK_MILLIS);
            if (signal.isPresent()) {
                return signal.get().exitCode();
            }
            if (over.getAsBoolean()) {
                printer.drain();
                lost.get().ifPresent(why -> spec.commandLine().getErr().println(why));
                return lost.get().isPresent() ? ExitCode.FAILURE : ExitCode.OK;
            }
        }
    }
}

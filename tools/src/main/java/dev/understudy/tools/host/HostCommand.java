package dev.understudy.tools.host;

import dev.understudy.tools.ExitCode;
import dev.understudy.tools.run.Signals;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code understudy host}: a complete host of our own on a TAP device. */
@Command(
        name = "host",
        subcommands = {GetCommand.class, PingCommand.class},
        header = {
            "Be a host: our own TCP/IP on a TAP device, with servers or as a client.",
            "",
            "  sudo understudy host --link tap:us9 --address 10.9.0.2/24 --peer 10.9.0.1/24"
                    + " --serve http:80=/srv/www",
            "  curl http://10.9.0.2/; ping 10.9.0.2                 from another terminal",
            "  sudo understudy host ... --serve echo:7 --serve discard:9 --serve chargen:19",
            "  sudo understudy host ... --impair loss=1%%,reorder=2%%   over a bad network",
            "  sudo understudy host ... get http://10.9.0.1/        our own stack as the client",
            "  sudo understudy host ... ping 10.9.0.1",
            "",
        },
        description = {
            "It answers ARP and NDP, ping, and closed ports, as any host does. HTTP serves files by"
                    + " GET and HEAD with ranges and conditions, and answers PUT and POST with the"
                    + " SHA-256 of what came. Runs until ^C; the interface goes with it.",
        })
public final class HostCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;
    @Mixin private HostOptions options;

    @Option(
            names = "--serve",
            paramLabel = "WHAT",
            converter = Serve.Reader.class,
            description =
                    "http:PORT=DIR, echo:PORT, discard:PORT or chargen:PORT; may be given several"
                            + " times.")
    private List<Serve> serves = new ArrayList<>();

    HostOptions options() {
        return options;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Signals signals = Signals.install();
        try (RunningHost host = RunningHost.start(options)) {
            for (Serve serve : serves) {
                Services.start(host.channels(), serve);
            }
            PrintWriter err = spec.commandLine().getErr();
            err.println(
                    "host: "
                            + String.join(
                                    ", ", options.addresses.stream().map(Object::toString).toList())
                            + " on "
                            + options.link.name()
                            + (serves.isEmpty() ? "" : " serves " + serves)
                            + "; ^C ends it.");
            err.flush();
            Optional<Signals.Signal> signal = Optional.empty();
            while (signal.isEmpty()) {
                signal = signals.await(Long.MAX_VALUE);
            }
            return signal.get() == Signals.Signal.QUIT ? ExitCode.OK : signal.get().exitCode();
        }
    }
}

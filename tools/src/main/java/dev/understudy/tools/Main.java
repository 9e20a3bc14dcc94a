package dev.understudy.tools;

import dev.understudy.tools.bench.BenchCommand;
import dev.understudy.tools.control.ActCommands;
import dev.understudy.tools.control.LookCommands;
import dev.understudy.tools.control.StoryCommands;
import dev.understudy.tools.host.HostCommand;
import dev.understudy.tools.lab.LabCommand;
import dev.understudy.tools.script.ScriptCommand;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The {@code understudy} command. A subcommand is registered by its line in {@code subcommands}; it is a
 * {@code Callable<Integer>} that returns an exit code or throws a {@link CommandFailure}.
 */
@Command(
        name = "understudy",
        subcommands = {
            LabCommand.class,
            RunCommand.class,
            MonitorCommand.class,
            ConfigCommand.class,
            HostCommand.class,
            BenchCommand.class,
            ScriptCommand.class,
            LookCommands.Sessions.class,
            LookCommands.Servers.class,
            LookCommands.Services.class,
            LookCommands.Counters.class,
            StoryCommands.Events.class,
            StoryCommands.Explain.class,
            StoryCommands.Capture.class,
            ActCommands.Watch.class,
            ActCommands.Relocate.class,
            ActCommands.Reset.class,
            ActCommands.Drain.class,
            ActCommands.Undrain.class,
            ActCommands.Impair.class,
            ActCommands.Reload.class,
        },
        versionProvider = Version.class,
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        sortOptions = false,
        usageHelpAutoWidth = true,
        headerHeading = "",
        header = {
            "Another server takes over in mid-connection, and the client never notices.",
            "",
            "  understudy lab                           see it happen, on a network made for it",
            "  understudy config template > shop.yaml   a commented configuration",
            "  understudy config check shop.yaml        what is wrong with it",
            "  sudo understudy run -c shop.yaml         dispatch, and watch",
            "  understudy monitor                       watch one that runs, and act",
            "  understudy explain 42                    one session's whole story",
            "",
        },
        commandListHeading = "%nCommands:%n",
        optionListHeading = "%nOptions:%n",
        footerHeading = "%n",
        footer = {
            "Data goes to stdout, everything else to stderr. NO_COLOR is respected.",
            "Exit codes: 0 ok, 1 failure, 2 usage or bad configuration, 3 no daemon,",
            "4 privilege or device missing, 5 a check did not hold, 128+N ended by signal N.",
        })
public final class Main implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(
            names = "--debug",
            scope = ScopeType.INHERIT,
            description = "Show stack traces of errors.")
    private boolean debug;

    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    /** The whole command line, also for tests. */
    public static CommandLine commandLine() {
        Main main = new Main();
        CommandLine commands = new CommandLine(main);
        if (System.getenv("NO_COLOR") != null && !System.getenv("NO_COLOR").isEmpty()) {
            commands.setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF));
        }
        commands.setExecutionExceptionHandler(main::failed);
        commands.setParameterExceptionHandler(main::misused);
        return commands;
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return ExitCode.USAGE;
    }

    private int failed(Exception failure, CommandLine command, ParseResult parsed) {
        PrintWriter err = command.getErr();
        if (failure instanceof CommandFailure expected) {
            err.println(expected.getMessage());
        } else {
            err.println("understudy: unexpected failure: " + failure + " (--debug shows where)");
        }
        if (debug) {
            failure.printStackTrace(err);
        }
        err.flush();
        return failure instanceof CommandFailure expected ? expected.exitCode() : ExitCode.FAILURE;
    }

    private int misused(ParameterException failure, String[] args) {
        CommandLine command = failure.getCommandLine();
        PrintWriter err = command.getErr();
        String name = command.getCommandSpec().qualifiedName();
        err.println(name + ": " + failure.getMessage());
        CommandLine.UnmatchedArgumentException.printSuggestions(failure, err);
        err.println("Try '" + name + " --help'.");
        err.flush();
        return ExitCode.USAGE;
    }
}

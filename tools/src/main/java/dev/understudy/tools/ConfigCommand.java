package dev.understudy.tools;

import dev.understudy.dispatcher.config.ConfigTemplate;
import dev.understudy.dispatcher.config.HostResolver;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code understudy config}: looking at configurations without running them. */
@Command(
        name = "config",
        header = {
            "Check a configuration, or print one to begin with.",
            "",
            "  understudy config template > shop.yaml",
            "  understudy config check shop.yaml",
            "  understudy config check --json shop.yaml | jq",
            "",
        })
final class ConfigCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return ExitCode.USAGE;
    }

    @Command(
            name = "check",
            header = {
                "Say everything that is wrong with a configuration, with line and column.",
                "",
                "  understudy config check shop.yaml",
                "",
            },
            description = "Exits 0 if the file is right, 2 if it is not.")
    Integer check(
            @Option(names = "--json", description = "One JSON object per problem, on stdout.")
                    boolean json,
            @Parameters(paramLabel = "FILE", description = "The configuration.") Path file) {
        PrintWriter out = spec.commandLine().getOut();
        ConfigFile loaded = ConfigFile.load(file, HostResolver.system());
        if (json) {
            loaded.problems().forEach(problem -> out.println(Json.problem(problem)));
            out.flush();
            return loaded.config().isPresent() ? ExitCode.OK : ExitCode.USAGE;
        }
        loaded.orFail();
        out.println(file + ": ok");
        out.flush();
        return ExitCode.OK;
    }

    @Command(
            name = "template",
            header = {
                "Print a commented configuration to begin with.",
                "",
                "  understudy config template > shop.yaml",
                "",
            })
    Integer template() {
        PrintWriter out = spec.commandLine().getOut();
        out.print(ConfigTemplate.text());
        out.flush();
        return ExitCode.OK;
    }
}

package dev.understudy.tools.run;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What the run command was told.
 *
 * @param file the configuration
 * @param monitor whether the monitor is shown if standard output is a terminal
 * @param verbose whether events of every connection are printed
 * @param json whether events are printed as JSON on standard output
 * @param resolve how often names are resolved again
 * @param arguments the words of the command line behind the program's name, to be shown with what it takes to run it
 */
public record RunOptions(
        Path file,
        boolean monitor,
        boolean verbose,
        boolean json,
        Duration resolve,
        List<String> arguments) {
    public RunOptions {
        arguments = List.copyOf(arguments);
    }
}

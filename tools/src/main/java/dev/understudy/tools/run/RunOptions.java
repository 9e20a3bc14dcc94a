package dev.understudy.tools.run;

import java.nio.file.Path;

/**
 * What the run command was told.
 *
 * @param file the configuration
 * @param monitor whether the monitor is shown if standard output is a terminal
 * @param verbose whether events of every connection are printed
 * @param json whether events are printed as JSON on standard output
 */
public record RunOptions(Path file, boolean monitor, boolean verbose, boolean json) {}

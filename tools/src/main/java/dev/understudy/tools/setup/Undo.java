package dev.understudy.tools.setup;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How one thing that was set up is undone: a kind and its parameters, never a command, because what stands in a state file
 * is carried out with privilege. Undoing what is already gone is no failure.
 *
 * @param kind which of the kinds below
 * @param parameters as the kind wants them
 */
record Undo(Kind kind, List<String> parameters) {
    private static final String DEVICE = "[A-Za-z0-9_.-]{1,15}";
    private static final String NETWORK = "[0-9a-fA-F.:]{2,45}(/\\d{1,3})?";

    enum Kind {
        /** A routing rule: its priority, and the selectors that tell it from its neighbours. */
        RULE(
                "\\d{1,5}",
                "(iif|to|dport|goto|nop|lookup|"
                        + DEVICE
                        + "|"
                        + NETWORK
                        + "|\\d{1,10}|\\d{1,5}-\\d{1,5})"),
        /** The same in IPv6. */
        RULE6(RULE.first, RULE.rest),
        /** All routes of one table of ours: its number. */
        TABLE("\\d{4,5}", ""),
        /** The same in IPv6. */
        TABLE6(TABLE.first, TABLE.rest),
        /** An nft table of the inet family: its name. */
        NFT("understudy_[a-z0-9_]{1,60}", ""),
        /** A file of /proc/sys/net with the value that it had. */
        SYSCTL("/proc/sys/net/ipv[46]/[A-Za-z0-9_./-]{1,80}", "-?\\d{1,10}"),
        /** An address: device, address with prefix. */
        ADDRESS(DEVICE, NETWORK),
        /** A device that was down: its name. */
        DOWN(DEVICE, "");

        private final String first;
        private final String rest;

        Kind(String first, String rest) {
            this.first = first;
            this.rest = rest;
        }
    }

    /**
     * @throws IllegalArgumentException if the parameters are not what the kind wants
     */
    Undo {
        parameters = List.copyOf(parameters);
        boolean valid = !parameters.isEmpty() && parameters.get(0).matches(kind.first);
        for (String parameter :
                parameters.subList(Math.min(1, parameters.size()), parameters.size())) {
            valid &= parameter.matches(kind.rest);
        }
        if (!valid || parameters.stream().anyMatch(p -> p.contains(".."))) {
            throw new IllegalArgumentException(kind + " cannot be undone with " + parameters);
        }
    }

    static Undo of(Kind kind, String... parameters) {
        return new Undo(kind, List.of(parameters));
    }

    /** Does it. */
    void run(Shell shell) {
        String first = parameters.get(0);
        switch (kind) {
            case RULE, RULE6 -> {
                String family = kind == Kind.RULE ? "-4" : "-6";
                List<String> command =
                        new ArrayList<>(List.of("ip", family, "rule", "del", "pref"));
                command.addAll(parameters);
                repeatIfKilled(shell, command);
            }
            case TABLE ->
                    repeatIfKilled(shell, List.of("ip", "-4", "route", "flush", "table", first));
            case TABLE6 ->
                    repeatIfKilled(shell, List.of("ip", "-6", "route", "flush", "table", first));
            case NFT -> repeatIfKilled(shell, List.of("nft", "delete", "table", "inet", first));
            case ADDRESS ->
                    repeatIfKilled(
                            shell, List.of("ip", "addr", "del", parameters.get(1), "dev", first));
            case DOWN -> repeatIfKilled(shell, List.of("ip", "link", "set", first, "down"));
            case SYSCTL -> {
                try {
                    shell.write(Path.of(first), parameters.get(1));
                } catch (IOException e) {
                    // The device that it belongs to is gone, and its settings with it.
                }
            }
        }
    }

    /** A ^C goes to every process of the terminal's foreground group, so also to the program that undoes things. */
    private static void repeatIfKilled(Shell shell, List<String> command) {
        Shell.Result result = shell.run("", command);
        for (int i = 0; i < 3 && result.code() > 128; i++) {
            result = shell.run("", command);
        }
    }
}

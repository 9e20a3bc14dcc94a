package dev.understudy.tools.setup;

import dev.understudy.tools.setup.SetupException.Reason;
import dev.understudy.tools.setup.Undo.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Takes the steps of a set-up: each is recorded with its undoing first, and one that the host refuses is a sentence. */
final class Steps {
    private final Shell shell;
    private final StateFile state;

    Steps(Shell shell, StateFile state) {
        this.shell = shell;
        this.state = state;
    }

    Shell shell() {
        return shell;
    }

    void record(Undo undo) throws IOException {
        state.record(undo);
    }

    void undo(Undo undo) throws IOException {
        state.undo(undo, shell);
    }

    /** Sets a value of /proc/sys, if it has another one. */
    void sysctl(Path file, String value) throws IOException {
        Optional<String> before = shell.read(file);
        if (before.isEmpty() || before.get().equals(value)) {
            return;
        }
        record(Undo.of(Kind.SYSCTL, file.toString(), before.get()));
        try {
            shell.write(file, value);
        } catch (IOException e) {
            throw new SetupException(Reason.PRIVILEGE, "This process may not set " + file + ".", e);
        }
    }

    /** Runs a program of iproute2 that has to succeed. */
    String must(String... command) throws SetupException {
        return check(shell.run(command), command[0], "iproute2");
    }

    /** Runs nft on a script. */
    void nft(String script) throws SetupException {
        check(shell.run(script, List.of("nft", "-f", "-")), "nft", "nftables");
    }

    private static String check(Shell.Result result, String program, String debianPackage)
            throws SetupException {
        if (result.ok()) {
            return result.out();
        }
        if (result.code() == Shell.NO_SUCH_PROGRAM) {
            throw new SetupException(
                    Reason.MISSING,
                    "The program '"
                            + program
                            + "' is missing. Install it: sudo apt-get install "
                            + debianPackage);
        }
        if (result.complaint().contains("not permitted")) {
            throw new SetupException(
                    Reason.PRIVILEGE,
                    "This process may not change the network's settings ("
                            + program
                            + ": "
                            + result.complaint()
                            + ").");
        }
        throw new SetupException(
                Reason.CONFLICT,
                "The host refuses a setting: " + program + ": " + result.complaint());
    }
}

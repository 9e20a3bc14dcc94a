package dev.understudy.tools.run;

import dev.understudy.dispatcher.config.ControlAccess;
import dev.understudy.dispatcher.control.LoopControl;
import dev.understudy.dispatcher.control.api.ControlPlace;
import dev.understudy.dispatcher.control.api.ControlServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Opens the control API of a dispatcher. Where a configuration says where, it must be there. Else the usual place will do, and
 * if that is taken or out of reach, it is said, and the dispatcher does without.
 */
public final class ControlDoor {
    private ControlDoor() {}

    /**
     * Opens it.
     *
     * @param name of what is controlled, for people
     * @param said takes a sentence if there is none
     * @throws IOException with a sentence, if it cannot be where it was asked for
     */
    public static Optional<ControlServer> open(
            Optional<ControlAccess> asked, LoopControl control, String name, Consumer<String> said)
            throws IOException {
        if (asked.isPresent()
                && (asked.get().socket().isPresent() || asked.get().tcp().isPresent())) {
            return Optional.of(ControlServer.start(asked.get(), control, name));
        }
        Optional<Path> usual = ControlPlace.toMake();
        if (usual.isEmpty()) {
            said.accept("no control socket: none of its usual places can be written.");
            return Optional.empty();
        }
        ControlAccess access = new ControlAccess(usual, Optional.empty(), Optional.empty());
        try {
            return Optional.of(ControlServer.start(access, control, name));
        } catch (IOException e) {
            said.accept("no control socket: " + e.getMessage());
            return Optional.empty();
        }
    }
}

package dev.understudy.tools.lab;

import dev.understudy.stack.wire.Endpoint;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/** Where a lab plays: servers that can fail, and clients that ask for the original. */
interface Stage {
    /** A server of the lab. */
    interface Actor {
        /** A, B or C. */
        String name();

        /** Where sessions reach it. */
        Endpoint endpoint();

        /** Takes the fault that it has from it, and gives it this one. */
        void inflict(Fault fault) throws IOException, InterruptedException;
    }

    /** Clients that ask until they are told to stop. */
    @FunctionalInterface
    interface Clients {
        /** Begins no further connection, and waits for those that are under way. */
        void finish() throws InterruptedException;
    }

    /** A, B and C, in this order of preference. */
    List<? extends Actor> servers();

    /**
     * The server of that name.
     *
     * @throws IllegalArgumentException if there is none
     */
    default Actor server(String name) {
        for (Actor actor : servers()) {
            if (actor.name().equals(name)) {
                return actor;
            }
        }
        throw new IllegalArgumentException("no server is called " + name);
    }

    /**
     * Starts the clients.
     *
     * @param brisk how many begin a connection every 25 ms
     * @param lingering how many keep a connection for seconds
     * @param visits is told of every connection, from any thread
     */
    Clients clients(int brisk, int lingering, long seed, Consumer<Visit> visits);
}

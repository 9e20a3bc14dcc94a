package dev.understudy.tools.bench;

import java.io.IOException;
import java.util.Map;

/** Who stands between the client and the servers of a {@link FailoverNetwork}, and is to keep failures from the client. */
interface Rescuer extends AutoCloseable {
    /** The row's name. */
    String name();

    /**
     * Takes its place.
     *
     * @return the address that the client asks for, on each of the network's ports
     * @throws Contestant.MissingException if a program that it needs is not installed
     */
    String open(FailoverNetwork network) throws IOException, Contestant.MissingException;

    /** Makes it forget what it has learned of servers, so that the next failure is the first one. */
    void forget() throws IOException;

    /** Why clients were let down since this was asked last, as far as it says, each with how often. */
    Map<String, Long> confessions() throws IOException;

    /** What it cannot do in this case; empty if nothing is amiss. */
    String note(FailoverCase what);

    @Override
    void close() throws IOException;
}

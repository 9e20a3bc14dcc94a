package dev.understudy.tools.bench;

import java.io.IOException;

/**
 * One way for packets to get from the client to the server of a {@link BenchNetwork}. Set up once; loads of several
 * contestants take turns, so that the wandering of a shared machine meets all alike.
 */
interface Contestant extends AutoCloseable {
    /** The row's name. */
    String name();

    /**
     * Builds the path.
     *
     * @return the address that the client asks for
     * @throws MissingException if a program that it needs is not installed; the sentence says which
     */
    String open(BenchNetwork network) throws IOException, MissingException;

    @Override
    void close() throws IOException;

    /** A peer's program is not on this machine: its row says so, and the others go on. */
    final class MissingException extends Exception {
        private static final long serialVersionUID = 1L;

        MissingException(String sentence) {
            super(sentence);
        }
    }
}

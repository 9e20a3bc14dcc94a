package dev.understudy.dispatcher.session.sim;

import java.util.List;
import java.util.stream.Stream;

/**
 * What goes wrong, at which packet.
 *
 * @param crossing the link and direction whose packets are counted
 * @param index of the packet, from 0
 */
record Disturbance(Crossing crossing, int index, Kind kind) {
    /** The four ways of a packet. */
    enum Crossing {
        FROM_CLIENT,
        TO_CLIENT,
        TO_SERVER,
        FROM_SERVER;

        boolean ofServers() {
            return this == TO_SERVER || this == FROM_SERVER;
        }
    }

    enum Kind {
        LOST,
        DUPLICATED,
        /** Overtaken by what follows it. */
        REORDERED,
        /** The server's machine loses power: it says nothing any more, and does not send this packet. */
        HOST_DIES,
        /** The server's process is killed, with a RST in this packet's place: nobody listens there any more. */
        PROCESS_DIES,
        /** The same, but its kernel ends in order: FIN behind what was sent. */
        PROCESS_ENDS,
        /** A RST takes this packet's place; the server goes on serving others. */
        RST,
        /** The client gives up. */
        CLIENT_RESETS,
        /** Somebody off the path makes RSTs up that are near the exact sequence number, and far from it. */
        FORGED_RST;

        /** Whether both ends go on living and the network is no worse than networks are. */
        boolean harmless() {
            return this == LOST || this == DUPLICATED || this == REORDERED || this == FORGED_RST;
        }
    }

    /** Reads {@link #toString}. */
    static Disturbance parse(String text) {
        String[] words = text.split(":", -1);
        return new Disturbance(
                Crossing.valueOf(words[0]), Integer.parseInt(words[1]), Kind.valueOf(words[2]));
    }

    static List<Disturbance> parseAll(String text) {
        return Stream.of(text.split("\\+", -1)).map(Disturbance::parse).toList();
    }

    @Override
    public String toString() {
        return crossing + ":" + index + ":" + kind;
    }
}

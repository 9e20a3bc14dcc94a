package dev.understudy.dispatcher.control;

import dev.understudy.dispatcher.control.Snapshot.SessionView;
import dev.understudy.stack.wire.Udp;

/**
 * In which states a session's legs are, as far as its events tell: what an event says of a handshake is certain, and what
 * happens between events is seen by whoever reads the session itself.
 *
 * @param protocol {@code tcp} or {@code udp}; empty while unknown
 * @param client the client leg's state, in the dispatcher's words; empty while unknown
 * @param server the server leg's
 */
public record HeardLegs(String protocol, String client, String server) {
    private static final String ASKING = "SYN-SENT";
    private static final String OPEN = "ESTABLISHED";
    private static final String OVER = "CLOSED";

    /** What UDP has for states: whether there was an answer. */
    private static final String ASKED = "ASKED";

    private static final String ANSWERED = "ANSWERED";

    /** The states after an event, of a session that was as in {@code before}. */
    public static HeardLegs after(SessionView before, Event event) {
        HeardLegs legs =
                new HeardLegs(before.protocol(), before.clientState(), before.serverState());
        boolean udp = legs.protocol.equals("udp");
        return switch (event.kind()) {
            case OPENED ->
                    event.number() == Udp.PROTOCOL
                            ? new HeardLegs("udp", ASKED, ASKED)
                            : new HeardLegs("tcp", ASKING, ASKING);
            case ATTEMPT -> new HeardLegs(legs.protocol, legs.client, udp ? ASKED : ASKING);
            case ANSWERED -> new HeardLegs("tcp", OPEN, "");
            case WON, BOUND, RELOCATED, RESUMED, RESTORED ->
                    udp
                            ? new HeardLegs("udp", ANSWERED, ANSWERED)
                            : new HeardLegs(legs.protocol, OPEN, OPEN);
            case RELOCATING -> new HeardLegs(legs.protocol, legs.client, udp ? ASKED : OVER);
            case PARKED -> new HeardLegs(legs.protocol, legs.client, "");
            case CLOSED, RESET, EXPIRED, EXHAUSTED -> new HeardLegs(legs.protocol, OVER, OVER);
            default -> legs;
        };
    }
}

package dev.understudy.tui;

import dev.understudy.dispatcher.control.Figures;
import dev.understudy.dispatcher.control.Snapshot.SessionView;
import dev.understudy.stack.wire.Endpoint;
import java.util.Comparator;
import java.util.List;

/**
 * The columns of the session table, in the order in which they stand on the screen. A terminal that cannot hold all of
 * them gets those that matter most: see {@link #BY_IMPORTANCE}.
 */
enum SessionColumn {
    ID("ID", 2, 6, false),
    SERVICE("SERVICE", 7, 12, true),
    CLIENT("CLIENT", 14, 21, true),
    ORIGINAL("ORIGINAL", 14, 21, true),
    SERVER("SERVER", 14, 21, true),
    CLIENT_LEG("CLI-LEG", 8, 11, true),
    SERVER_LEG("SRV-LEG", 8, 11, true),
    DELTA("DELTA", 11, 11, false),
    UP("UP", 4, 5, false),
    DOWN("DOWN", 4, 5, false),
    AGE("AGE", 3, 4, false),
    IDLE("IDLE", 4, 4, false),
    HIDDEN("HID", 3, 3, false);

    /** Which columns a narrow terminal keeps: the first ones. */
    static final List<SessionColumn> BY_IMPORTANCE =
            List.of(
                    ORIGINAL,
                    SERVER,
                    SERVER_LEG,
                    HIDDEN,
                    CLIENT,
                    CLIENT_LEG,
                    ID,
                    DELTA,
                    DOWN,
                    AGE,
                    SERVICE,
                    UP,
                    IDLE);

    private final String heading;
    private final int least;
    private final int most;
    private final boolean leftAligned;

    SessionColumn(String heading, int least, int most, boolean leftAligned) {
        this.heading = heading;
        this.least = least;
        this.most = most;
        this.leftAligned = leftAligned;
    }

    String heading() {
        return heading;
    }

    /** The width that it takes even when its texts are shorter, since longer ones are to be expected. */
    int least() {
        return least;
    }

    /** The width beyond which a long text is shortened while other columns want room. */
    int most() {
        return most;
    }

    boolean leftAligned() {
        return leftAligned;
    }

    String text(SessionView session) {
        return switch (this) {
            case ID -> Long.toString(session.id());
            case SERVICE -> session.service();
            case CLIENT -> text(session.client());
            case ORIGINAL -> text(session.original());
            case SERVER -> text(session.server());
            case CLIENT_LEG -> state(session.clientState());
            case SERVER_LEG -> state(session.serverState());
            case DELTA -> Integer.toString(session.delta());
            case UP -> Figures.bytes(session.bytesUp());
            case DOWN -> Figures.bytes(session.bytesDown());
            case AGE -> Figures.age(session.ageNanos());
            case IDLE -> Figures.age(session.idleNanos());
            case HIDDEN -> Integer.toString(session.hidden());
        };
    }

    /** Ascending, and never undecided, so that equal rows do not swap places between two pictures. */
    Comparator<SessionView> order() {
        Comparator<SessionView> order =
                switch (this) {
                    case ID -> Comparator.comparingLong(SessionView::id);
                    case SERVICE -> Comparator.comparing(SessionView::service);
                    case CLIENT -> (a, b) -> compare(a.client(), b.client());
                    case ORIGINAL -> (a, b) -> compare(a.original(), b.original());
                    case SERVER -> (a, b) -> compare(a.server(), b.server());
                    case CLIENT_LEG -> Comparator.comparing(SessionView::clientState);
                    case SERVER_LEG -> Comparator.comparing(SessionView::serverState);
                    case DELTA -> Comparator.comparingInt(SessionView::delta);
                    case UP -> Comparator.comparingLong(SessionView::bytesUp);
                    case DOWN -> Comparator.comparingLong(SessionView::bytesDown);
                    case AGE -> Comparator.comparingLong(SessionView::ageNanos);
                    case IDLE -> Comparator.comparingLong(SessionView::idleNanos);
                    case HIDDEN -> Comparator.comparingInt(SessionView::hidden);
                };
        return order.thenComparingLong(SessionView::id);
    }

    private static int compare(Endpoint a, Endpoint b) {
        if (a == null || b == null) {
            return Boolean.compare(a != null, b != null);
        }
        return a.compareTo(b);
    }

    private static String text(Endpoint endpoint) {
        return endpoint == null ? "-" : endpoint.toString();
    }

    /** TCP states as ss prints them: the long names of RFC 9293 would cost two columns. */
    private static String state(String name) {
        return switch (name) {
            case "" -> "-";
            case "ESTABLISHED" -> "ESTAB";
            case "SYN-RECEIVED" -> "SYN-RECV";
            default -> name;
        };
    }
}

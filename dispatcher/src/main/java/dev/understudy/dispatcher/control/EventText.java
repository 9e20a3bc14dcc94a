package dev.understudy.dispatcher.control;

import dev.understudy.stack.wire.Endpoint;

/**
 * An event as a plain sentence. Made by whoever reads the event, never on the loop; the log and the monitor say the same
 * words.
 */
public final class EventText {
    private EventText() {}

    /** The sentence with what it is about in front: {@code #42 10.0.0.1:40000: 10.20.0.11:80 refused; ...}. */
    public static String line(Event event) {
        String sentence = sentence(event);
        if (event.session() == 0) {
            return sentence;
        }
        String client = event.client() == null ? "" : " " + event.client();
        return "#" + event.session() + client + ": " + sentence;
    }

    /** What happened, without saying to which session. */
    public static String sentence(Event event) {
        String server = name(event.server());
        String why = event.text().isEmpty() ? "" : " (" + event.text() + ")";
        return switch (event.kind()) {
            case OPENED -> "asks for " + server + ".";
            case ATTEMPT -> "a " + first(event) + " goes to " + server + because(event) + ".";
            case WON ->
                    server
                            + " plays the part, "
                            + took(event)
                            + " after the client's "
                            + first(event)
                            + ".";
            case FAILED -> failure(event) + ".";
            case HIDDEN ->
                    failure(event)
                            + "; hidden from the client (cost "
                            + cost(event.number(), event.bytes())
                            + ").";
            case EXHAUSTED -> "no server is left; the client got " + gave(event.text()) + ".";
            case RELOCATING -> server + " is lost" + why + "; another is being asked.";
            case RELOCATED -> server + " has taken over, " + took(event) + " after the loss.";
            case ANSWERED ->
                    "is answered in the name of "
                            + text(event, server)
                            + "; its request decides who"
                            + " serves it.";
            case ASKED -> "asks: " + event.text() + ".";
            case REDIRECTED -> "is sent elsewhere" + why + " by the dispatcher itself.";
            case BOUND -> server + " is bound, " + took(event) + " after the request.";
            case PARKED -> "goes on without a server" + why + " until the client asks again.";
            case RESUMED ->
                    server
                            + " goes on after "
                            + bytes(event.number())
                            + " of the answer, the same"
                            + why
                            + ".";
            case RESTORED ->
                    "no better answer than that of " + server + why + "; the client gets it.";
            case NOT_RELOCATED -> "could not be moved" + why + ".";
            case CLOSED -> "closed by both ends; " + bytes(event.number()) + " reached the client.";
            case RESET -> "ended by a reset" + why + ".";
            case EXPIRED -> "ended: no traffic for too long.";
            case SERVER_DOWN ->
                    server
                            + " is remembered as failed"
                            + why
                            + "; it comes last for "
                            + Figures.duration(event.number())
                            + ".";
            case SERVER_UP -> server + " answers again.";
            case LIMIT -> "limit reached" + why + "; the connection went through unaltered.";
            case RELOADED ->
                    event.text().isEmpty()
                            ? "new configuration in force, " + services(event.number()) + "."
                            : event.text() + ": for new sessions.";
            case RELOAD_REFUSED -> "new configuration refused" + why + "; the old one stays.";
        };
    }

    /** Which server failed, and how, without a full stop. */
    static String failure(Event event) {
        return name(event.server()) + " " + failed(event.text());
    }

    /** What hiding a failure has cost: {@code 250 ms, 0 bytes}. */
    public static String cost(long nanos, long bytes) {
        return Figures.duration(nanos) + ", " + bytes(bytes);
    }

    private static String text(Event event, String otherwise) {
        return event.text().isEmpty() ? otherwise : event.text();
    }

    private static String because(Event event) {
        return event.why().isEmpty() ? "" : " (" + event.why() + ")";
    }

    /** What a client begins with. */
    private static String first(Event event) {
        return event.text().isEmpty() ? "SYN" : event.text();
    }

    private static String name(Endpoint server) {
        return server == null ? "a server" : server.toString();
    }

    private static String took(Event event) {
        return Figures.duration(event.number());
    }

    private static String failed(String how) {
        return switch (how) {
            case "" -> "failed";
            case "timeout" -> "did not answer in time";
            case "unreachable" -> "is unreachable";
            case "slow" -> "had not answered yet";
            case "reset", "closed" -> how + " the connection";
            default -> how;
        };
    }

    private static String gave(String what) {
        return switch (what) {
            case "" -> "the failure";
            case "reset" -> "one reset";
            default -> what;
        };
    }

    private static String bytes(long count) {
        return count == 1 ? "1 byte" : Figures.bytes(count) + (count < 1000 ? " bytes" : "B");
    }

    private static String services(long count) {
        return count == 1 ? "1 service" : count + " services";
    }
}

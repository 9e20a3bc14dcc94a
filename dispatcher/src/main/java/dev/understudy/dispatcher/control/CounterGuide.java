package dev.understudy.dispatcher.control;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** What each number of a {@link Snapshot} means, in a sentence. Made by whoever shows it, never on the loop. */
public final class CounterGuide {
    private CounterGuide() {}

    /** What a counter means, by its name; empty if nothing more is known than the name says. */
    public static String meaning(String name) {
        for (Counter counter : Counter.values()) {
            if (counter.label().equals(name)) {
                return meaning(counter);
            }
        }
        return switch (name) {
            case "sessions" -> "Live sessions.";
            case "half-open" -> "Sessions whose client has not completed its handshake.";
            case "legs" -> "Connections toward servers: those that have a session, and attempts.";
            case "shadows" -> "Ended sessions that still answer what comes late.";
            case "tombstones" -> "Attempts that lost and still answer a late SYN+ACK.";
            case "stored-bytes" -> "Bytes of clients' packets kept for a replay.";
            case "control-clients" -> "Connections to the control API.";
            case "control-requests" -> "Requests to the control API.";
            case "control-refused" ->
                    "What the control API refused or cut off: a wrong token, a broken or huge"
                            + " request, a client too many, a silent one.";
            default -> derived(name);
        };
    }

    /** The meanings of some counters, in their order. */
    public static Map<String, String> meanings(Iterable<String> names) {
        Map<String, String> meanings = new LinkedHashMap<>();
        names.forEach(name -> meanings.put(name, meaning(name)));
        return meanings;
    }

    private static String meaning(Counter counter) {
        return switch (counter) {
            case SESSIONS_OPENED -> "Connections of clients that were taken on.";
            case SESSIONS_CLOSED -> "Sessions that ended by FIN both ways.";
            case SESSIONS_RESET -> "Sessions that ended by a reset, of either side or ours.";
            case SESSIONS_EXPIRED -> "Sessions that ended because nothing came for too long.";
            case FAILURES_HIDDEN -> "Failures of servers that no client saw.";
            case FAILURES_SHOWN ->
                    "Connections for which every server failed, so the client saw it.";
            case ATTEMPTS -> "SYNs sent to open a server leg, retransmissions not counted.";
            case RELOCATIONS -> "Live sessions moved to another server.";
            case NOT_RELOCATED -> "Live sessions that lost their server and could not be moved.";
            case OUT_OF_SEQUENCE ->
                    "Resets, ICMP errors and SYN+ACKs that were not exactly in sequence; they moved"
                            + " nothing.";
            case CHALLENGE_ACKS -> "Questions sent back to doubtful resets and SYNs (RFC 5961).";
            case LATE_ANSWERS -> "Late answers of attempts that had lost, answered by RST.";
            case STRAYS -> "Segments to our own address that no session knows, answered by RST.";
            case BAD_CHECKSUM -> "Segments whose checksum was wrong, where it mattered; dropped.";
            case UNTRANSLATABLE -> "Packets that the other leg could not carry; dropped.";
            case LIMIT_SESSIONS ->
                    "Connections passed through unaltered: the session table was full.";
            case LIMIT_HALF_OPEN ->
                    "Connections passed through unaltered: too many were half-open.";
            case LIMIT_STORE -> "Connections passed through unaltered: no room to keep their SYN.";
            case ANNOUNCED -> "Connections that were announced on a session (FTP, RTSP).";
            case LIMIT_ANNOUNCED ->
                    "Announced connections that will not find their server: too many wait.";
            case LIMIT_PORTS -> "Attempts not made: no network-side port was free.";
            case LIMIT_MOVES ->
                    "Sessions not moved for the second time: a fifth of all is being moved again.";
            case SHADOWS_EVICTED -> "Shadows of ended sessions that made room before their time.";
            default -> ""; // a test asks for a sentence for each
        };
    }

    private static String derived(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.startsWith("dropped: ")) {
            return "Dropped, for the reason that its name says.";
        }
        if (lower.endsWith(" frames in") || lower.endsWith(" frames out")) {
            return "Frames that crossed this link; a frame may be a super-segment of 64 KiB.";
        }
        if (lower.endsWith(" bytes in") || lower.endsWith(" bytes out")) {
            return "Bytes that crossed this link.";
        }
        return "";
    }
}

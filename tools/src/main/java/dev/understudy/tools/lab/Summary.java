package dev.understudy.tools.lab;

import java.util.List;
import java.util.Locale;

/**
 * How a run of the lab went.
 *
 * @param requests sent by the clients, failed ones included
 * @param connections opened by the clients for them
 * @param failuresHidden failures of servers that the dispatcher kept from the clients
 * @param failuresSeen connections on which a client got an error or a wrong byte
 * @param stalled connections on which a request took longer than 1.5 s, and then came to a good end
 * @param addedP50Micros what a disturbed connection ({@link Tally}) took longer than the usual one, median
 * @param addedP99Micros the same, 99th percentile
 * @param usualMicros from connect to the end of the first response of an undisturbed one, median
 * @param migrations sessions played by another server than the preferred one, and relocations of live ones
 * @param reasons what the clients saw, each sentence once
 */
public record Summary(
        long requests,
        long connections,
        long failuresHidden,
        long failuresSeen,
        long stalled,
        long addedP50Micros,
        long addedP99Micros,
        long usualMicros,
        long migrations,
        List<String> reasons) {

    /** Whether failures were hidden and none was seen. */
    public boolean holds() {
        return failuresSeen == 0 && failuresHidden > 0;
    }

    /** One JSON object on one line (RFC 8259). */
    public String json() {
        return String.format(
                Locale.ROOT,
                "{\"requests\":%d,\"failuresHidden\":%d,\"failuresSeen\":%d,"
                        + "\"addedP50Micros\":%d,\"addedP99Micros\":%d,\"migrations\":%d}",
                requests,
                failuresHidden,
                failuresSeen,
                addedP50Micros,
                addedP99Micros,
                migrations);
    }

    /** The same for people, several lines. */
    public String text() {
        StringBuilder text = new StringBuilder(400);
        row(text, "requests", requests, "on " + connections + " connections");
        row(text, "failures hidden", failuresHidden, "");
        row(text, "failures seen", failuresSeen, String.join("; ", reasons));
        text.append(
                String.format(
                        Locale.ROOT,
                        "%-17s p50 %s   p99 %s   (usual: %s)%n",
                        "added latency",
                        millis(addedP50Micros),
                        millis(addedP99Micros),
                        millis(usualMicros)));
        row(text, "migrations", migrations, "sessions played by a server other than the preferred");
        if (stalled > 0) {
            row(text, "stood still", stalled, "for longer than 1.5 s, and then came to a good end");
        }
        return text.toString();
    }

    private static void row(StringBuilder text, String name, long value, String remark) {
        String line = String.format(Locale.ROOT, "%-17s %8d   %s", name, value, remark);
        text.append(line.stripTrailing()).append(System.lineSeparator());
    }

    private static String millis(long micros) {
        return String.format(Locale.ROOT, "%.1f ms", micros / 1000.0);
    }
}

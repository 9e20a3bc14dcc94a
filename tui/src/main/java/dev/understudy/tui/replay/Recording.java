package dev.understudy.tui.replay;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.api.ControlJson;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;

/**
 * Events as the API and {@code run --json} write them: a JSON object a line. Lines that are none, or of kinds that this program
 * does not know, are counted and skipped: a recording may have been cut, and may be of another version.
 *
 * @param begin the time of day of its first event
 * @param skipped lines that could not be read
 */
public record Recording(Instant begin, List<Event> events, int skipped) {
    /** So many events are read; a longer recording ends there. */
    private static final int MOST = 1_000_000;

    private static final JsonMapper MAPPER = new JsonMapper();

    public Recording {
        events = List.copyOf(events);
    }

    /**
     * Reads a recording.
     *
     * @throws IOException if the file cannot be read, or holds no event
     */
    public static Recording read(Path file) throws IOException {
        List<Event> events = new ArrayList<>();
        Instant begin = Instant.EPOCH;
        int skipped = 0;
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            for (String line = lines.readLine();
                    line != null && events.size() < MOST;
                    line = lines.readLine()) {
                if (line.isBlank()) {
                    continue;
                }
                try {
                    JsonNode node = MAPPER.readTree(line);
                    Instant time = Instant.parse(node.path("time").asText());
                    if (events.isEmpty()) {
                        begin = time;
                    }
                    long since = Duration.between(begin, time).toNanos();
                    events.add(ControlJson.event(node, events.size() + 1, since));
                } catch (JsonProcessingException
                        | DateTimeParseException
                        | IllegalArgumentException e) {
                    skipped++;
                }
            }
        }
        if (events.isEmpty()) {
            throw new IOException(file + " holds no event that can be read");
        }
        return new Recording(begin, events, skipped);
    }

    /** How long it lasts. */
    public Duration length() {
        return Duration.ofNanos(events.get(events.size() - 1).nanos());
    }
}

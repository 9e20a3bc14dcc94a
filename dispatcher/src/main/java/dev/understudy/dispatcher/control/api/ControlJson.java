package dev.understudy.dispatcher.control.api;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.EventText;
import dev.understudy.dispatcher.control.HiddenFailure;
import dev.understudy.dispatcher.control.Snapshot;
import dev.understudy.dispatcher.control.Snapshot.SessionView;
import dev.understudy.dispatcher.control.Snapshot.Standing;
import dev.understudy.dispatcher.control.Story;
import dev.understudy.stack.wire.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What the API says, as JSON (RFC 8259): an object has the names of its record's components, an address is {@code
 * 10.0.0.1:80}, a duration is nanoseconds, bytes are base64. What is read is limited in depth and length.
 */
public final class ControlJson {
    private static final JsonMapper MAPPER = mapper(false);
    private static final JsonMapper STRICT = mapper(true);

    private ControlJson() {}

    private static JsonMapper mapper(boolean strict) {
        SimpleModule module = new SimpleModule();
        module.addSerializer(Endpoint.class, new EndpointWriter());
        module.addDeserializer(Endpoint.class, new EndpointReader());
        module.addSerializer(Standing.class, new StandingWriter());
        JsonFactory factory =
                JsonFactory.builder()
                        .streamReadConstraints(
                                StreamReadConstraints.builder()
                                        .maxNestingDepth(16)
                                        .maxStringLength(1 << 20)
                                        .build())
                        .build();
        return JsonMapper.builder(factory)
                .addModule(module)
                .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
                .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, strict)
                .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                .build();
    }

    /** Any of the API's values. */
    public static byte[] bytes(Object value) {
        try {
            return MAPPER.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same on one line of text. */
    public static String text(Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads what the other side of the API wrote; what it says beyond that is left out. */
    static <T> T read(byte[] json, Class<T> type) throws IOException {
        return MAPPER.readValue(json, type);
    }

    static JsonNode tree(byte[] json) throws IOException {
        return MAPPER.readTree(json);
    }

    static <T> T value(JsonNode node, Class<T> type) throws IOException {
        return MAPPER.treeToValue(node, type);
    }

    /**
     * Reads the body of a request, in which nothing may stand that is not known.
     *
     * @throws IllegalArgumentException with a sentence if it is something else
     */
    static JsonNode body(byte[] json) {
        try {
            JsonNode node = STRICT.readTree(json);
            if (node == null || !node.isObject()) {
                throw new IllegalArgumentException("The body must be a JSON object.");
            }
            return node;
        } catch (JacksonException e) {
            throw new IllegalArgumentException(
                    "The body is not JSON: " + e.getOriginalMessage() + ".", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ---- what has no record of its own

    static Map<String, Object> event(Event event, Snapshot clock) {
        return event(event, time(clock.epochMillis(event.nanos())));
    }

    /** An event that happened at {@code time}, which is UTC. */
    public static Map<String, Object> event(Event event, String time) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("id", event.id());
        fields.put("time", time);
        fields.put("nanos", event.nanos());
        fields.put("kind", kind(event.kind()));
        fields.put("session", event.session() == 0 ? null : event.session());
        fields.put("client", event.client());
        fields.put("server", event.server());
        fields.put("number", event.number());
        fields.put("text", event.text());
        if (event.kind() == Event.Kind.HIDDEN) {
            fields.put("bytes", event.bytes());
        }
        if (!event.why().isEmpty()) {
            fields.put("why", event.why());
        }
        fields.put("sentence", EventText.sentence(event));
        return fields;
    }

    static Event event(JsonNode node) {
        return event(node, node.path("id").asLong(), node.path("nanos").asLong());
    }

    /**
     * Reads an event that has got another id and another clock's time.
     *
     * @throws IllegalArgumentException if it is of a kind, or has an address, that is none
     */
    public static Event event(JsonNode node, long id, long nanos) {
        return new Event(
                id,
                nanos,
                node.path("session").asLong(),
                Event.Kind.valueOf(
                        node.path("kind").asText().toUpperCase(Locale.ROOT).replace('-', '_')),
                endpoint(node.path("client")),
                endpoint(node.path("server")),
                node.path("number").asLong(),
                node.path("text").asText(),
                node.path("bytes").asLong(),
                node.path("why").asText());
    }

    private static Endpoint endpoint(JsonNode node) {
        return node.isTextual() ? Endpoint.parse(node.asText()) : null;
    }

    static String kind(Event.Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static String time(long epochMillis) {
        return Instant.ofEpochMilli(epochMillis).toString();
    }

    static Map<String, Object> story(Story story, Snapshot clock) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("session", story.session());
        fields.put("live", story.live().orElse(null));
        fields.put("events", story.events().stream().map(e -> event(e, clock)).toList());
        fields.put("hidden", story.hidden().stream().map(h -> hidden(h, clock)).toList());
        fields.put("forgotten", story.forgotten());
        return fields;
    }

    private static Map<String, Object> hidden(HiddenFailure failure, Snapshot clock) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("event", failure.event().id());
        fields.put("time", time(clock.epochMillis(failure.event().nanos())));
        fields.put("nanos", failure.event().nanos());
        fields.put("server", failure.event().server());
        fields.put("what", failure.event().text());
        fields.put("costNanos", failure.event().number());
        fields.put("costBytes", failure.event().bytes());
        fields.put("successor", failure.successor());
        fields.put("why", failure.why());
        fields.put("sentence", failure.sentence());
        return fields;
    }

    static Story story(JsonNode node) throws IOException {
        List<Event> events = new ArrayList<>();
        for (JsonNode each : node.path("events")) {
            events.add(event(each));
        }
        JsonNode live = node.path("live");
        return new Story(
                node.path("session").asLong(),
                live.isObject() ? Optional.of(value(live, SessionView.class)) : Optional.empty(),
                events,
                node.path("forgotten").asInt());
    }

    private static final class EndpointWriter extends StdSerializer<Endpoint> {
        private static final long serialVersionUID = 1L;

        EndpointWriter() {
            super(Endpoint.class);
        }

        @Override
        public void serialize(Endpoint value, JsonGenerator out, SerializerProvider with)
                throws IOException {
            out.writeString(value.toString());
        }
    }

    private static final class EndpointReader extends StdDeserializer<Endpoint> {
        private static final long serialVersionUID = 1L;

        EndpointReader() {
            super(Endpoint.class);
        }

        @Override
        public Endpoint deserialize(JsonParser in, DeserializationContext context)
                throws IOException {
            return Endpoint.parse(in.getText());
        }
    }

    private static final class StandingWriter extends StdSerializer<Standing> {
        private static final long serialVersionUID = 1L;

        StandingWriter() {
            super(Standing.class);
        }

        @Override
        public void serialize(Standing value, JsonGenerator out, SerializerProvider with)
                throws IOException {
            out.writeString(value.label());
        }
    }
}

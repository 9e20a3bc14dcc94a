package dev.understudy.dispatcher.control.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.understudy.dispatcher.control.Impair;
import dev.understudy.dispatcher.control.Watch;

/**
 * What the bodies of requests say. A name that is not known, or a value of another kind, is refused with a sentence
 * ({@link IllegalArgumentException}).
 */
final class Bodies {
    private Bodies() {}

    /** What is to be recorded; what is left out stays as in {@code now}. */
    static Watch watch(Request request, Watch now) {
        JsonNode body = request.object("all", "sessions", "packets", "snap");
        return new Watch(
                body.has("all") ? truth(body, "all") : now.all(),
                (int) whole(body, "sessions", now.sessions()),
                (int) whole(body, "packets", now.packets()),
                (int) whole(body, "snap", now.snap()));
    }

    /** How a path or a link is to be made worse; what is left out is as it was meant to be. */
    static Impair impair(Request request) {
        JsonNode body =
                request.object(
                        "loss",
                        "delayNanos",
                        "duplicate",
                        "reorder",
                        "corrupt",
                        "blackhole",
                        "resetAtByte");
        return new Impair(
                real(body, "loss"),
                whole(body, "delayNanos", 0),
                real(body, "duplicate"),
                real(body, "reorder"),
                real(body, "corrupt"),
                truth(body, "blackhole"),
                whole(body, "resetAtByte", -1));
    }

    private static double real(JsonNode body, String name) {
        JsonNode value = body.path(name);
        if (!value.isMissingNode() && !value.isNumber()) {
            throw new IllegalArgumentException("'" + name + "' is a number from 0 to 1.");
        }
        return value.asDouble(0);
    }

    private static long whole(JsonNode body, String name, long otherwise) {
        JsonNode value = body.path(name);
        if (!value.isMissingNode() && !value.canConvertToExactIntegral()) {
            throw new IllegalArgumentException("'" + name + "' is a whole number.");
        }
        return value.asLong(otherwise);
    }

    private static boolean truth(JsonNode body, String name) {
        JsonNode value = body.path(name);
        if (!value.isMissingNode() && !value.isBoolean()) {
            throw new IllegalArgumentException("'" + name + "' is true or false.");
        }
        return value.asBoolean(false);
    }
}

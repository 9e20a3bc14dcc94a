package dev.understudy.dispatcher.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * An answer of the dispatcher's own: go there instead (P36; RFC 9110 §15.4). {@code **} at the end of the location stands for
 * what {@code **} at the end of the route's pattern stood for; a query is carried over, unless the location has its own.
 *
 * @param status 301, 302, 303, 307 or 308
 * @param location an absolute URL, or a path
 */
public record Redirect(int status, String location) {
    public static final int DEFAULT_STATUS = 302;

    private static final Set<Integer> STATUSES = Set.of(301, 302, 303, 307, 308);

    public Redirect {
        if (!STATUSES.contains(status)) {
            throw new IllegalArgumentException(
                    status + " is no redirection; expected 301, 302, 303, 307 or 308");
        }
        boolean blank = location.chars().anyMatch(c -> c <= ' ' || c >= 0x7F);
        int star = location.indexOf('*');
        if (blank
                || !location.matches("(?:https?://[^/]+)?/.*|https?://[^/]+")
                || star >= 0 && !location.substring(star).equals("**")) {
            throw new IllegalArgumentException(
                    "'"
                            + location
                            + "' is no location; expected a URL such as http://10.20.0.11/** or a"
                            + " path");
        }
    }

    /** Whether it needs a pattern that ends with {@code /**}. */
    public boolean hasTail() {
        return location.endsWith("**");
    }

    /** The whole response; the connection is closed after it. To HEAD there is no body. */
    public byte[] response(HttpRequest request, UrlPattern pattern) {
        String to = UrlRewrite.fill(location, request, pattern);
        String body = "Go to " + to + "\n";
        String head =
                "HTTP/1.1 "
                        + status
                        + " "
                        + phrase()
                        + "\r\nLocation: "
                        + to
                        + "\r\nContent-Type: text/plain\r\nContent-Length: "
                        + body.length()
                        + "\r\nConnection: close\r\n\r\n";
        String whole = request.method().equals("HEAD") ? head : head + body;
        return whole.getBytes(StandardCharsets.ISO_8859_1);
    }

    private String phrase() {
        return switch (status) {
            case 301 -> "Moved Permanently";
            case 302 -> "Found";
            case 303 -> "See Other";
            case 307 -> "Temporary Redirect";
            default -> "Permanent Redirect";
        };
    }
}

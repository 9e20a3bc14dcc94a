package dev.understudy.dispatcher.protocol;

import java.util.Optional;

/**
 * Where a page has moved to, unseen by the client (P35). {@code **} at the end of the path stands for what {@code **} at the
 * end of the route's pattern stood for. A query is kept, unless the new path brings its own.
 *
 * @param host the new Host field, with port where it needs one; empty to keep it
 * @param path with a leading slash
 */
public record UrlRewrite(Optional<String> host, String path) {
    private static final String SCHEME = "http://";
    private static final String TAIL = "**";

    /** Reads {@code /new/**} or {@code http://other.example/new/**}. */
    public static UrlRewrite parse(String text) {
        Optional<String> host = Optional.empty();
        String path = text;
        if (text.startsWith(SCHEME)) {
            int slash = text.indexOf('/', SCHEME.length());
            int end = slash < 0 ? text.length() : slash;
            host = Optional.of(text.substring(SCHEME.length(), end));
            path = slash < 0 ? "/" : text.substring(slash);
        }
        boolean blank = text.chars().anyMatch(c -> c <= ' ' || c >= 0x7F);
        int star = path.indexOf('*');
        if (!path.startsWith("/")
                || blank
                || host.map(String::isEmpty).orElse(false)
                || star >= 0 && !path.substring(star).equals(TAIL)) {
            throw new IllegalArgumentException(
                    "'"
                            + text
                            + "' is not where a page can move; expected /path, /path/** or"
                            + " http://host/path");
        }
        return new UrlRewrite(host, path);
    }

    /** Whether it needs a pattern that ends with {@code /**}. */
    public boolean hasTail() {
        return path.endsWith(TAIL);
    }

    /**
     * The head to send instead. What follows it in the client's stream moves by the difference of the two lengths.
     *
     * @param head the stored head, complete and {@linkplain HttpRequestReader#ambiguous unambiguous}
     * @param pattern that the request fits
     */
    public byte[] apply(byte[] head, HttpRequest request, UrlPattern pattern) {
        HeadEdit edit = new HeadEdit(head);
        String target = fill(path, request, pattern);
        String old = edit.target();
        int authority = old.startsWith("/") ? -1 : old.indexOf("://");
        if (authority >= 0) {
            // The absolute form wins over the Host field (RFC 9112 §3.2.2): keep it, and keep it
            // right.
            int from = authority + 3;
            int end = old.length();
            for (int at = from; at < end; at++) {
                if ("/?".indexOf(old.charAt(at)) >= 0) {
                    end = at;
                }
            }
            target = old.substring(0, from) + host.orElse(old.substring(from, end)) + target;
        }
        edit.target(target);
        host.ifPresent(name -> edit.set("Host", name));
        return edit.bytes();
    }

    /** A template with its tail and the request's query filled in. */
    static String fill(String template, HttpRequest request, UrlPattern pattern) {
        String filled = template;
        if (template.endsWith(TAIL)) {
            String tail = pattern.tail(request.path()).orElse("");
            filled = template.substring(0, template.length() - TAIL.length()) + tail;
        }
        boolean query = !request.query().isEmpty() && filled.indexOf('?') < 0;
        return query ? filled + "?" + request.query() : filled;
    }
}

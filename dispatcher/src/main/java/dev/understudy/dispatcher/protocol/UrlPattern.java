package dev.understudy.dispatcher.protocol;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Which requests a rule is for. Every part that is given must fit; of several patterns the first that fits decides, in the
 * order of the configuration, so the special ones stand before the general ones.
 *
 * <ul>
 *   <li>host: {@code shop.example}, or {@code *.shop.example} for every name below it
 *   <li>path: {@code *} stands for anything but a slash, {@code **} for anything; {@code /images/**} is {@code /images} too
 *   <li>methods: one of them
 *   <li>query: {@code id} for a key with any value, {@code id=7} for one with that value; all of them
 * </ul>
 *
 * @param host in lower case
 * @param path compared with the {@linkplain HttpRequest#path normalised} path
 */
public record UrlPattern(
        Optional<String> host, Optional<String> path, Set<String> methods, List<String> query) {
    /** Fits every request. */
    public static final UrlPattern ANY =
            new UrlPattern(Optional.empty(), Optional.empty(), Set.of(), List.of());

    private static final String TAIL = "/**";

    public UrlPattern {
        host = host.map(h -> h.toLowerCase(Locale.ROOT));
        methods = Set.copyOf(methods);
        query = List.copyOf(query);
    }

    /** Checks what a configuration calls a host. */
    public static String checkHost(String host) {
        String name = host.startsWith("*.") ? host.substring(2) : host;
        if (!name.matches("(?:[A-Za-z0-9_-]+\\.)*[A-Za-z0-9_-]+|\\[[0-9A-Fa-f:.]+]")) {
            throw new IllegalArgumentException(
                    "'"
                            + host
                            + "' is not a host; expected a name such as shop.example or *.example");
        }
        return host;
    }

    /** Checks what a configuration calls a path. */
    public static String checkPath(String path) {
        if (!path.startsWith("/") || path.length() > 255 || path.matches(".*[?#\\s].*")) {
            throw new IllegalArgumentException(
                    "'"
                            + path
                            + "' is not a path; expected one such as /images/** (* is anything but"
                            + " a slash, ** is anything)");
        }
        if (path.contains("***")) {
            throw new IllegalArgumentException("'***' means nothing in '" + path + "'");
        }
        return path;
    }

    public boolean matches(HttpRequest request) {
        return (methods.isEmpty() || methods.contains(request.method()))
                && matchesHost(request.host())
                && (path.isEmpty() || glob(path.get(), request.path()))
                && matchesQuery(request.query());
    }

    /** Whether a host alone fits, as a TLS server name does. */
    public boolean matchesHost(String name) {
        if (host.isEmpty()) {
            return true;
        }
        String pattern = host.get();
        return pattern.startsWith("*.")
                ? name.length() > pattern.length() - 1 && name.endsWith(pattern.substring(1))
                : name.equals(pattern);
    }

    private boolean matchesQuery(String said) {
        for (String wanted : query) {
            boolean found = false;
            for (String pair : said.split("&", -1)) {
                found |= pair.equals(wanted);
                found |= wanted.indexOf('=') < 0 && pair.startsWith(wanted + "=");
            }
            if (!found) {
                return false;
            }
        }
        return true;
    }

    /** What {@code **} at the end of the pattern stands for in a path that fits; empty if the pattern does not end so. */
    Optional<String> tail(String actual) {
        if (path.isEmpty()) {
            return Optional.of(actual.substring(Math.min(1, actual.length())));
        }
        String prefix = path.get();
        if (!prefix.endsWith(TAIL) || prefix.indexOf('*') != prefix.length() - 2) {
            return Optional.empty();
        }
        int length = prefix.length() - 2;
        return Optional.of(actual.length() <= length ? "" : actual.substring(length));
    }

    /** Never more work than pattern times path: no path makes it slow. */
    static boolean glob(String pattern, String path) {
        if (pattern.endsWith(TAIL)
                && glob(pattern.substring(0, pattern.length() - TAIL.length()), path)) {
            return true;
        }
        int star = pattern.indexOf('*');
        String prefix = star < 0 ? pattern : pattern.substring(0, star);
        if (star < 0 || !path.startsWith(prefix)) {
            return path.equals(pattern);
        }
        // reached[i]: what was read of the pattern so far can end at i.
        boolean[] reached = new boolean[path.length() + 1];
        reached[star] = true;
        for (int at = star; at < pattern.length(); at++) {
            boolean any = pattern.startsWith("**", at);
            boolean one = !any && pattern.charAt(at) == '*';
            if (any) {
                at++;
            }
            boolean[] next = new boolean[reached.length];
            for (int i = 0; i < reached.length; i++) {
                boolean here = reached[i];
                if (any || one) {
                    boolean grown = i > 0 && next[i - 1] && (any || path.charAt(i - 1) != '/');
                    next[i] = here || grown;
                } else if (here && i < path.length() && path.charAt(i) == pattern.charAt(at)) {
                    next[i + 1] = true;
                }
            }
            reached = next;
        }
        return reached[path.length()];
    }

    @Override
    public String toString() {
        String verbs =
                methods.isEmpty() ? "" : String.join(",", methods.stream().sorted().toList()) + " ";
        String keys = query.isEmpty() ? "" : "?" + String.join("&", query);
        return verbs + host.orElse("") + path.orElse("/**") + keys;
    }
}

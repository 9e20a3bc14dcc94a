package dev.understudy.dispatcher.protocol;

import java.util.Locale;
import java.util.Optional;

/**
 * What a request target and a Host field mean together (RFC 9112 §3.2, §3.3).
 *
 * @param host in lower case, without port and final dot; empty if there is none
 * @param path normalised: dot segments removed, needless percent-encoding undone; {@code *} for OPTIONS of the whole server
 * @param query what follows the question mark, as sent
 */
record RequestTarget(String host, String path, String query) {
    /** Takes a target apart; empty if it has none of the four forms of RFC 9112 §3.2. */
    static Optional<RequestTarget> of(String method, String target, String hostField) {
        if (method.equals("CONNECT")) {
            return Optional.of(new RequestTarget(host(target), "", ""));
        }
        if (target.equals("*")) {
            return Optional.of(new RequestTarget(host(hostField), "*", ""));
        }
        if (target.startsWith("/")) {
            return Optional.of(of(host(hostField), target));
        }
        int scheme = target.indexOf("://");
        if (scheme <= 0 || !target.substring(0, scheme).matches("[A-Za-z][A-Za-z0-9+.-]*")) {
            return Optional.empty();
        }
        int authority = scheme + 3;
        int end = authority;
        while (end < target.length() && "/?#".indexOf(target.charAt(end)) < 0) {
            end++;
        }
        String rest = target.substring(end);
        return Optional.of(
                of(
                        host(target.substring(authority, end)),
                        rest.startsWith("/") ? rest : "/" + rest));
    }

    private static RequestTarget of(String host, String pathAndQuery) {
        int fragment = pathAndQuery.indexOf('#');
        String whole = fragment < 0 ? pathAndQuery : pathAndQuery.substring(0, fragment);
        int mark = whole.indexOf('?');
        String path = mark < 0 ? whole : whole.substring(0, mark);
        return new RequestTarget(
                host, UrlPath.normalise(path), mark < 0 ? "" : whole.substring(mark + 1));
    }

    /** An authority's host: {@code user@Shop.Example.:80} is {@code shop.example}. */
    static String host(String authority) {
        String host = authority.substring(authority.lastIndexOf('@') + 1);
        int bracket = host.lastIndexOf(']');
        int colon = host.indexOf(':', Math.max(bracket, 0));
        if (colon >= 0) {
            host = host.substring(0, colon);
        }
        if (host.endsWith(".")) {
            host = host.substring(0, host.length() - 1);
        }
        return host.toLowerCase(Locale.ROOT);
    }
}

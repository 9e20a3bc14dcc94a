package dev.understudy.dispatcher.protocol;

/** One spelling for each path (RFC 3986 §6.2.2), so that {@code /a/../%69mages} does not slip past a rule for /images. */
final class UrlPath {
    private UrlPath() {}

    /** Undoes the encoding of unreserved characters and removes dot segments; never fails. */
    static String normalise(String path) {
        String decoded = path.indexOf('%') < 0 ? path : decode(path);
        return decoded.contains("/.") || decoded.contains("//") ? withoutDots(decoded) : decoded;
    }

    private static String decode(String path) {
        StringBuilder out = new StringBuilder(path.length());
        for (int at = 0; at < path.length(); at++) {
            char c = path.charAt(at);
            if (c == '%' && at + 2 < path.length()) {
                int high = Character.digit(path.charAt(at + 1), 16);
                int low = Character.digit(path.charAt(at + 2), 16);
                int value = high << 4 | low;
                if (high >= 0 && low >= 0 && isUnreserved(value)) {
                    out.append((char) value);
                    at += 2;
                    continue;
                }
            }
            out.append(c);
        }
        return out.toString();
    }

    private static boolean isUnreserved(int c) {
        return c >= 'a' && c <= 'z'
                || c >= 'A' && c <= 'Z'
                || c >= '0' && c <= '9'
                || c == '-'
                || c == '.'
                || c == '_'
                || c == '~';
    }

    /** RFC 3986 §5.2.4; repeated slashes become one, as web servers take them. */
    private static String withoutDots(String path) {
        StringBuilder out = new StringBuilder(path.length());
        for (int at = 0; at < path.length(); ) {
            int next = path.indexOf('/', at + 1);
            int end = next < 0 ? path.length() : next;
            String segment = path.substring(at, end);
            boolean last = next < 0;
            if (segment.equals("/..")) {
                out.setLength(Math.max(out.lastIndexOf("/"), 0));
            }
            boolean dots = segment.equals("/.") || segment.equals("/..");
            if (!dots && (!segment.equals("/") || last)) {
                out.append(segment);
            } else if (dots && last) {
                out.append('/');
            }
            at = end;
        }
        return out.length() == 0 ? "/" : out.toString();
    }
}

package dev.understudy.tools.host;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * One thing to serve: {@code http:80=DIR}, {@code echo:7}, {@code discard:9}, {@code chargen:19}.
 *
 * @param root the directory whose files are served; only with HTTP
 */
record Serve(Kind kind, int port, Path root) {
    /** What is spoken on the port. */
    enum Kind {
        /** Files by GET and HEAD; PUT and POST are read, and answered with their digest. */
        HTTP,
        /** What comes goes back (RFC 862). */
        ECHO,
        /** What comes is thrown away (RFC 863). */
        DISCARD,
        /** Characters for ever (RFC 864). */
        CHARGEN
    }

    static final class Reader implements ITypeConverter<Serve> {
        @Override
        public Serve convert(String text) {
            int colon = text.indexOf(':');
            int equals = text.indexOf('=');
            try {
                Kind kind =
                        Kind.valueOf(
                                text.substring(0, Math.max(0, colon)).toUpperCase(Locale.ROOT));
                boolean http = kind == Kind.HTTP;
                if (http != (equals > colon)) {
                    throw new TypeConversionException(
                            http
                                    ? "'" + text + "' names no directory: http:PORT=DIR"
                                    : "'" + text + "' serves no directory: only http does");
                }
                String number = text.substring(colon + 1, http ? equals : text.length());
                int port = Integer.parseInt(number);
                if (port < 1 || port > 0xFFFF) {
                    throw new TypeConversionException("'" + number + "' is no port (1..65535)");
                }
                Path root = http ? Path.of(text.substring(equals + 1)) : Path.of("");
                if (http && !Files.isDirectory(root)) {
                    throw new TypeConversionException("'" + root + "' is not a directory");
                }
                return new Serve(kind, port, root);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(
                        "'"
                                + text
                                + "' is none of http:PORT=DIR, echo:PORT, discard:PORT,"
                                + " chargen:PORT");
            }
        }
    }

    @Override
    public String toString() {
        String name = kind.name().toLowerCase(Locale.ROOT) + ":" + port;
        return kind == Kind.HTTP ? name + "=" + root : name;
    }
}

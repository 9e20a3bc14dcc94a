package dev.understudy.tools.script;

import dev.understudy.tools.script.language.Value;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What a system call returned. */
record Outcome(long value, Optional<String> errno) {
    /** Wait; the peer is gone; it cannot be reached (by ICMP, which each system has its own names for). */
    private static final List<Set<String>> ALIKE =
            List.of(
                    Set.of("EAGAIN", "EWOULDBLOCK"),
                    Set.of("ECONNRESET", "EPIPE", "ECONNABORTED"),
                    Set.of(
                            "EHOSTUNREACH",
                            "ENETUNREACH",
                            "ENOPROTOOPT",
                            "EACCES",
                            "EPROTO",
                            "ECONNREFUSED"));

    static Outcome of(long value) {
        return new Outcome(value, Optional.empty());
    }

    static Outcome error(String errno) {
        return new Outcome(-1, Optional.of(errno));
    }

    /** Whether a script that wrote {@code result} and {@code name} can live with it. */
    boolean is(Value result, Optional<String> name) {
        boolean same = !(result instanceof Value.Whole whole) || whole.value() == value;
        return same && (name.isEmpty() || errno.isPresent() && alike(name.get(), errno.get()));
    }

    /** Whether two names say the same of TCP; which of them it is called is one system's affair. */
    static boolean alike(String a, String b) {
        return a.equals(b)
                || ALIKE.stream().anyMatch(names -> names.contains(a) && names.contains(b));
    }

    @Override
    public String toString() {
        return errno.map(name -> value + " " + name).orElse(Long.toString(value));
    }
}

package dev.understudy.dispatcher.config;

import dev.understudy.dispatcher.config.ServiceConfig.Recover;
import dev.understudy.dispatcher.config.ServiceConfig.Statuses;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Reads {@code recover:} of a service. */
final class RecoverReader {
    private static final List<String> FAILURES = List.of("reset", "unreachable", "timeout", "fin");
    private static final List<String> WORDS =
            List.of("reset", "unreachable", "timeout", "fin", "http 404", "http 5xx");
    private static final Pattern STATUS = Pattern.compile("http +([345])(\\d\\d|xx)");
    private static final Map<String, Boolean> RESUMES = new LinkedHashMap<>();

    static {
        RESUMES.put("verified", true);
        RESUMES.put("off", false);
    }

    private final Findings findings;
    private final Scalars scalars;

    RecoverReader(Findings findings) {
        this.findings = findings;
        this.scalars = new Scalars(findings);
    }

    Recover read(String where, Node node) {
        if (node instanceof ScalarNode scalar && scalar.getValue().equals("none")) {
            return Recover.NONE;
        }
        String here = where + ".recover";
        Section section = new Section(here, node, findings, List.of("on", "resume"), List.of());
        boolean resume =
                section.optional("resume")
                        .flatMap(value -> scalars.word(value, RESUMES))
                        .orElse(false);
        Optional<Node> on = section.optional("on");
        if (on.isEmpty()) {
            Recover usual = Recover.DEFAULT;
            return new Recover(
                    usual.reset(),
                    usual.unreachable(),
                    usual.timeout(),
                    usual.closed() || resume,
                    List.of(),
                    resume);
        }
        Set<String> failures = new HashSet<>();
        List<Statuses> statuses = new ArrayList<>();
        String expected = Nearest.oneOf(WORDS) + ", or 'recover: none' to translate only";
        for (Node item : section.items("on", on.get(), expected)) {
            scalars.text(item, Nearest.oneOf(WORDS))
                    .ifPresent(word -> failure(here, item, word.strip(), failures, statuses));
        }
        return new Recover(
                failures.contains("reset"),
                failures.contains("unreachable"),
                failures.contains("timeout"),
                failures.contains("fin"),
                statuses,
                resume);
    }

    private void failure(
            String here, Node item, String word, Set<String> failures, List<Statuses> statuses) {
        Matcher status = STATUS.matcher(word);
        boolean known = FAILURES.contains(word) || status.matches();
        if (!known) {
            String hint =
                    word.matches("[345](\\d\\d|xx)")
                            ? "did you mean 'http " + word + "'?"
                            : Nearest.hint(word, WORDS);
            findings.at(
                    item, "'" + Scalars.shorten(word) + "' is no failure in " + here + "; " + hint);
        } else if (!failures.add(word.replaceAll(" +", " "))) {
            findings.at(item, "'" + word + "' stands twice in " + here + ".");
        } else if (status.matches()) {
            statuses.add(statuses(status));
        }
    }

    private static Statuses statuses(Matcher status) {
        int hundreds = 100 * Integer.parseInt(status.group(1));
        if (status.group(2).equals("xx")) {
            return new Statuses(hundreds, hundreds + 99);
        }
        int one = hundreds + Integer.parseInt(status.group(2));
        return new Statuses(one, one);
    }
}

package dev.understudy.tui.view;

import dev.understudy.dispatcher.control.Impair;
import dev.understudy.tui.filter.Mistake;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Asks how a path is to be made worse (B08): {@code loss 5% delay 20ms reset 1000}. */
final class ImpairPrompt implements Prompt {
    private static final Pattern PERCENT = Pattern.compile("(\\d{1,3}(?:\\.\\d{1,6})?)%");
    private static final Pattern MILLIS = Pattern.compile("(\\d{1,7})(ms|s)");
    private static final Pattern BYTES = Pattern.compile("\\d{1,12}");
    private static final List<String> WORDS =
            List.of(
                    "loss",
                    "delay",
                    "duplicate",
                    "reorder",
                    "corrupt",
                    "blackhole",
                    "reset",
                    "none");

    private final String label;
    private final boolean session;
    private final Consumer<Impair> impair;

    ImpairPrompt(String label, boolean session, Consumer<Impair> impair) {
        this.label = label;
        this.session = session;
        this.impair = impair;
    }

    @Override
    public String label() {
        return label;
    }

    @Override
    public boolean done(String text) {
        if (text.isBlank()) {
            return true;
        }
        Reading reading = new Reading(text, session);
        reading.impair().ifPresent(impair);
        return reading.mistake().isEmpty();
    }

    @Override
    public Optional<Mistake> mistake(String text) {
        return text.isBlank() ? Optional.empty() : new Reading(text, session).mistake();
    }

    @Override
    public String hint(String text) {
        return "loss 5%  delay 20ms  duplicate 1%  reorder 2%  corrupt 1%  blackhole  "
                + (session ? "reset 1000 (at that byte)  " : "")
                + "none";
    }

    @Override
    public List<String> completions(String begun) {
        return WORDS.stream().filter(word -> word.startsWith(begun)).toList();
    }

    /** What the line says, word by word. */
    private static final class Reading {
        private final String text;
        private final boolean session;
        private int at;
        private double loss;
        private long delay;
        private double duplicate;
        private double reorder;
        private double corrupt;
        private boolean blackhole;
        private long reset = -1;
        private Optional<Mistake> mistake = Optional.empty();

        Reading(String text, boolean session) {
            this.text = text;
            this.session = session;
            while (mistake.isEmpty() && at < text.length()) {
                word();
            }
        }

        Optional<Mistake> mistake() {
            return mistake;
        }

        Optional<Impair> impair() {
            return mistake.isPresent()
                    ? Optional.empty()
                    : Optional.of(
                            new Impair(loss, delay, duplicate, reorder, corrupt, blackhole, reset));
        }

        private String next() {
            while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == ',')) {
                at++;
            }
            int begin = at;
            while (at < text.length() && text.charAt(at) != ' ' && text.charAt(at) != ',') {
                at++;
            }
            return text.substring(begin, at);
        }

        private void word() {
            String word = next();
            switch (word) {
                case "", "none" -> {}
                case "blackhole" -> blackhole = true;
                case "loss" -> loss = percent();
                case "duplicate" -> duplicate = percent();
                case "reorder" -> reorder = percent();
                case "corrupt" -> corrupt = percent();
                case "delay" -> delay = delay();
                case "reset" ->
                        reset = session ? bytes() : wrong("reset", "only a session can be reset");
                default -> wrong(word, "one of " + String.join(", ", WORDS) + " belongs here");
            }
        }

        private double percent() {
            String value = next();
            Matcher matcher = PERCENT.matcher(value);
            if (matcher.matches() && Double.parseDouble(matcher.group(1)) <= 100) {
                return Double.parseDouble(matcher.group(1)) / 100;
            }
            return wrong(value, "a share belongs here, such as 5%");
        }

        private long delay() {
            String value = next();
            Matcher matcher = MILLIS.matcher(value);
            if (matcher.matches()) {
                long unit = matcher.group(2).equals("s") ? 1_000_000_000L : 1_000_000L;
                long nanos = Long.parseLong(matcher.group(1)) * unit;
                if (nanos <= 3_600_000_000_000L) {
                    return nanos;
                }
            }
            return wrong(value, "a time belongs here, such as 20ms");
        }

        private long bytes() {
            String value = next();
            return BYTES.matcher(value).matches()
                    ? Long.parseLong(value)
                    : wrong(value, "a number of bytes belongs here, such as 1000");
        }

        private long wrong(String word, String sentence) {
            mistake =
                    Optional.of(
                            new Mistake(
                                    Math.max(0, at - word.length()),
                                    Math.max(1, word.length()),
                                    sentence));
            return 0;
        }
    }
}

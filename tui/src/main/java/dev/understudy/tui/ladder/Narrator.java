package dev.understudy.tui.ladder;

import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.EventText;
import dev.understudy.dispatcher.control.Figures;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.tui.ladder.Row.Decision;
import dev.understudy.tui.ladder.Row.Weight;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Tells the decisions about one session as somebody would who stands beside the screen: events that make sense only together
 * become one sentence, such as "B did not answer in 250 ms: racing C". Kinds of events that it does not know are told in the
 * words of {@link EventText}.
 */
final class Narrator {
    private final Function<Endpoint, String> names;
    private final Map<String, Long> waiting = new LinkedHashMap<>();
    private final List<String> failures = new ArrayList<>();
    private final List<Row> rows = new ArrayList<>();
    private final List<Endpoint> met = new ArrayList<>();

    /** Servers that came to be remembered as failed: said behind the decision that this was part of. */
    private final List<Event> remembered = new ArrayList<>();

    private boolean moving;
    private int attempts;
    private long failedAt;

    Narrator(Function<Endpoint, String> names) {
        this.names = names;
    }

    List<Row> tell(List<Event> events) {
        events.stream().map(Event::server).filter(Objects::nonNull).distinct().forEach(met::add);
        for (int i = 0; i < events.size(); i++) {
            Event event = events.get(i);
            if (!remembered.isEmpty() && remembered.get(0).nanos() < event.nanos()) {
                failures();
                remembered();
            }
            if (event.kind() == Event.Kind.ATTEMPT) {
                List<Event> together = new ArrayList<>();
                together.add(event);
                while (i + 1 < events.size()
                        && events.get(i + 1).kind() == Event.Kind.ATTEMPT
                        && events.get(i + 1).nanos() == event.nanos()) {
                    together.add(events.get(++i));
                }
                attempts(together);
            } else {
                one(event);
            }
        }
        failures();
        remembered();
        return rows;
    }

    private void one(Event event) {
        String server = event.server() == null ? "a server" : names.apply(event.server());
        if (event.kind() == Event.Kind.FAILED) {
            waiting.remove(server);
            failures.add(server + " " + failed(event));
            failedAt = event.nanos();
            return;
        }
        if (event.kind() == Event.Kind.SERVER_DOWN) {
            remembered.add(event);
            return;
        }
        failures();
        switch (event.kind()) {
            case OPENED -> say(event, "the client asks for " + event.server(), Weight.PLAIN);
            case ANSWERED ->
                    say(
                            event,
                            "answered here, in the original's name: the request decides who serves"
                                    + " it",
                            Weight.PLAIN);
            case ASKED -> say(event, "the client asks " + event.text(), Weight.PLAIN);
            case WON -> {
                String others = attempts > 1 ? " answers first and" : "";
                say(
                        event,
                        server
                                + others
                                + " plays the part, "
                                + took(event)
                                + " after the client's SYN",
                        Weight.PLAIN);
                waiting.clear();
            }
            case HIDDEN ->
                    say(
                            event,
                            "hidden from the client: "
                                    + server
                                    + " "
                                    + failed(event)
                                    + " (cost "
                                    + EventText.cost(event.number(), event.bytes())
                                    + ")",
                            Weight.SAVED);
            case RELOCATING -> {
                moving = true;
                waiting.clear();
                say(
                        event,
                        server + " is lost" + why(event) + ": the session moves",
                        Weight.TROUBLE);
            }
            case RELOCATED -> {
                moving = false;
                waiting.clear();
                say(
                        event,
                        server + " has taken over, " + took(event) + " after the loss",
                        Weight.SAVED);
            }
            default -> say(event, capital(event), weight(event));
        }
    }

    private static Weight weight(Event event) {
        return switch (event.kind()) {
            case EXHAUSTED, NOT_RELOCATED -> Weight.LOST;
            case RESUMED -> Weight.SAVED;
            case LIMIT, SERVER_DOWN, RESTORED -> Weight.TROUBLE;
            default -> Weight.PLAIN;
        };
    }

    private void attempts(List<Event> together) {
        String servers =
                list(
                        together.stream()
                                .map(e -> names.apply(e.server()))
                                .collect(Collectors.toList()));
        Event event = together.get(0);
        boolean several = together.size() > 1 || !waiting.isEmpty();
        String verb = several ? "racing " : "asking ";
        if (!failures.isEmpty()) {
            String failed = String.join(", ", failures);
            say(event, failed + ": " + verb + servers + because(together), Weight.TROUBLE);
            failures.clear();
        } else if (!waiting.isEmpty()) {
            long last = waiting.values().stream().mapToLong(Long::longValue).max().orElse(0);
            say(
                    event,
                    list(List.copyOf(waiting.keySet()))
                            + " did not answer in "
                            + Figures.duration(event.nanos() - last)
                            + ": "
                            + verb
                            + servers
                            + because(together),
                    Weight.TROUBLE);
        } else {
            String why = because(together);
            String first = attempts == 0 && !several && why.isEmpty() ? " first" : "";
            say(event, verb + servers + (moving ? " to take over" : first) + why, Weight.PLAIN);
        }
        attempts += together.size();
        together.forEach(e -> waiting.put(names.apply(e.server()), e.nanos()));
    }

    /** Why these servers: their reasons, each once. */
    private String because(List<Event> attempts) {
        String reasons =
                attempts.stream()
                        .map(Event::why)
                        .filter(why -> !why.isEmpty())
                        .distinct()
                        .map(this::lettered)
                        .collect(Collectors.joining(", "));
        return reasons.isEmpty() ? "" : " (" + reasons + ")";
    }

    /** Failures after which nothing new was tried. */
    private void failures() {
        if (!failures.isEmpty()) {
            String rest =
                    waiting.isEmpty()
                            ? ""
                            : "; " + list(List.copyOf(waiting.keySet())) + " may still answer";
            rows.add(new Decision(failedAt, String.join(", ", failures) + rest, Weight.TROUBLE));
            failures.clear();
        }
    }

    private void remembered() {
        for (Event event : remembered) {
            rows.add(new Decision(event.nanos(), capital(event), weight(event)));
        }
        remembered.clear();
    }

    private void say(Event event, String sentence, Weight weight) {
        rows.add(new Decision(event.nanos(), sentence, weight));
        remembered();
    }

    private static String took(Event event) {
        return Figures.duration(event.number());
    }

    private static String why(Event event) {
        return event.text().isEmpty() ? "" : " (" + event.text() + ")";
    }

    private static String failed(Event event) {
        return switch (event.text()) {
            case "" -> "failed";
            case "timeout" -> "did not answer in time";
            case "unreachable" -> "is unreachable";
            case "slow" -> "had not answered yet";
            case "reset", "closed" -> event.text() + " the connection";
            default ->
                    event.text().startsWith("http ")
                            ? "answered " + event.text().substring("http ".length())
                            : event.text();
        };
    }

    /** The common sentence, with letters in place of addresses, without its full stop. */
    private String capital(Event event) {
        String sentence = lettered(EventText.sentence(event));
        return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
    }

    private String lettered(String text) {
        String sentence = text;
        for (Endpoint server : met) {
            sentence = sentence.replace(server.toString(), names.apply(server));
        }
        return sentence;
    }

    private static String list(List<String> names) {
        if (names.size() == 1) {
            return names.get(0);
        }
        return String.join(", ", names.subList(0, names.size() - 1))
                + " and "
                + names.get(names.size() - 1);
    }
}

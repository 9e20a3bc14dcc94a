package dev.understudy.tui.view;

import dev.understudy.tui.filter.Filter;
import dev.understudy.tui.filter.Mistake;
import dev.understudy.tui.filter.Schema;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntSupplier;

/**
 * Asks for a filter. As long as it makes sense it is in force while it is typed; a mistake is shown under the place where it
 * is, and the last filter that made sense stays. Esc brings back the one of before.
 */
final class FilterPrompt<T> implements Prompt {
    private final Schema<T> schema;
    private final Filter<T> before;
    private final Consumer<Filter<T>> apply;
    private final IntSupplier matches;

    FilterPrompt(
            Schema<T> schema, Filter<T> before, Consumer<Filter<T>> apply, IntSupplier matches) {
        this.schema = schema;
        this.before = before;
        this.apply = apply;
        this.matches = matches;
    }

    @Override
    public String label() {
        return "filter: ";
    }

    @Override
    public String text() {
        return before.text();
    }

    @Override
    public void changed(String text) {
        Filter<T> filter = Filter.parse(text, schema);
        if (filter.mistake().isEmpty()) {
            apply.accept(filter);
        }
    }

    @Override
    public boolean done(String text) {
        changed(text);
        return Filter.parse(text, schema).mistake().isEmpty();
    }

    @Override
    public void left() {
        apply.accept(before);
    }

    @Override
    public Optional<Mistake> mistake(String text) {
        return Filter.parse(text, schema).mistake();
    }

    @Override
    public String hint(String text) {
        if (text.isBlank()) {
            return "e.g. state=relocating and rtt>50ms and not server=10.0.0.5   Tab completes";
        }
        int count = matches.getAsInt();
        return count
                + " "
                + schema.noun()
                + (count == 1 ? "" : "s")
                + " match   Enter: keep   Esc: as before";
    }

    @Override
    public List<String> completions(String begun) {
        return schema.completions(begun);
    }
}

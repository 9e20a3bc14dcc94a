package dev.understudy.tui.view;

import java.util.function.Consumer;

/** Asks for a text to look for: unlike a filter it hides nothing, it only selects. */
final class SearchPrompt implements Prompt {
    private final Consumer<String> search;

    SearchPrompt(Consumer<String> search) {
        this.search = search;
    }

    @Override
    public String label() {
        return "search: ";
    }

    @Override
    public boolean done(String text) {
        search.accept(text);
        return true;
    }

    @Override
    public String hint(String text) {
        return "selects the next row that has this text; n: the next one, N: the one before";
    }
}

package dev.understudy.tui.view;

import com.googlecode.lanterna.input.KeyStroke;
import dev.understudy.tui.widget.Canvas;
import dev.understudy.tui.widget.InputLine;
import dev.understudy.tui.widget.Style;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The line at the bottom while something is asked for: what is being typed, with a history for each question, names completed
 * by Tab, and below it a mistake under its place, or a hint.
 */
final class Typing {
    private final Map<String, InputLine> lines = new HashMap<>();
    private Optional<Prompt> prompt = Optional.empty();
    private InputLine line = new InputLine();

    /** Whether something is being asked for. */
    boolean isOn() {
        return prompt.isPresent();
    }

    void begin(Prompt asked) {
        prompt = Optional.of(asked);
        line = lines.computeIfAbsent(asked.label(), label -> new InputLine());
        line.begin(asked.text());
    }

    /** Takes a key; Enter ends it if what was typed will do. */
    void type(KeyStroke stroke, String name) {
        Prompt asked = prompt.orElseThrow();
        switch (name) {
            case "Enter" -> {
                if (asked.done(line.text())) {
                    line.remember();
                    prompt = Optional.empty();
                }
            }
            case "Esc", "^G" -> {
                prompt = Optional.empty();
                asked.left();
            }
            case "Tab" -> {
                complete(asked);
                asked.changed(line.text());
            }
            default -> {
                if (line.type(stroke)) {
                    asked.changed(line.text());
                }
            }
        }
    }

    private void complete(Prompt asked) {
        int from = line.cursor();
        while (from > 0 && Character.isLetter(line.text().charAt(from - 1))) {
            from--;
        }
        String begun = line.text().substring(from, line.cursor());
        List<String> words = asked.completions(begun);
        if (words.size() == 1) {
            line.complete(from, words.get(0));
        } else if (!words.isEmpty()) {
            String common = words.get(0);
            for (String word : words) {
                int same = 0;
                while (same < Math.min(common.length(), word.length())
                        && common.charAt(same) == word.charAt(same)) {
                    same++;
                }
                common = common.substring(0, same);
            }
            line.complete(from, common);
        }
    }

    /** Draws the line at {@code y}, and what there is to say of it below. */
    void paint(Canvas canvas, int y) {
        Prompt asked = prompt.orElseThrow();
        line.paint(canvas, y, asked.label());
        asked.mistake(line.text())
                .ifPresentOrElse(
                        mistake -> {
                            int x = asked.label().length() + mistake.at();
                            String sign = "^".repeat(Math.max(1, mistake.length()));
                            int room = canvas.columns() - mistake.sentence().length() - 1;
                            int from = Math.max(0, Math.min(x, room - sign.length()));
                            int end = canvas.put(from, y + 1, sign, Style.BAD);
                            canvas.put(end + 1, y + 1, mistake.sentence(), Style.BAD);
                        },
                        () -> canvas.put(0, y + 1, asked.hint(line.text()), Style.FAINT));
    }
}

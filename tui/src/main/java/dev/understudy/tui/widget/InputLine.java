package dev.understudy.tui.widget;

import com.googlecode.lanterna.input.KeyStroke;
import com.googlecode.lanterna.input.KeyType;
import java.util.ArrayList;
import java.util.List;

/** A line that is being typed, with a cursor and the lines that were typed before. */
public final class InputLine {
    private static final int LONGEST = 400;
    private static final int REMEMBERED = 50;

    private final StringBuilder text = new StringBuilder();
    private final List<String> history = new ArrayList<>();
    private int cursor;
    private int recalled;

    /** Begins with a text, the cursor behind it. */
    public void begin(String with) {
        text.setLength(0);
        text.append(with);
        cursor = text.length();
        recalled = history.size();
    }

    public String text() {
        return text.toString();
    }

    public int cursor() {
        return cursor;
    }

    /** Remembers what was typed. */
    public void remember() {
        String line = text();
        if (!line.isBlank()) {
            history.remove(line);
            history.add(line);
            if (history.size() > REMEMBERED) {
                history.remove(0);
            }
        }
    }

    /** Replaces the word before the cursor. */
    public void complete(int from, String word) {
        text.replace(from, cursor, word);
        cursor = from + word.length();
    }

    /**
     * Edits the line.
     *
     * @return whether the key meant something to it
     */
    public boolean type(KeyStroke stroke) {
        if (stroke.getKeyType() == KeyType.Character && !stroke.isCtrlDown()) {
            insert(stroke.getCharacter());
            return true;
        }
        switch (Strokes.name(stroke)) {
            case "Backspace", "^H" -> erase(cursor - 1);
            case "Delete", "^D" -> erase(cursor);
            case "Left", "^B" -> cursor = Math.max(0, cursor - 1);
            case "Right", "^F" -> cursor = Math.min(text.length(), cursor + 1);
            case "Home", "^A" -> cursor = 0;
            case "End", "^E" -> cursor = text.length();
            case "^U" -> {
                text.delete(0, cursor);
                cursor = 0;
            }
            case "^K" -> text.setLength(cursor);
            case "^W" -> eraseWord();
            case "Up" -> recall(-1);
            case "Down" -> recall(1);
            default -> {
                return false;
            }
        }
        return true;
    }

    private void insert(char c) {
        if (text.length() < LONGEST && c >= ' ') {
            text.insert(cursor++, c);
        }
    }

    private void erase(int at) {
        if (at >= 0 && at < text.length()) {
            text.deleteCharAt(at);
            cursor = Math.min(at, text.length());
        }
    }

    private void eraseWord() {
        int from = cursor;
        while (from > 0 && text.charAt(from - 1) == ' ') {
            from--;
        }
        while (from > 0 && text.charAt(from - 1) != ' ') {
            from--;
        }
        text.delete(from, cursor);
        cursor = from;
    }

    private void recall(int by) {
        int wanted = recalled + by;
        if (wanted < 0 || wanted > history.size()) {
            return;
        }
        recalled = wanted;
        text.setLength(0);
        text.append(wanted == history.size() ? "" : history.get(wanted));
        cursor = text.length();
    }

    /** Draws it behind a word, scrolled so that the cursor is seen. */
    public void paint(Canvas canvas, int y, String prompt) {
        int x = canvas.put(0, y, prompt, Style.KEY);
        int room = Math.max(1, canvas.columns() - x - 1);
        int from = Math.max(0, cursor - room);
        canvas.put(x, y, text.substring(from), Style.PLAIN);
        String under = cursor < text.length() ? text.substring(cursor, cursor + 1) : " ";
        canvas.put(x + cursor - from, y, under, Style.SELECTED);
    }
}

package dev.understudy.tui.widget;

import com.googlecode.lanterna.input.KeyStroke;
import com.googlecode.lanterna.input.KeyType;

/** The names of keys: a character names itself, {@code ^C} is one with control, {@code PgDn} and the like are the rest. */
public final class Strokes {
    private Strokes() {}

    /** The name of what was typed; empty for what has none. */
    public static String name(KeyStroke stroke) {
        if (stroke.getKeyType() == KeyType.Character) {
            char c = stroke.getCharacter();
            if (stroke.isCtrlDown()) {
                return "^" + Character.toUpperCase(c);
            }
            if (c < ' ') {
                return "^" + (char) (c + '@');
            }
            return c == ' ' ? "Space" : String.valueOf(c);
        }
        return switch (stroke.getKeyType()) {
            case ArrowUp -> "Up";
            case ArrowDown -> "Down";
            case ArrowLeft -> "Left";
            case ArrowRight -> "Right";
            case PageUp -> "PgUp";
            case PageDown -> "PgDn";
            case Escape -> "Esc";
            case ReverseTab -> "BackTab";
            case Enter, Tab, Home, End, Backspace, Delete, Insert, F1 -> stroke.getKeyType().name();
            default -> "";
        };
    }
}

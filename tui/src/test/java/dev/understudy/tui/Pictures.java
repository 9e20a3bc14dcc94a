package dev.understudy.tui;

import com.googlecode.lanterna.TerminalSize;
import com.googlecode.lanterna.terminal.virtual.DefaultVirtualTerminal;

/** What a virtual terminal shows, as lines of text. */
final class Pictures {
    private Pictures() {}

    static String of(DefaultVirtualTerminal terminal) {
        TerminalSize size = terminal.getTerminalSize();
        StringBuilder picture = new StringBuilder();
        for (int y = 0; y < size.getRows(); y++) {
            StringBuilder line = new StringBuilder();
            for (int x = 0; x < size.getColumns(); x++) {
                line.append(terminal.getCharacter(x, y).getCharacterString());
            }
            picture.append(line.toString().stripTrailing()).append('\n');
        }
        return picture.toString();
    }
}

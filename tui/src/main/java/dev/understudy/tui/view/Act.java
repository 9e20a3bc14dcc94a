package dev.understudy.tui.view;

import dev.understudy.dispatcher.control.Command;
import java.util.List;
import java.util.Optional;

/**
 * Something that can be done to the dispatcher from here.
 *
 * @param question what is asked before it is done; empty if nothing need be asked
 * @param lines what it means
 * @param undo what takes it back
 * @param undoing the name of that, for the key that does it
 */
record Act(
        String question,
        List<String> lines,
        List<Command> commands,
        List<Command> undo,
        Optional<String> undoing) {

    static Act forGood(String question, List<String> lines, List<Command> commands) {
        return new Act(question, lines, commands, List.of(), Optional.empty());
    }

    static Act undoable(
            String question,
            List<String> lines,
            List<Command> commands,
            List<Command> undo,
            String undoing) {
        return new Act(question, lines, commands, undo, Optional.of(undoing));
    }
}

package dev.understudy.tui.view;

import dev.understudy.dispatcher.control.Command;
import dev.understudy.dispatcher.control.Control;
import dev.understudy.dispatcher.control.Outcome;
import dev.understudy.tui.widget.Style;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Commands on their way, what became of them, and what can be taken back. Nothing here waits. */
final class Acts {
    private static final int MOST_UNDOS = 20;

    private record Pending(Act act, List<CompletableFuture<Outcome>> outcomes) {}

    /** A sentence for the last line. */
    record Said(String sentence, Style style) {}

    private final Control control;
    private final List<Pending> pending = new ArrayList<>();
    private final Deque<Act> undos = new ArrayDeque<>();

    Acts(Control control) {
        this.control = control;
    }

    void perform(Act act) {
        List<CompletableFuture<Outcome>> outcomes = new ArrayList<>();
        for (Command command : act.commands()) {
            outcomes.add(control.perform(command));
        }
        pending.add(new Pending(act, outcomes));
    }

    /** What would be taken back next. */
    Optional<String> undoable() {
        return Optional.ofNullable(undos.peekLast()).flatMap(Act::undoing);
    }

    /** Takes the last act back. */
    boolean undo() {
        Act last = undos.pollLast();
        if (last == null) {
            return false;
        }
        perform(Act.forGood("", List.of(), last.undo()));
        return true;
    }

    /** The outcome of something that was done meanwhile. */
    Optional<Said> poll() {
        for (int i = 0; i < pending.size(); i++) {
            Pending one = pending.get(i);
            if (one.outcomes().stream().allMatch(CompletableFuture::isDone)) {
                pending.remove(i);
                return Optional.of(ended(one));
            }
        }
        return Optional.empty();
    }

    private Said ended(Pending ended) {
        List<Outcome> outcomes =
                ended.outcomes().stream()
                        .map(outcome -> outcome.exceptionally(Acts::broken).join())
                        .toList();
        long done = outcomes.stream().filter(Outcome::done).count();
        if (done > 0 && ended.act().undoing().isPresent()) {
            undos.addLast(ended.act());
            if (undos.size() > MOST_UNDOS) {
                undos.removeFirst();
            }
        }
        String undo =
                done > 0 ? ended.act().undoing().map(what -> " (u: " + what + ")").orElse("") : "";
        if (outcomes.size() == 1) {
            Outcome only = outcomes.get(0);
            return new Said(only.sentence() + undo, only.done() ? Style.GOOD : Style.BAD);
        }
        Optional<Outcome> refused = outcomes.stream().filter(o -> !o.done()).findFirst();
        String why = refused.map(o -> "; one was refused: " + o.sentence()).orElse(".");
        return new Said(
                done + " of " + outcomes.size() + " done" + why + undo,
                refused.isPresent() ? Style.BAD : Style.GOOD);
    }

    private static Outcome broken(Throwable failure) {
        return Outcome.refused("That failed: " + failure.getMessage());
    }
}

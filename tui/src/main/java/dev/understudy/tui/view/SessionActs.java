package dev.understudy.tui.view;

import dev.understudy.dispatcher.control.Command;
import dev.understudy.dispatcher.control.Impair;
import dev.understudy.dispatcher.control.Snapshot.SessionView;
import dev.understudy.dispatcher.control.Watch;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** What can be done to sessions, and how that is asked. */
final class SessionActs {
    private SessionActs() {}

    static Optional<Act> relocate(List<SessionView> sessions) {
        return ask(
                sessions,
                "Move",
                "to another server",
                List.of(
                        "The client keeps its connection. What cannot be moved without harm stays"
                                + " where it is, and says why. This cannot be taken back."),
                session -> new Command.Relocate(session.id()));
    }

    static Optional<Act> reset(List<SessionView> sessions) {
        return ask(
                sessions,
                "Reset",
                "",
                List.of(
                        "The client and the server both get a reset; the client will see an error."
                                + " This cannot be taken back."),
                session -> new Command.Reset(session.id()));
    }

    private static Optional<Act> ask(
            List<SessionView> sessions,
            String verb,
            String where,
            List<String> lines,
            java.util.function.Function<SessionView, Command> command) {
        if (sessions.isEmpty()) {
            return Optional.empty();
        }
        String whom =
                sessions.size() == 1
                        ? "session #" + sessions.get(0).id()
                        : "the " + sessions.size() + " marked sessions";
        String question = (verb + " " + whom + " " + where).strip() + "?";
        return Optional.of(Act.forGood(question, lines, sessions.stream().map(command).toList()));
    }

    /** Asks how a session's path is to be made worse. */
    static Prompt impair(SessionView session, Consumer<Act> act) {
        return new ImpairPrompt(
                "impair #" + session.id() + ": ",
                true,
                impair ->
                        act.accept(
                                Act.undoable(
                                        impair.none()
                                                ? ""
                                                : "Impair session #" + session.id() + "?",
                                        List.of(
                                                "Both ways: " + impair.words() + ".",
                                                "It can be taken back with u."),
                                        List.of(new Command.ImpairSession(session.id(), impair)),
                                        List.of(
                                                new Command.ImpairSession(
                                                        session.id(), Impair.NONE)),
                                        "impair no more")));
    }

    static Act watch(SessionView session) {
        long id = session.id();
        Command begin = new Command.WatchSession(id);
        Command end = new Command.UnwatchSession(id);
        return session.watched()
                ? Act.undoable("", List.of(), List.of(end), List.of(begin), "record again")
                : Act.undoable("", List.of(), List.of(begin), List.of(end), "record no more");
    }

    static Act watchAll(Watch now) {
        Watch next = now.all() ? Watch.NONE : Watch.ALL_NEW;
        return Act.undoable(
                "",
                List.of(),
                List.of(new Command.SetWatch(next)),
                List.of(new Command.SetWatch(now)),
                "record as before");
    }
}

package dev.understudy.tui.view;

import dev.understudy.dispatcher.control.Snapshot;
import dev.understudy.dispatcher.control.Snapshot.ServerView;
import dev.understudy.stack.wire.Endpoint;

/**
 * Servers by letters, as people speak of them: A is the first of its service, in the order of the configuration, and keeps
 * its letter on every view.
 */
final class Names {
    private static final int LETTERS = 26;

    private Names() {}

    /** The letter of a server of a service; of any service if that is empty. Empty if it is unknown. */
    static String letter(Snapshot snapshot, String service, Endpoint server) {
        String of = "";
        int index = -1;
        for (ServerView view : snapshot.servers()) {
            index = view.service().equals(of) ? index + 1 : 0;
            of = view.service();
            boolean here = service.isEmpty() || service.equals(of);
            if (here && view.endpoint().equals(server)) {
                return letter(index);
            }
        }
        return "";
    }

    /** A to Z, then A1 to Z1, and so on. */
    static String letter(int index) {
        char letter = (char) ('A' + index % LETTERS);
        return index < LETTERS ? String.valueOf(letter) : letter + String.valueOf(index / LETTERS);
    }

    /** The letter and the address: {@code B 10.20.2.2:80}. */
    static String full(Snapshot snapshot, String service, Endpoint server) {
        if (server == null) {
            return "-";
        }
        String letter = letter(snapshot, service, server);
        return letter.isEmpty() ? server.toString() : letter + " " + server;
    }
}

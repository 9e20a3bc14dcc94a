package dev.understudy.tools.script.matrix;

import java.util.ArrayList;
import java.util.List;

/**
 * What the RFCs want of an arrival.
 *
 * @param replies lines that expect the answer, empty for silence; where the RFCs leave a choice, each is right
 * @param info the state afterwards, as TCP_INFO names it; empty if it cannot be asked
 * @param readable bytes that the application can read afterwards; -1 if it cannot ask
 * @param after further lines that show the state by what it does
 */
record Expected(List<String> replies, String info, int readable, String after) {
    static final String SILENCE = "";

    static Expected of(String reply, String info) {
        return new Expected(List.of(reply), info, -1, "");
    }

    Expected or(String reply) {
        List<String> more = new ArrayList<>(replies);
        more.add(reply);
        return new Expected(List.copyOf(more), info, readable, after);
    }

    Expected readable(int bytes) {
        return new Expected(replies, info, bytes, after);
    }

    Expected after(String lines) {
        return new Expected(replies, info, readable, lines);
    }
}

package dev.understudy.tools.script.matrix;

/**
 * What the RFCs want of an arrival; where they leave a choice, what this stack has chosen.
 *
 * @param reply the line that expects the answer, empty for silence
 * @param info the state afterwards, as TCP_INFO names it; empty if it cannot be asked
 * @param readable bytes that the application can read afterwards; -1 if it cannot ask
 * @param after further lines that show the state by what it does
 */
record Expected(String reply, String info, int readable, String after) {
    static final String SILENCE = "";

    static Expected of(String reply, String info) {
        return new Expected(reply, info, -1, "");
    }

    Expected reply(String other) {
        return new Expected(other, info, readable, after);
    }

    Expected readable(int bytes) {
        return new Expected(reply, info, bytes, after);
    }

    Expected after(String lines) {
        return new Expected(reply, info, readable, lines);
    }
}

package dev.understudy.tools.script.matrix;

import java.util.List;

/**
 * SEGMENT ARRIVES, written down once more from the text: RFC 9293 §3.10.7, with RFC 5961 §3.2, §4.2 and §5.2, and RFC 1337
 * for TIME-WAIT. Knows nothing of the implementation. Where the RFCs leave a choice, both ways are right.
 */
final class Oracle {
    private final Numbers numbers;

    Oracle(Numbers numbers) {
        this.numbers = numbers;
    }

    Expected of(Stage stage, Arriving arriving, int seq, int ack) {
        return switch (stage.name()) {
            case "CLOSED" -> closed(arriving, seq, ack);
            case "LISTEN" -> listen(arriving, seq, ack);
            case "SYN-SENT" -> synSent(arriving, seq, ack);
            default -> synchronizedStates(stage, arriving, seq, ack);
        };
    }

    /** §3.10.7.1. */
    private Expected closed(Arriving arriving, int seq, int ack) {
        if (arriving.isReset()) {
            return Expected.of(Expected.SILENCE, "");
        }
        return Expected.of(
                arriving.hasAck()
                        ? reset(ack)
                        : "+0 > R. 0:0(0)! ack " + numbers.of(seq + arriving.length()) + "\n",
                "");
    }

    /** §3.10.7.2. */
    private Expected listen(Arriving arriving, int seq, int ack) {
        if (arriving.isReset()) {
            return Expected.of(Expected.SILENCE, "");
        }
        if (arriving.hasAck()) {
            return Expected.of(reset(ack), "");
        }
        return Expected.of(arriving.isSyn() ? synAck(seq) : Expected.SILENCE, "");
    }

    /** §3.10.7.3. */
    private Expected synSent(Arriving arriving, int seq, int ack) {
        if (arriving.hasAck() && ack != 1) {
            return Expected.of(arriving.isReset() ? Expected.SILENCE : reset(ack), "TCP_SYN_SENT");
        }
        return switch (arriving) {
            case RST_ACK -> Expected.of(Expected.SILENCE, "TCP_CLOSE");
            case SYN -> Expected.of(synAck(seq), "TCP_SYN_RECV");
            case SYN_ACK ->
                    Expected.of(
                            "+0 > . 1:1(0) ack " + numbers.of(seq + 1) + "\n", "TCP_ESTABLISHED");
            default -> Expected.of(Expected.SILENCE, "TCP_SYN_SENT");
        };
    }

    /** §3.10.7.4. */
    private Expected synchronizedStates(Stage stage, Arriving arriving, int seq, int ack) {
        String challenge = acknowledge(stage, stage.rcvNxt());
        boolean acceptable = acceptable(stage, arriving, seq);
        boolean timeWait = stage.name().equals("TIME-WAIT");
        boolean opening = stage.name().startsWith("SYN-RECEIVED");
        if (arriving.isReset()) {
            if (!acceptable || timeWait) {
                return unmoved(stage, Expected.SILENCE);
            }
            // RFC 5961 §3.2.
            return seq == stage.rcvNxt() ? wasReset(stage) : unmoved(stage, challenge);
        }
        if (arriving.isSyn()) {
            return syn(stage, arriving, seq, acceptable);
        }
        if (!acceptable) {
            return unmoved(stage, challenge);
        }
        if (!arriving.hasAck()) {
            return unmoved(stage, Expected.SILENCE);
        }
        if (timeWait) {
            // "The only thing that can arrive in this state is a retransmission of the remote FIN."
            return unmoved(stage, challenge).or(Expected.SILENCE);
        }
        if (opening) {
            return ack == 1 ? text(stage, arriving, seq, ack) : unmoved(stage, reset(ack));
        }
        // RFC 5961 §5.2: MAX.SND.WND is 32,000.
        if (ack > stage.sndNxt() || ack < stage.sndUna() - 32_000) {
            return unmoved(stage, challenge);
        }
        return text(stage, arriving, seq, ack);
    }

    /**
     * The first check: the table of §3.4, whose window is open here. By its letter, an acknowledgement from a peer whose
     * data fills the window does not lie in it and would not be heard; it is, as that of a window that is shut (§3.10.7.4).
     */
    private static boolean acceptable(Stage stage, Arriving arriving, int seq) {
        if (arriving == Arriving.ACK && seq == Stage.WINDOW_EDGE) {
            return true;
        }
        int last = seq + Math.max(0, arriving.length() - 1);
        return inWindow(stage, seq) || inWindow(stage, last);
    }

    private static boolean inWindow(Stage stage, int seq) {
        return seq >= stage.rcvNxt() && seq < Stage.WINDOW_EDGE;
    }

    private Expected syn(Stage stage, Arriving arriving, int seq, boolean acceptable) {
        String challenge = acknowledge(stage, stage.rcvNxt());
        if (stage.name().equals("TIME-WAIT") && arriving == Arriving.SYN && seq >= stage.rcvNxt()) {
            // §3.10.7.4: one beyond what was used may open the connection anew.
            return new Expected(List.of(synAck(seq), challenge), "", -1, Expected.SILENCE);
        }
        Expected challenged = unmoved(stage, challenge);
        if (stage.name().startsWith("SYN-RECEIVED")) {
            if (seq == 0) {
                // The SYN that we know. Our SYN+ACK may have been lost, or this one crosses ours.
                return Expected.of(challenge, "").or(synAck(0));
            }
            if (acceptable && stage.name().equals("SYN-RECEIVED")) {
                // "Return to the LISTEN state", or RFC 5961's challenge.
                return Expected.of(challenge, "").or(Expected.SILENCE);
            }
        }
        return challenged;
    }

    /** Checks five to eight, of an acknowledgement that is right. */
    private Expected text(Stage stage, Arriving arriving, int seq, int ack) {
        boolean finAcknowledged = stage.finUnacknowledged() && ack == 2;
        String info =
                switch (stage.name()) {
                    case "FIN-WAIT-1" -> finAcknowledged ? "TCP_FIN_WAIT2" : stage.info();
                    case "CLOSING" -> finAcknowledged ? "TCP_TIME_WAIT" : stage.info();
                    case "LAST-ACK" -> finAcknowledged ? "TCP_CLOSE" : stage.info();
                    case "SYN-RECEIVED from SYN-SENT" -> "TCP_ESTABLISHED";
                    default -> stage.info();
                };
        if (arriving == Arriving.ACK) {
            return accepted(stage, Expected.of(Expected.SILENCE, info));
        }
        if (stage.peerHasClosed()) {
            // Nothing can follow a FIN: it is ignored. An acknowledgement does no harm.
            return Expected.of(Expected.SILENCE, info)
                    .or(acknowledge(stage, stage.rcvNxt()))
                    .readable(0);
        }
        boolean reached = seq <= stage.rcvNxt();
        int bytes = reached ? seq + arriving.payload() - stage.rcvNxt() : 0;
        int taken = bytes + (reached && arriving.isFin() ? 1 : 0);
        if (reached && arriving.isFin()) {
            info =
                    switch (info) {
                        case "TCP_ESTABLISHED" -> "TCP_CLOSE_WAIT";
                        case "TCP_FIN_WAIT1" -> "TCP_CLOSING";
                        case "TCP_FIN_WAIT2" -> "TCP_TIME_WAIT";
                        default -> info;
                    };
        }
        String answer = acknowledge(stage, stage.rcvNxt() + taken);
        if (reached && !arriving.isFin()) {
            answer = answer.replace("+0 >", "+0~+.5 >");
        }
        return accepted(stage, Expected.of(answer, info).readable(bytes));
    }

    // ---- what is left

    private static Expected unmoved(Stage stage, String reply) {
        return alive(stage, Expected.of(reply, stage.info()));
    }

    /** A passive opening shows that it lives by what it can become. */
    private static Expected alive(Stage stage, Expected expected) {
        return stage.name().equals("SYN-RECEIVED")
                ? expected.after("+0 < . {1}:{1}(0) ack 1 win 32000\n+0 accept(3, ..., ...) = 4\n")
                : expected;
    }

    private static Expected accepted(Stage stage, Expected expected) {
        return stage.name().equals("SYN-RECEIVED")
                ? expected.after("+0 accept(3, ..., ...) = 4\n")
                : expected;
    }

    private static Expected wasReset(Stage stage) {
        return stage.name().equals("SYN-RECEIVED")
                ? Expected.of(Expected.SILENCE, "")
                        .after("+0 < . {1}:{1}(0) ack 1 win 32000\n" + reset(1))
                : Expected.of(Expected.SILENCE, "TCP_CLOSE");
    }

    private static String reset(int ack) {
        long seq = ack & 0xFFFF_FFFFL;
        return "+0 > R %d:%d(0)\n".formatted(seq, seq);
    }

    private String synAck(int seq) {
        return "+0 > S. 0:0(0) ack " + numbers.of(seq + 1) + " <...>\n";
    }

    private String acknowledge(Stage stage, int next) {
        return "+0 > . %d:%d(0) ack %s\n"
                .formatted(stage.sndNxt(), stage.sndNxt(), numbers.of(next));
    }
}

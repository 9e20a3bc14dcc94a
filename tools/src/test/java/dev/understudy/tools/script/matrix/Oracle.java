package dev.understudy.tools.script.matrix;

/**
 * SEGMENT ARRIVES, written down once more from the text: RFC 9293 §3.10.7, with RFC 5961 §3.2, §4.2 and §5.2, and RFC 1337
 * for TIME-WAIT. Knows nothing of the implementation but what it has chosen where the RFCs leave a choice: those places say
 * so.
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
        if (arriving == Arriving.SYN) {
            return Expected.of(synAck(seq), "").after(completed(seq, 4));
        }
        boolean answered = arriving.hasAck() && !arriving.isReset();
        return Expected.of(answered ? reset(ack) : Expected.SILENCE, "")
                .after(
                        "+0 < S {0}:{0}(0) win 32000 <mss 1000>\n+0 > S. 0:0(0) ack {1} <...>\n"
                                + completed(0, 4));
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
            return syn(stage, arriving, seq, ack);
        }
        if (!acceptable) {
            return unmoved(stage, challenge);
        }
        if (!arriving.hasAck()) {
            return unmoved(stage, Expected.SILENCE);
        }
        if (timeWait) {
            // "The only thing that can arrive in this state is a retransmission of the remote FIN."
            // Chosen: whatever else comes is answered in the same way, but not what answers would
            // look like themselves, so that two ends do not go on for ever.
            boolean bare = arriving == Arriving.ACK && seq == stage.rcvNxt();
            return unmoved(stage, bare ? Expected.SILENCE : challenge);
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

    /** RFC 5961 §4.2: a challenge, wherever it is. Chosen: in SYN-RECEIVED too, where RFC 9293 would go back to LISTEN. */
    private Expected syn(Stage stage, Arriving arriving, int seq, int ack) {
        String challenge = acknowledge(stage, stage.rcvNxt());
        if (arriving == Arriving.SYN && stage.name().equals("TIME-WAIT") && seq > stage.rcvNxt()) {
            // MAY-2: beyond what was used, and chosen to be beyond what we wait for, it opens the
            // connection anew.
            return Expected.of(synAck(seq), "").after(completed(seq, 5));
        }
        if (seq == 0 && stage.name().startsWith("SYN-RECEIVED")) {
            if (arriving == Arriving.SYN) {
                // The SYN that we know: our answer may have been lost.
                return unmoved(stage, synAck(0));
            }
            if (ack == 1 && stage.name().equals("SYN-RECEIVED from SYN-SENT")) {
                // Figure 7: it crosses ours.
                return Expected.of(challenge, "TCP_ESTABLISHED");
            }
        }
        return unmoved(stage, challenge);
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
            // Nothing can follow a FIN: it is ignored. Chosen: while the connection lives, its peer
            // is
            // told once more where we are.
            String told = finAcknowledged ? Expected.SILENCE : acknowledge(stage, stage.rcvNxt());
            return Expected.of(told, info).readable(0);
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

    /** The peer's SYN at {@code seq} was answered: its acknowledgement makes a connection that can be accepted. */
    private String completed(int seq, int descriptor) {
        String next = numbers.of(seq + 1);
        return "+0 < . %s:%s(0) ack 1 win 32000\n+0 accept(3, ..., ...) = %d\n"
                .formatted(next, next, descriptor);
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

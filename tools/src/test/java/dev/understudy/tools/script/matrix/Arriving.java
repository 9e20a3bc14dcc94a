package dev.understudy.tools.script.matrix;

/** A kind of segment that arrives. */
enum Arriving {
    SYN("S", 0, 1, false),
    SYN_ACK("S.", 0, 1, true),
    ACK(".", 0, 0, true),
    FIN("F.", 0, 1, true),
    RST("R", 0, 0, false),
    RST_ACK("R.", 0, 0, true),
    DATA("P.", 10, 10, true),
    DATA_AND_FIN("FP.", 10, 11, true),
    DATA_WITHOUT_ACK("P", 10, 10, false),
    FIN_WITHOUT_ACK("F", 0, 1, false);

    private final String flags;
    private final int payload;
    private final int length;
    private final boolean ack;

    Arriving(String flags, int payload, int length, boolean ack) {
        this.flags = flags;
        this.payload = payload;
        this.length = length;
        this.ack = ack;
    }

    int payload() {
        return payload;
    }

    /** SEG.LEN. */
    int length() {
        return length;
    }

    boolean hasAck() {
        return ack;
    }

    boolean isSyn() {
        return this == SYN || this == SYN_ACK;
    }

    boolean isReset() {
        return this == RST || this == RST_ACK;
    }

    boolean isFin() {
        return flags.indexOf('F') >= 0;
    }

    /** The line that injects it, the peer's sequence number counted from its initial one. */
    String line(Numbers numbers, int seq, int acknowledged) {
        return "+.01 < %s %s:%s(%d)%s win 32000\n"
                .formatted(
                        flags,
                        numbers.of(seq),
                        numbers.of(seq + payload),
                        payload,
                        ack ? " ack " + (acknowledged & 0xFFFF_FFFFL) : "");
    }
}

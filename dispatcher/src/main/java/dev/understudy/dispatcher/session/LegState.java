package dev.understudy.dispatcher.session;

/**
 * The TCP state of one leg, as its client end has it (RFC 9293 §3.3.2). The client leg's is the client's own; the server
 * leg's is the one that we play toward the server. T3: the patent's crossed names are clientLeg and serverLeg here.
 */
public enum LegState {
    CLOSED,
    SYN_SENT,
    ESTABLISHED,
    FIN_WAIT_1,
    FIN_WAIT_2,
    CLOSE_WAIT,
    CLOSING,
    LAST_ACK,
    TIME_WAIT;

    /** After the client end sent its first FIN. */
    LegState finSent() {
        return switch (this) {
            case SYN_SENT, ESTABLISHED -> FIN_WAIT_1;
            case CLOSE_WAIT -> LAST_ACK;
            default -> this;
        };
    }

    /** After the server end's FIN came. */
    LegState finReceived() {
        return switch (this) {
            case SYN_SENT, ESTABLISHED -> CLOSE_WAIT;
            case FIN_WAIT_1 -> CLOSING;
            case FIN_WAIT_2 -> TIME_WAIT;
            default -> this;
        };
    }

    /** After the server end acknowledged the client end's FIN. */
    LegState finAcknowledged() {
        return switch (this) {
            case FIN_WAIT_1 -> FIN_WAIT_2;
            case CLOSING -> TIME_WAIT;
            case LAST_ACK -> CLOSED;
            default -> this;
        };
    }

    /** As {@code ss} and RFC 9293 write it. */
    public String label() {
        return name().replace('_', '-');
    }
}

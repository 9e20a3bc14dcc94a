package dev.understudy.stack.tcp;

/**
 * The states of a connection and every way between them: RFC 9293 §3.3.2, figure 5, as a table.
 *
 * <pre>
 *                         PASSIVE_OPEN ┌──────────┐ ACTIVE_OPEN
 *                     ┌────────────────│  CLOSED  │────────────────┐
 *                     ▼                └──────────┘                ▼
 *                ┌────────┐  SYN                            ┌──────────┐
 *                │ LISTEN │───────────┐        SYN ┌────────│ SYN_SENT │
 *                └────────┘           ▼            ▼        └──────────┘
 *                             ┌──────────────────────┐             │ SYN_ACK
 *                             │     SYN_RECEIVED     │             │
 *                             └──────────────────────┘             │
 *                          CLOSE │            │ ACK_OF_SYN          │
 *                                │            ▼                    ▼
 *                                │      ┌─────────────────────────────┐
 *                                │      │         ESTABLISHED         │
 *                                │      └─────────────────────────────┘
 *                                ▼        CLOSE │         │ FIN
 *                           ┌────────────┐◀─────┘         ▼
 *                           │ FIN_WAIT_1 │          ┌────────────┐
 *                           └────────────┘          │ CLOSE_WAIT │
 *                ACK_OF_FIN │     │ FIN             └────────────┘
 *                           ▼     ▼                       │ CLOSE
 *                  ┌────────────┐ ┌─────────┐             ▼
 *                  │ FIN_WAIT_2 │ │ CLOSING │       ┌──────────┐
 *                  └────────────┘ └─────────┘       │ LAST_ACK │
 *                       FIN │         │ ACK_OF_FIN  └──────────┘
 *                           ▼         ▼                   │ ACK_OF_FIN
 *                         ┌─────────────┐   TIME_OUT      ▼
 *                         │  TIME_WAIT  │───────────▶ CLOSED
 *                         └─────────────┘
 * </pre>
 *
 * RESET, ABORT and TIME_OUT lead to CLOSED from everywhere, but a listener outlives a RESET. An event that means nothing in
 * a state leaves it as it is.
 */
public enum TcpState {
    CLOSED,
    LISTEN,
    SYN_SENT,
    SYN_RECEIVED,
    ESTABLISHED,
    FIN_WAIT_1,
    FIN_WAIT_2,
    CLOSE_WAIT,
    CLOSING,
    LAST_ACK,
    TIME_WAIT;

    /** What moves a connection from state to state. */
    public enum Event {
        /** The application listens. */
        PASSIVE_OPEN,
        /** The application connects. */
        ACTIVE_OPEN,
        /** An acceptable SYN without ACK. */
        SYN,
        /** An acceptable SYN that acknowledges ours. */
        SYN_ACK,
        /** Our SYN is acknowledged. */
        ACK_OF_SYN,
        /** The application will write no more: our FIN is queued. */
        CLOSE,
        /** The peer's FIN, in sequence. */
        FIN,
        /** Our FIN is acknowledged. */
        ACK_OF_FIN,
        /** A valid RST. */
        RESET,
        /** The application wants no more of it: a RST goes out. */
        ABORT,
        /** The peer has been silent for too long, or 2 MSL are over. */
        TIME_OUT
    }

    /** The state after {@code event}. */
    public TcpState after(Event event) {
        return switch (event) {
            case ABORT, TIME_OUT -> CLOSED;
            case RESET -> this == LISTEN ? LISTEN : CLOSED;
            default ->
                    switch (this) {
                        case CLOSED ->
                                switch (event) {
                                    case PASSIVE_OPEN -> LISTEN;
                                    case ACTIVE_OPEN -> SYN_SENT;
                                    default -> this;
                                };
                        case LISTEN ->
                                switch (event) {
                                    case SYN -> SYN_RECEIVED;
                                    case ACTIVE_OPEN -> SYN_SENT;
                                    case CLOSE -> CLOSED;
                                    default -> this;
                                };
                        case SYN_SENT ->
                                switch (event) {
                                    case SYN -> SYN_RECEIVED;
                                    case SYN_ACK -> ESTABLISHED;
                                    case CLOSE -> CLOSED;
                                    default -> this;
                                };
                        case SYN_RECEIVED ->
                                switch (event) {
                                    case ACK_OF_SYN -> ESTABLISHED;
                                    case CLOSE -> FIN_WAIT_1;
                                    case FIN -> CLOSE_WAIT;
                                    default -> this;
                                };
                        case ESTABLISHED ->
                                switch (event) {
                                    case CLOSE -> FIN_WAIT_1;
                                    case FIN -> CLOSE_WAIT;
                                    default -> this;
                                };
                        case FIN_WAIT_1 ->
                                switch (event) {
                                    case ACK_OF_FIN -> FIN_WAIT_2;
                                    case FIN -> CLOSING;
                                    default -> this;
                                };
                        case FIN_WAIT_2 -> event == Event.FIN ? TIME_WAIT : this;
                        case CLOSE_WAIT -> event == Event.CLOSE ? LAST_ACK : this;
                        case CLOSING -> event == Event.ACK_OF_FIN ? TIME_WAIT : this;
                        case LAST_ACK -> event == Event.ACK_OF_FIN ? CLOSED : this;
                        case TIME_WAIT -> this;
                    };
        };
    }

    /** Both ends know each other's sequence numbers (RFC 9293 §3.5.3, the synchronized states). */
    public boolean isSynchronized() {
        return compareTo(ESTABLISHED) >= 0;
    }

    /** Whether the application may still queue data. */
    public boolean maySend() {
        return switch (this) {
            case SYN_SENT, SYN_RECEIVED, ESTABLISHED, CLOSE_WAIT -> true;
            default -> false;
        };
    }

    /** Whether the peer may still send data. */
    public boolean mayReceive() {
        return switch (this) {
            case SYN_SENT, SYN_RECEIVED, ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2 -> true;
            default -> false;
        };
    }
}

package dev.understudy.stack.tcp;

/** How a connection ended. */
public enum CloseReason {
    /** Both directions were closed and acknowledged; TIME-WAIT may go on behind the scenes. */
    GRACEFUL,
    /** The peer sent a RST, or data came for an application that had gone. */
    RESET,
    /** The peer answered our SYN with a RST. */
    REFUSED,
    /** The peer was silent: SYN, data or keep-alive probes remained unanswered. */
    TIMED_OUT,
    /** ICMP said, while connecting, that there is no way. */
    UNREACHABLE,
    /** Our own side aborted it. */
    ABORTED
}

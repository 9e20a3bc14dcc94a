package dev.understudy.stack.tcp;

/** Whether connections agree on explicit congestion notification (RFC 3168). */
public enum EcnMode {
    OFF,
    /** Where the peer asks for it, as most systems have it. */
    ACCEPT,
    /** Asked for, too. */
    REQUEST
}

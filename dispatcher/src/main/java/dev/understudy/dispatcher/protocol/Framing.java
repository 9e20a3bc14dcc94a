package dev.understudy.dispatcher.protocol;

/** How the end of a message's body is found (RFC 9112 §6.3). */
public enum Framing {
    /** There is no body: the message ends with its head. */
    NONE,
    /** As many bytes as Content-Length says. */
    LENGTH,
    /** Chunks, then a trailer section (RFC 9112 §7.1). */
    CHUNKED,
    /** All that comes until the connection closes; responses only. */
    UNTIL_CLOSE,
    /** Nobody can tell, or every reader tells otherwise: what follows is not looked at. */
    UNKNOWN
}

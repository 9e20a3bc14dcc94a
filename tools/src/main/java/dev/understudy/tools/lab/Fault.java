package dev.understudy.tools.lab;

/** What can be wrong with a server of the lab. */
public enum Fault {
    /** Nothing: it listens and answers. */
    NONE("is well"),
    /** Its port is closed: the kernel answers a SYN with RST. Connections that it has live on. */
    REFUSE("refuses connections"),
    /** Its process has died: every connection that it has is reset, and its port is closed. */
    KILLED("is killed"),
    /** It hears everything and says nothing: no RST, no ICMP. Connections that it has stand still until it is back. */
    SILENT("is silent"),
    /** The router answers for it with ICMP host unreachable (RFC 792). Connections that it has stand still. */
    UNREACHABLE("is unreachable");

    private final String sentence;

    Fault(String sentence) {
        this.sentence = sentence;
    }

    /** Whether packets still find their way to it and back. */
    boolean reachable() {
        return this != SILENT && this != UNREACHABLE;
    }

    /** What is said of a server that has it: {@code is silent}. */
    public String sentence() {
        return sentence;
    }
}

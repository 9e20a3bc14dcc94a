package dev.understudy.tools.script.language;

/**
 * What is written of a packet's traffic class.
 *
 * @param mask the bits that are meant; 0 for none
 * @param value those bits
 * @param ttl or -1
 */
public record IpMarks(int mask, int value, int ttl) {
    public static final IpMarks NONE = new IpMarks(0, 0, -1);
}

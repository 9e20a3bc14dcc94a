package dev.understudy.tui.packet;

/**
 * A field of a packet, or a header.
 *
 * @param depth 0 for a header, 1 for its fields
 * @param offset where it begins in the packet
 * @param length how many bytes it takes
 */
public record Part(int depth, String name, String value, int offset, int length) {}

package dev.understudy.stack.ip;

import dev.understudy.stack.wire.Packet;

/** Where an IP packet leaves: the layer below fills the Ethernet header in, resolves the neighbour and writes the frame. */
public interface PacketOutput {
    /**
     * Sends one packet. The frame's reference stays with the caller: an output that writes or queues it retains it
     * first, and the caller must not touch the frame's bytes after this call unless it made the frame itself and the
     * call is its last use.
     *
     * @param now nanoseconds of the loop's ticker
     */
    void send(Packet packet, long now);
}

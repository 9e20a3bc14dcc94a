package dev.understudy.dispatcher.attach;

import dev.understudy.stack.wire.Packet;

/**
 * One of the dispatcher's two doors: {@code fromClient} or {@code fromNetwork}, as the attachment below sees it.
 *
 * <p>The packet is whole (fragments were put together) and parsed, and is the attachment's own reused view: the handler
 * keeps neither it nor, without retaining it, its frame. It may be rewritten in place and sent through a {@link
 * dev.understudy.stack.ip.PacketOutput} during the call.
 */
@FunctionalInterface
public interface PacketHandler {
    /**
     * Takes one packet.
     *
     * @param now nanoseconds of the loop's ticker
     * @return false if it concerns no service and no session, and was not changed: the attachment lets it pass
     */
    boolean handle(Packet packet, long now);

    /**
     * Whether packets between these two addresses can concern this handler at all. An inline attachment keeps fragments
     * back only for those; a handler that cannot say says yes.
     */
    default boolean concerns(Packet fragment) {
        return true;
    }
}

package dev.understudy.dispatcher.attach;

/**
 * Who uses which port under our network-side address. Sessions and flows that pass through share that address, and each
 * asks the other before it takes a port, so that an incoming packet is never claimed by both.
 */
@FunctionalInterface
public interface FlowOwner {
    /** Nobody else is there. */
    FlowOwner NONE = (protocol, port, remoteHi, remoteLo, remotePort) -> false;

    /** Whether packets of {@code protocol} from that remote end to our {@code port} are taken. */
    boolean owns(int protocol, int port, long remoteHi, long remoteLo, int remotePort);
}

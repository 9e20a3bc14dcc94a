package dev.understudy.dispatcher.config;

/** What a client asks for, as a service names it: a network (often one address) and a range of ports (often one). */
public record Original(Subnet network, PortRange ports) {
    public boolean contains(long hi, long lo, int port) {
        return ports.contains(port) && network.contains(hi, lo);
    }

    @Override
    public String toString() {
        String address = network.toString();
        boolean single = network.prefix() == (network.address().isIpv4() ? 32 : 128);
        String shown = single ? network.address().toString() : address;
        return (network.address().isIpv4() ? shown : "[" + shown + "]") + ":" + ports;
    }
}

package dev.understudy.dispatcher.config;

import dev.understudy.stack.wire.IpAddress;
import java.util.List;
import java.util.Optional;

/**
 * A whole configuration, checked: what the YAML of DESIGN 8 becomes. Immutable; a reload makes a new one.
 *
 * @param control where the control API listens; empty for the usual place
 * @param setup whether the kernel's side (addresses, routes, forwarding, masquerade) is set up and undone by us
 */
public record Config(
        Attach attach,
        ClientSide client,
        NetworkSide network,
        Setup setup,
        List<ServiceConfig> services,
        Optional<ControlAccess> control,
        Limits limits) {

    public enum Attach {
        ROUTED,
        INLINE
    }

    public enum Setup {
        AUTO,
        NONE
    }

    public Config {
        services = List.copyOf(services);
    }

    /** A link as configuration names it: {@code tap:us0,offload=off}, {@code tun:us0}. */
    public record LinkSpec(String kind, String name, boolean offload) {
        /** Whether it has no Ethernet. */
        public boolean bare() {
            return kind.equals("tun");
        }

        @Override
        public String toString() {
            return kind + ":" + name + (offload ? "" : ",offload=off");
        }
    }

    /**
     * The face toward the clients.
     *
     * @param address ours on that side; empty when inline
     * @param gateway the kernel's end of the link, for {@code setup: auto}
     * @param address6 ours in IPv6, beside {@code address} or alone
     * @param gateway6 the same for it
     */
    public record ClientSide(
            LinkSpec link,
            Optional<Subnet> address,
            Optional<IpAddress> gateway,
            Optional<Subnet> address6,
            Optional<IpAddress> gateway6) {
        /** A side with an address of one family, or none. */
        public ClientSide(LinkSpec link, Optional<Subnet> address, Optional<IpAddress> gateway) {
            this(link, address, gateway, Optional.empty(), Optional.empty());
        }

        /** A side whose kernel end is not ours to set up. */
        public ClientSide(LinkSpec link, Optional<Subnet> address) {
            this(link, address, Optional.empty());
        }
    }

    /**
     * The face toward the servers.
     *
     * @param address ours on that side (routed), or the client's own when inline and known beforehand
     * @param nat whether packets leave with our network-side address
     * @param address6 ours in IPv6, beside {@code address} or alone
     * @param gateway6 the same for it
     */
    public record NetworkSide(
            LinkSpec link,
            Optional<Subnet> address,
            Optional<IpAddress> gateway,
            boolean nat,
            Optional<Subnet> address6,
            Optional<IpAddress> gateway6) {
        /** A side with an address of one family, or none. */
        public NetworkSide(
                LinkSpec link, Optional<Subnet> address, Optional<IpAddress> gateway, boolean nat) {
            this(link, address, gateway, nat, Optional.empty(), Optional.empty());
        }
    }
}

package dev.understudy.dispatcher.config;

import dev.understudy.dispatcher.config.Config.Attach;
import dev.understudy.dispatcher.config.Config.ClientSide;
import dev.understudy.dispatcher.config.Config.LinkSpec;
import dev.understudy.dispatcher.config.Config.NetworkSide;
import dev.understudy.dispatcher.config.Config.Setup;
import dev.understudy.stack.wire.IpAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Reads {@code client:} and {@code network:}, and checks that the two faces can exist together: different links, addresses
 * that are hosts', networks that do not overlap, a gateway that is on the link.
 */
final class SidesReader {
    private static final String AN_ADDRESS = "our address on that link with its prefix, such as ";

    private final Findings findings;
    private final Scalars scalars;
    private final Attach attach;
    private final Setup setup;

    SidesReader(Findings findings, Attach attach, Setup setup) {
        this.findings = findings;
        this.scalars = new Scalars(findings);
        this.attach = attach;
        this.setup = setup;
    }

    /** The two sides; meaningless (but not absent) where there are findings. */
    record Sides(ClientSide client, NetworkSide network) {
        boolean haveIpv6() {
            return client.address6().isPresent() && network.address6().isPresent();
        }

        /** One of them has an address in IPv6 alone, so that nothing goes from one to the other in IPv4. */
        boolean onlyIpv6() {
            return client.address().isEmpty() && client.address6().isPresent()
                    || network.address().isEmpty() && network.address6().isPresent();
        }
    }

    Optional<Sides> read(Optional<Node> clientNode, Optional<Node> networkNode) {
        Optional<ClientSide> client = clientNode.flatMap(this::client);
        Optional<NetworkSide> network = networkNode.flatMap(node -> network(node, client));
        return client.isEmpty() || network.isEmpty()
                ? Optional.empty()
                : Optional.of(new Sides(client.get(), network.get()));
    }

    private Optional<ClientSide> client(Node node) {
        Section section =
                new Section(
                        "client",
                        node,
                        findings,
                        List.of("link", "address", "gateway", "address6", "gateway6"),
                        List.of());
        Optional<LinkSpec> link = link(section, "tap:us0");
        Optional<Subnet> address = address(section, "10.111.0.2/24");
        Optional<IpAddress> gateway = gateway(section, "gateway", address);
        for (String key : List.of("gateway", "gateway6")) {
            if (section.has(key) && (attach != Attach.ROUTED || setup != Setup.AUTO)) {
                findings.at(
                        section.where(key),
                        "'"
                                + key
                                + "' in client is the kernel's end of the link, for 'setup: auto'"
                                + " only; answers go back to the neighbour that a client's packets"
                                + " came from.");
            }
        }
        Optional<Subnet> address6 = address6(section, "fd00:111::2/64");
        Optional<IpAddress> gateway6 = gateway(section, "gateway6", address6);
        return link.map(spec -> new ClientSide(spec, address, gateway, address6, gateway6));
    }

    private Optional<NetworkSide> network(Node node, Optional<ClientSide> client) {
        Section section =
                new Section(
                        "network",
                        node,
                        findings,
                        List.of("link", "address", "gateway", "address6", "gateway6", "nat"),
                        List.of());
        Optional<LinkSpec> link = link(section, "tap:us1");
        Optional<Subnet> address = address(section, "10.112.0.2/24");
        Optional<IpAddress> gateway = gateway(section, "gateway", address);
        boolean nat = nat(section);
        client.map(side -> side.link().name())
                .filter(name -> link.filter(ours -> ours.name().equals(name)).isPresent())
                .ifPresent(
                        name ->
                                findings.at(
                                        section.where("link"),
                                        "'client' and 'network' need two links, and both are '"
                                                + name
                                                + "'."));
        overlap(section, "address", client.flatMap(ClientSide::address), address);
        Optional<Subnet> address6 = address6(section, "fd00:112::2/64");
        Optional<IpAddress> gateway6 = gateway(section, "gateway6", address6);
        overlap(section, "address6", client.flatMap(ClientSide::address6), address6);
        if (attach == Attach.ROUTED && setup == Setup.NONE) {
            String key = section.has("address") || address6.isEmpty() ? "gateway" : "gateway6";
            section.required(key, "the next hop to the servers, as setup is 'none'");
        }
        if (attach == Attach.ROUTED && client.isPresent()) {
            common(section, client.get(), address, address6);
        }
        return link.map(spec -> new NetworkSide(spec, address, gateway, nat, address6, gateway6));
    }

    private void common(
            Section network, ClientSide client, Optional<Subnet> ours, Optional<Subnet> ours6) {
        boolean ipv4 = client.address().isPresent() && ours.isPresent();
        boolean ipv6 = client.address6().isPresent() && ours6.isPresent();
        boolean any =
                client.address().or(client::address6).isPresent()
                        && ours.or(() -> ours6).isPresent();
        if (any && !ipv4 && !ipv6) {
            findings.at(
                    network.where(ours.isPresent() ? "address" : "address6"),
                    "the two sides have no family in common: expected 'address' under both, or"
                            + " 'address6' under both.");
        }
    }

    private void overlap(
            Section section, String key, Optional<Subnet> theirs, Optional<Subnet> ours) {
        if (attach == Attach.ROUTED
                && theirs.isPresent()
                && ours.filter(theirs.get()::overlaps).isPresent()) {
            findings.at(
                    section.where(key),
                    "the two sides need different networks, and "
                            + ours.get().network()
                            + " overlaps "
                            + theirs.get().network()
                            + ".");
        }
    }

    /** Ours in IPv6, beside the one in IPv4 or alone; without it, IPv6 is not routed. */
    private Optional<Subnet> address6(Section side, String example) {
        Optional<Node> node = side.optional("address6");
        if (node.isPresent() && attach == Attach.INLINE) {
            findings.at(
                    side.where("address6"),
                    "'address6' needs 'attach: routed'; inline keeps the client's own address.");
        }
        return node.flatMap(
                value ->
                        scalars.parsed(
                                value, AN_ADDRESS + example, text -> subnet6(text, example)));
    }

    private static Subnet subnet6(String text, String example) {
        int slash = text.indexOf('/');
        if (slash < 0 || text.indexOf(':') < 0) {
            throw new IllegalArgumentException(
                    "'"
                            + Scalars.shorten(text)
                            + "' is not an IPv6 address with its prefix length; expected "
                            + AN_ADDRESS
                            + example
                            + ".");
        }
        Subnet subnet = new HostPort(text, Optional.empty()).subnet();
        if (subnet.prefix() > 126) {
            throw new IllegalArgumentException(
                    "the network " + subnet + " has no room for the kernel's end of the link.");
        }
        return subnet;
    }

    private boolean nat(Section network) {
        boolean byDefault = attach == Attach.ROUTED;
        boolean nat = network.optional("nat").flatMap(scalars::bool).orElse(byDefault);
        if (attach == Attach.ROUTED && !nat && setup == Setup.AUTO) {
            findings.at(
                    network.where("nat"),
                    "'nat: false' needs 'setup: none': without source NAT the routes back to the"
                            + " clients are yours to set.");
        }
        if (attach == Attach.INLINE && nat) {
            findings.at(
                    network.where("nat"),
                    "'nat: true' needs 'attach: routed'; inline keeps the client's own address.");
        }
        return nat;
    }

    private Optional<LinkSpec> link(Section side, String example) {
        return side.required("link", "a link such as " + example)
                .flatMap(
                        node -> scalars.parsed(node, "a link such as " + example, this::parseLink));
    }

    private LinkSpec parseLink(String text) {
        int colon = text.indexOf(':');
        String kind = colon < 0 ? "" : text.substring(0, colon);
        if (!kind.equals("tap") && !kind.equals("tun")) {
            throw new IllegalArgumentException(
                    "'"
                            + Scalars.shorten(text)
                            + "' is not a link; expected tap:NAME or tap:NAME,offload=off.");
        }
        if (kind.equals("tun") && attach == Attach.INLINE) {
            throw new IllegalArgumentException(
                    "'"
                            + Scalars.shorten(text)
                            + "' has no Ethernet, which 'attach: inline' needs; expected"
                            + " tap:NAME.");
        }
        String[] parts = text.substring(colon + 1).split(",", -1);
        String name = parts[0];
        if (!name.matches("[A-Za-z0-9_.-]{1,15}") || name.equals(".") || name.equals("..")) {
            throw new IllegalArgumentException(
                    "'"
                            + Scalars.shorten(name)
                            + "' is not a device name; expected 1 to 15 letters, digits, '-', '_'"
                            + " or '.'.");
        }
        boolean offload = true;
        for (int i = 1; i < parts.length; i++) {
            Boolean value = Map.of("offload=on", true, "offload=off", false).get(parts[i]);
            if (value == null) {
                throw new IllegalArgumentException(
                        "'"
                                + Scalars.shorten(parts[i])
                                + "' is not an option of a link; "
                                + Nearest.hint(parts[i], List.of("offload=on", "offload=off")));
            }
            offload = value;
        }
        return new LinkSpec(kind, name, offload);
    }

    private Optional<Subnet> address(Section side, String example) {
        boolean needed = attach == Attach.ROUTED && !side.has("address6");
        String expected = AN_ADDRESS + example + ", or 'address6'";
        Optional<Node> node =
                needed ? side.required("address", expected) : side.optional("address");
        return node.flatMap(
                value ->
                        scalars.parsed(
                                value, AN_ADDRESS + example, text -> hostSubnet(text, example)));
    }

    private Subnet hostSubnet(String text, String example) {
        if (text.indexOf('/') < 0) {
            throw new IllegalArgumentException(
                    "'"
                            + Scalars.shorten(text)
                            + "' has no prefix length; expected "
                            + AN_ADDRESS
                            + example
                            + ".");
        }
        Subnet subnet = new HostPort(text, Optional.empty()).subnet();
        if (!subnet.address().isIpv4()) {
            throw new IllegalArgumentException(
                    "an IPv6 address stands under 'address6'; here is the place of an IPv4 one such"
                            + " as "
                            + example
                            + ".");
        }
        if (!subnet.isHost()) {
            throw new IllegalArgumentException(
                    subnet.address()
                            + " is the network's own or its broadcast address; expected a host's,"
                            + " such as "
                            + subnet.firstOtherHost().orElseThrow()
                            + "/"
                            + subnet.prefix()
                            + ".");
        }
        if (attach == Attach.ROUTED && setup == Setup.AUTO && subnet.prefix() > 31) {
            throw new IllegalArgumentException(
                    "the network "
                            + subnet
                            + " has no room for the kernel's end of the link; expected /30 or"
                            + " shorter.");
        }
        return subnet;
    }

    /** With {@code setup: auto} the kernel's end of the link is the gateway, by default the first other host. */
    private Optional<IpAddress> gateway(Section side, String key, Optional<Subnet> address) {
        Optional<IpAddress> given =
                side.optional(key)
                        .flatMap(
                                node ->
                                        scalars.parsed(
                                                node,
                                                "an address on the link, such as 10.112.0.1",
                                                text -> onLink(HostPort.address(text), address)));
        if (given.isPresent() || attach != Attach.ROUTED || setup != Setup.AUTO) {
            return given;
        }
        return address.flatMap(Subnet::firstOtherHost);
    }

    private static IpAddress onLink(IpAddress gateway, Optional<Subnet> address) {
        address.ifPresent(
                ours -> {
                    if (!ours.contains(gateway)) {
                        throw new IllegalArgumentException(
                                "the gateway "
                                        + gateway
                                        + " is outside of our network "
                                        + ours.network()
                                        + ".");
                    }
                    if (ours.address().equals(gateway)) {
                        throw new IllegalArgumentException(
                                "the gateway "
                                        + gateway
                                        + " is our own address; expected another one.");
                    }
                });
        return gateway;
    }
}

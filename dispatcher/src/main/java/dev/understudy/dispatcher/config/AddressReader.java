package dev.understudy.dispatcher.config;

import dev.understudy.dispatcher.config.Config.Attach;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.IpAddress;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Reads originals and servers. A name becomes all of its addresses: of an original each is an original, of a server each is
 * a server. Translation is within one family, so a name gives addresses of the family that its service has.
 */
final class AddressReader {
    private static final String ORIGINAL =
            "ADDRESS:PORT, CIDR:PORT, ADDRESS:FIRST-LAST or NAME:PORT, such as 203.0.113.10:80";
    private static final String SERVER = "ADDRESS:PORT or NAME:PORT, such as 10.20.0.11:80";

    private final Findings findings;
    private final Scalars scalars;
    private final HostResolver resolver;
    private final Attach attach;
    private final boolean ipv4;
    private final boolean ipv6;

    /** @param ipv6 whether both sides can do IPv6 */
    AddressReader(
            Findings findings, HostResolver resolver, Attach attach, boolean ipv4, boolean ipv6) {
        this.findings = findings;
        this.scalars = new Scalars(findings);
        this.resolver = resolver;
        this.attach = attach;
        this.ipv4 = ipv4;
        this.ipv6 = ipv6;
    }

    /** None if there was something to find. */
    List<Original> originals(Node node) {
        if (looksLikeBareIpv6(node)) {
            return List.of();
        }
        return scalars.parsed(node, ORIGINAL, this::parseOriginals).orElse(List.of());
    }

    private List<Original> parseOriginals(String text) {
        HostPort split = HostPort.split(text);
        String ports =
                split.ports()
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                "'"
                                                        + Scalars.shorten(text)
                                                        + "' has no port; expected "
                                                        + ORIGINAL
                                                        + "."));
        PortRange range = HostPort.portRange(ports);
        List<Original> originals = new ArrayList<>();
        if (split.isName()) {
            List<IpAddress> all = split.resolve(resolver);
            boolean four = ipv4 && (!ipv6 || all.stream().anyMatch(IpAddress::isIpv4));
            for (IpAddress address : ofFamily(split.host(), all, four)) {
                originals.add(new Original(new Subnet(address, four ? 32 : 128), range));
            }
        } else {
            originals.add(new Original(checked(split.subnet()), range));
        }
        return originals;
    }

    private Subnet checked(Subnet subnet) {
        if (!subnet.equals(subnet.network())) {
            throw new IllegalArgumentException(
                    subnet + " has bits beyond its prefix; did you mean " + subnet.network() + "?");
        }
        InetAddress address = subnet.address().toInetAddress();
        boolean single = subnet.prefix() == (subnet.address().isIpv4() ? 32 : 128);
        if (single && address.isAnyLocalAddress() || address.isMulticastAddress()) {
            throw new IllegalArgumentException(
                    subnet.address() + " is no address that a client connects to.");
        }
        if (attach == Attach.ROUTED && address.isLoopbackAddress()) {
            throw new IllegalArgumentException(
                    subnet.address()
                            + " is a loopback address, which never leaves the client; expected"
                            + " another.");
        }
        if (!ipv6 && !subnet.address().isIpv4()) {
            throw new IllegalArgumentException(
                    "an IPv6 original with 'attach: routed' needs 'address6' under client and under"
                            + " network.");
        }
        if (!ipv4 && subnet.address().isIpv4()) {
            throw new IllegalArgumentException(
                    "an IPv4 original with 'attach: routed' needs 'address' under client and under"
                            + " network.");
        }
        return subnet;
    }

    private static List<IpAddress> ofFamily(String host, List<IpAddress> all, boolean ipv4) {
        List<IpAddress> matching = all.stream().filter(a -> a.isIpv4() == ipv4).toList();
        if (matching.isEmpty()) {
            throw new IllegalArgumentException(
                    "the name '" + host + "' has no " + (ipv4 ? "IPv4" : "IPv6") + " address.");
        }
        return matching;
    }

    /**
     * None if there was something to find.
     *
     * @param ipv4 the family of the service's originals, where it is known
     */
    List<ServerConfig> servers(String where, Node node, Optional<Boolean> ipv4) {
        if (node instanceof ScalarNode) {
            return servers(node, ipv4, 1, false, Optional.empty());
        }
        if (looksLikeBareIpv6(node)) {
            return List.of();
        }
        if (!(node instanceof MappingNode)) {
            findings.at(
                    node,
                    "expected "
                            + SERVER
                            + ", or a map with 'address', found "
                            + Scalars.kind(node)
                            + ".");
            return List.of();
        }
        Section section =
                new Section(
                        "a server of " + where,
                        node,
                        findings,
                        List.of("address", "weight", "backup", "site"),
                        List.of());
        int weight = section.optional("weight").flatMap(n -> scalars.integer(n, 1, 1000)).orElse(1);
        boolean backup = section.optional("backup").flatMap(scalars::bool).orElse(false);
        Optional<String> site = section.optional("site").flatMap(scalars::name);
        return section.required("address", SERVER)
                .map(address -> servers(address, ipv4, weight, backup, site))
                .orElse(List.of());
    }

    private List<ServerConfig> servers(
            Node node, Optional<Boolean> ipv4, int weight, boolean backup, Optional<String> site) {
        return scalars.parsed(
                        node,
                        SERVER,
                        text -> {
                            HostPort split = HostPort.split(text);
                            int port = split.ports().map(AddressReader::port).orElse(0);
                            Optional<String> host =
                                    split.isName() ? Optional.of(split.host()) : Optional.empty();
                            List<ServerConfig> servers = new ArrayList<>();
                            for (IpAddress address : serverAddresses(split, ipv4)) {
                                servers.add(
                                        new ServerConfig(
                                                new Endpoint(address, port),
                                                weight,
                                                backup,
                                                host,
                                                site));
                            }
                            return servers;
                        })
                .orElse(List.of());
    }

    private List<IpAddress> serverAddresses(HostPort split, Optional<Boolean> ipv4) {
        if (split.isName()) {
            List<IpAddress> all = split.resolve(resolver);
            return ipv4.isEmpty() ? all : ofFamily(split.host(), all, ipv4.get());
        }
        IpAddress address = HostPort.address(split.host());
        if (ipv4.isPresent() && address.isIpv4() != ipv4.get()) {
            throw new IllegalArgumentException(
                    "the server "
                            + address
                            + " and its service's original are of different families (IPv4, IPv6),"
                            + " which is not supported.");
        }
        InetAddress inet = address.toInetAddress();
        if (inet.isAnyLocalAddress() || inet.isMulticastAddress() || inet.isLoopbackAddress()) {
            throw new IllegalArgumentException(
                    address + " cannot be reached over a link; expected the address of a server.");
        }
        return List.of(address);
    }

    private static int port(String text) {
        PortRange range = HostPort.portRange(text);
        if (range.first() != range.last()) {
            throw new IllegalArgumentException(
                    "'"
                            + text
                            + "' is a range of ports; a server has one, or none to keep the port"
                            + " that the client asked for.");
        }
        return range.first();
    }

    /** {@code [2001:db8::1]:80} without quotes is a YAML list, or a map whose key is one; nobody expects either. */
    private boolean looksLikeBareIpv6(Node node) {
        Node list = node;
        if (node instanceof MappingNode map && map.getValue().size() == 1) {
            list = map.getValue().get(0).getKeyNode();
        }
        if (list instanceof SequenceNode items
                && items.getValue().size() == 1
                && items.getValue().get(0) instanceof ScalarNode only
                && only.getValue().contains(":")) {
            findings.at(
                    node, "put quotes around an IPv6 address: \"[" + only.getValue() + "]:80\".");
            return true;
        }
        return false;
    }
}

package dev.understudy.tools.setup;

import dev.understudy.stack.wire.IpAddress;
import dev.understudy.tools.setup.Undo.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Forwarding and masquerade of what the dispatcher sends. Forwarding is one switch a family for the whole host, because
 * answers come in by whatever device the route has. Where the host was no router before, a chain drops what would be forwarded
 * between other devices, so that it becomes a router for nobody else. A router does not listen to other routers (RFC 4861
 * §6.2.7), unless it is told to: where the host has heard IPv6 advertisements so far, it goes on doing so.
 */
final class Forwarding {
    private static final String MASQUERADE = " oifname != DEVICES masquerade\n";
    private static final Path IPV4 = Path.of("/proc/sys/net/ipv4");
    private static final Path IPV6 = Path.of("/proc/sys/net/ipv6");

    /** Values of accept_ra: unless the host is a router, and always. */
    private static final String IF_NO_ROUTER = "1";

    private static final String ALWAYS = "2";

    private final Steps steps;
    private final String clientDevice;
    private final String networkDevice;

    Forwarding(Steps steps, String clientDevice, String networkDevice) {
        this.steps = steps;
        this.clientDevice = clientDevice;
        this.networkDevice = networkDevice;
    }

    /**
     * Both families' forwarding and masquerade.
     *
     * @param ours the address that the dispatcher's packets to servers come from, if it sends any in IPv4
     * @param ours6 the same in IPv6
     */
    void apply(Optional<IpAddress> ours, Optional<IpAddress> ours6) throws IOException {
        List<String> guarded = new ArrayList<>();
        if (ours.isPresent() && !forwarding(IPV4.resolve("ip_forward"), IPV4)) {
            guarded.add("ipv4");
        }
        if (ours6.isPresent()) {
            Path all = IPV6.resolve("conf/all/forwarding");
            listenOn(all);
            if (!forwarding(all, IPV6)) {
                guarded.add("ipv6");
            }
        }
        filter(ours, ours6, guarded);
    }

    private boolean isOn(Path file) {
        return steps.shell().read(file).filter("1"::equals).isPresent();
    }

    private boolean isOurs(String device) {
        return device.equals(clientDevice) || device.equals(networkDevice);
    }

    /** The devices by which the host hears of routers are to do so even when it forwards. */
    private void listenOn(Path forwarding) throws IOException {
        if (isOn(forwarding)) {
            return;
        }
        Path conf = IPV6.resolve("conf");
        for (String device : steps.shell().list(conf)) {
            Path file = conf.resolve(device).resolve("accept_ra");
            boolean listens = steps.shell().read(file).filter(IF_NO_ROUTER::equals).isPresent();
            if (listens && !isOurs(device) && isPlain(file)) {
                steps.sysctl(file, ALWAYS);
            }
        }
    }

    /**
     * Switches forwarding on. The kernel's one switch sets every device's own, so these are recorded first.
     *
     * @param family where the family's settings are
     * @return whether it was on
     */
    private boolean forwarding(Path all, Path family) throws IOException {
        if (isOn(all)) {
            return true;
        }
        Path conf = family.resolve("conf");
        List<Path> alsoSet = new ArrayList<>(List.of(conf.resolve("all/accept_redirects")));
        for (String device : steps.shell().list(conf)) {
            if (!device.equals("all") && !isOurs(device)) {
                alsoSet.add(conf.resolve(device).resolve("forwarding"));
            }
        }
        for (Path file : alsoSet) {
            Optional<String> value = steps.shell().read(file);
            if (value.isPresent() && isPlain(file)) {
                steps.record(Undo.of(Kind.SYSCTL, file.toString(), value.get()));
            }
        }
        steps.sysctl(all, "1");
        return false;
    }

    /** Whether a file's name is one that can be recorded. */
    private static boolean isPlain(Path file) {
        return file.toString().matches("[A-Za-z0-9_./-]+");
    }

    private void filter(Optional<IpAddress> ours, Optional<IpAddress> ours6, List<String> guarded)
            throws IOException {
        String name =
                "understudy_"
                        + (clientDevice + "_" + networkDevice)
                                .toLowerCase(Locale.ROOT)
                                .replaceAll("[^a-z0-9]", "_");
        String devices = "{ \"" + clientDevice + "\", \"" + networkDevice + "\" }";
        String guard =
                guarded.isEmpty()
                        ? ""
                        : """
                          chain not_a_router {
                            type filter hook forward priority filter; policy accept;
                            iifname DEVICES accept
                            oifname DEVICES accept
                            meta nfproto { FAMILIES } drop
                          }
                        """
                                .replace("FAMILIES", String.join(", ", guarded));
        String masquerade =
                ours.map(address -> "    ip saddr " + address + MASQUERADE).orElse("")
                        + ours6.map(address -> "    ip6 saddr " + address + MASQUERADE).orElse("");
        String table =
                """
                table inet NAME {
                  chain to_servers {
                    type nat hook postrouting priority srcnat; policy accept;
                MASQUERADE  }
                GUARD}
                """
                        .replace("NAME", name)
                        .replace("MASQUERADE", masquerade)
                        .replace("GUARD", guard)
                        .replace("DEVICES", devices);
        steps.record(Undo.of(Kind.NFT, name));
        steps.nft(table);
    }
}

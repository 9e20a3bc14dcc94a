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
 * Forwarding and masquerade of what the dispatcher sends. Forwarding is one switch for the whole host, because answers come
 * in by whatever device the route has. Where the host was no router before, a chain drops what would be forwarded between
 * other devices, so that it becomes a router for nobody else.
 */
final class Forwarding {
    private static final Path IPV4 = Path.of("/proc/sys/net/ipv4");

    private final Steps steps;
    private final String clientDevice;
    private final String networkDevice;

    Forwarding(Steps steps, String clientDevice, String networkDevice) {
        this.steps = steps;
        this.clientDevice = clientDevice;
        this.networkDevice = networkDevice;
    }

    /** @param ours the address that the dispatcher's packets to servers come from */
    void apply(IpAddress ours) throws IOException {
        filter(ours, forwarding());
    }

    /**
     * Switches forwarding on. The kernel's one switch sets every device's own, so these are recorded first.
     *
     * @return whether it was on
     */
    private boolean forwarding() throws IOException {
        Path all = IPV4.resolve("ip_forward");
        if (steps.shell().read(all).filter("1"::equals).isPresent()) {
            return true;
        }
        Path conf = IPV4.resolve("conf");
        List<Path> alsoSet = new ArrayList<>(List.of(conf.resolve("all/accept_redirects")));
        for (String device : steps.shell().list(conf)) {
            boolean ours = device.equals(clientDevice) || device.equals(networkDevice);
            if (!device.equals("all") && !ours) {
                alsoSet.add(conf.resolve(device).resolve("forwarding"));
            }
        }
        for (Path file : alsoSet) {
            Optional<String> value = steps.shell().read(file);
            if (value.isPresent() && file.toString().matches("[A-Za-z0-9_./-]+")) {
                steps.record(Undo.of(Kind.SYSCTL, file.toString(), value.get()));
            }
        }
        steps.sysctl(all, "1");
        return false;
    }

    private void filter(IpAddress ours, boolean wasRouter) throws IOException {
        String name =
                "understudy_"
                        + (clientDevice + "_" + networkDevice)
                                .toLowerCase(Locale.ROOT)
                                .replaceAll("[^a-z0-9]", "_");
        String devices = "{ \"" + clientDevice + "\", \"" + networkDevice + "\" }";
        String guard =
                wasRouter
                        ? ""
                        : """
                          chain not_a_router {
                            type filter hook forward priority filter; policy accept;
                            iifname DEVICES accept
                            oifname DEVICES accept
                            drop
                          }
                        """
                                .replace("DEVICES", devices);
        String table =
                """
                table inet NAME {
                  chain to_servers {
                    type nat hook postrouting priority srcnat; policy accept;
                    ip saddr OURS oifname != DEVICES masquerade
                  }
                GUARD}
                """
                        .replace("NAME", name)
                        .replace("OURS", ours.toString())
                        .replace("DEVICES", devices)
                        .replace("GUARD", guard);
        steps.record(Undo.of(Kind.NFT, name));
        steps.nft(table);
    }
}

package dev.understudy.tools.bench;

import dev.understudy.tools.net.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The peers that need no link of ours: the kernel's router, the kernel's NAT, a proxy on sockets, a user-space NAT. */
final class Peers {
    private Peers() {}

    private static Path need(String program) throws Contestant.MissingException {
        return BenchNetwork.program(program)
                .orElseThrow(() -> new Contestant.MissingException(program + " is not installed"));
    }

    /** The kernel forwards between two interfaces: what the wire itself allows here. */
    record KernelRouting() implements Contestant {
        @Override
        public String name() {
            return "kernel routing";
        }

        @Override
        public String open(BenchNetwork network) {
            return "10.2.0.1";
        }

        @Override
        public void close() {
            // It is part of the network.
        }
    }

    /** Destination NAT in the kernel, with connection tracking. */
    record NftDnat() implements Contestant {
        @Override
        public String name() {
            return "nft DNAT";
        }

        @Override
        public String open(BenchNetwork network) throws IOException, MissingException {
            String nft = need("nft").toString();
            Host middle = network.middle();
            middle.run(nft, "add table ip bench");
            middle.run(nft, "add chain ip bench pre { type nat hook prerouting priority dstnat; }");
            middle.run(nft, "add rule ip bench pre ip daddr 198.51.100.1 dnat to 10.2.0.1");
            return "198.51.100.1";
        }

        @Override
        public void close() {
            // Ends with the namespace.
        }
    }

    /** HAProxy in TCP mode: two sockets and a copy, the usual way to survive a dying server. */
    record HaProxy() implements Contestant {
        @Override
        public String name() {
            return "HAProxy TCP";
        }

        @Override
        public String open(BenchNetwork network) throws IOException, MissingException {
            String haproxy = need("haproxy").toString();
            Path config = network.directory().resolve("haproxy.cfg");
            Files.writeString(
                    config,
                    """
                    global
                      maxconn 4000
                    defaults
                      mode tcp
                      timeout connect 2s
                      timeout client 60s
                      timeout server 60s
                    listen iperf
                      bind 198.51.100.2:%1$d
                      server s1 10.2.0.1:%1$d
                    listen http
                      bind 198.51.100.2:%2$d
                      server s1 10.2.0.1:%2$d
                    """
                            .formatted(BenchNetwork.IPERF_PORT, BenchNetwork.HTTP_PORT));
            network.middle().address("lo", "198.51.100.2/32");
            network.start(network.middle(), haproxy, "-db", "-f", config.toString());
            network.await(network.middle(), BenchNetwork.IPERF_PORT);
            network.await(network.middle(), BenchNetwork.HTTP_PORT);
            return "198.51.100.2";
        }

        @Override
        public void close() {
            // Ends with the network.
        }
    }

    /** slirp4netns: a TCP/IP stack in user space that ends connections and opens sockets of its own. */
    record Slirp() implements Contestant {
        @Override
        public String name() {
            return "slirp4netns";
        }

        @Override
        public String open(BenchNetwork network) throws IOException, MissingException {
            String slirp = need("slirp4netns").toString();
            Host outside = network.topology().host("slirp");
            network.topology().wire(outside, "eth0", network.server(), "slirp0");
            outside.address("eth0", "10.3.0.2/24");
            network.server().address("slirp0", "10.3.0.1/24");
            network.start(
                    outside,
                    slirp,
                    "--configure",
                    "--mtu=1500",
                    "--netns-type=path",
                    network.client().namespace().path().toString(),
                    "slirp-tap");
            awaitDevice(network.client());
            network.client().route("10.3.0.0/24 via 10.0.2.2 dev slirp-tap");
            return "10.3.0.1";
        }

        private static void awaitDevice(Host client) throws IOException {
            for (int i = 0; i < 200; i++) {
                if (client.run("ip", "-o", "address").contains("10.0.2.100")) {
                    return;
                }
                try {
                    java.util.concurrent.TimeUnit.MILLISECONDS.sleep(25);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IOException("interrupted", e);
                }
            }
            throw new IOException("slirp4netns did not set its TAP device up");
        }

        @Override
        public void close() {
            // Ends with the network.
        }
    }
}

package dev.understudy.tools.bench;

import dev.understudy.tools.net.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The peers that need no link of ours: the kernel's router, the kernel's NAT, a proxy on sockets, a user-space NAT. */
final class Peers {
    private Peers() {}

    private static Path need(String program) throws Contestant.MissingException {
        return Workbench.program(program)
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

    /** The kernel's own stack at both ends of a pair of interfaces. */
    record KernelOverVeth() implements Contestant {
        @Override
        public String name() {
            return "kernel over veth";
        }

        @Override
        public String open(BenchNetwork network) throws IOException {
            network.topology().wire(network.client(), "direct0", network.server(), "direct1");
            network.client().address("direct0", "10.4.0.1/24");
            network.server().address("direct1", "10.4.0.2/24");
            return "10.4.0.2";
        }

        @Override
        public void close() {
            // Ends with the network.
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

    /**
     * slirp4netns: a TCP/IP stack in user space that ends connections and opens sockets of its own.
     *
     * @param number tells several of these apart: their devices and networks
     */
    record Slirp(String name, int number, int mtu) implements Contestant {
        @Override
        public String open(BenchNetwork network) throws IOException, MissingException {
            String slirp = need("slirp4netns").toString();
            Host outside = network.topology().host("slirp" + number);
            String net = "10.3." + number + ".";
            network.topology().wire(outside, "eth0", network.server(), "slirp" + number);
            outside.address("eth0", net + "2/24");
            network.server().address("slirp" + number, net + "1/24");
            String inner = "10.0." + number + ".";
            network.start(
                    outside,
                    slirp,
                    "--configure",
                    "--mtu=" + mtu,
                    "--cidr=" + inner + "0/24",
                    "--netns-type=path",
                    network.client().namespace().path().toString(),
                    "slirp-tap" + number);
            awaitDevice(network.client(), inner + "100");
            network.client().route(net + "0/24 via " + inner + "2 dev slirp-tap" + number);
            return net + "1";
        }

        private static void awaitDevice(Host client, String address) throws IOException {
            for (int i = 0; i < 200; i++) {
                if (client.run("ip", "-o", "address").contains(address)) {
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

package dev.understudy.tools.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.understudy.stack.link.Kernel;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whether a host is reached is seen by its kernel's refusal: nobody listens anywhere. */
@Tag("kernel")
final class TopologyTest {
    private static final int MILLIS = 3_000;

    @BeforeEach
    void privilege() {
        Kernel.requireNamespaces();
    }

    @Test
    void aRouterLeadsFromOneWireToAnother() throws IOException {
        try (Topology routed = new Topology()) {
            Host router = routed.host("router").forward();
            Host left = routed.host("left");
            Host right = routed.host("right");
            routed.wire(left, "eth0", router, "l").wire(router, "r", right, "eth0");
            router.address("l", "10.1.0.1/24").address("r", "10.2.0.1/24");
            left.address("eth0", "10.1.0.2/24").route("default via 10.1.0.1");
            right.address("eth0", "10.2.0.2/24").route("default via 10.2.0.1");

            assertReaches(left, "10.2.0.2");
        }
    }

    @Test
    void aBridgeMakesOneSegmentOfItsWires() throws IOException {
        try (Topology inline = new Topology()) {
            Host bridge = inline.host("bridge");
            Host left = inline.host("left");
            Host right = inline.host("right");
            inline.wire(left, "eth0", bridge, "l").wire(bridge, "r", right, "eth0");
            bridge.bridge("br0", "l", "r");
            left.address("eth0", "10.1.0.2/24");
            right.address("eth0", "10.1.0.3/24");

            assertReaches(left, "10.1.0.3");
        }
    }

    @Test
    void anUnreachableRouteSaysNo() throws IOException {
        try (Topology alone = new Topology()) {
            Host host = alone.host("host").route("unreachable 10.1.0.0/24");

            assertThatThrownBy(() -> connect(host, "10.1.0.1"))
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(ConnectException.class);
        }
    }

    @Test
    void aCommandThatFailsIsQuotedWithWhatItSaid() throws IOException {
        try (Topology alone = new Topology()) {
            Host host = alone.host("host");

            assertThatThrownBy(() -> host.address("eth7", "10.1.0.1/24"))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("eth7");
        }
    }

    @Test
    void hostsAreFoundByNameAndNamedOnce() throws IOException {
        try (Topology alone = new Topology()) {
            Host host = alone.host("host");

            assertThat(alone.find("host")).containsSame(host);
            assertThat(alone.find("guest")).isEmpty();
            assertThatThrownBy(() -> alone.host("host"))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static void assertReaches(Host from, String address) {
        assertThatThrownBy(() -> connect(from, address))
                .isInstanceOf(ConnectException.class)
                .hasMessageContaining("refused");
    }

    private static void connect(Host from, String address) throws IOException {
        from.namespace()
                .call(
                        () -> {
                            try (Socket socket = new Socket()) {
                                socket.connect(new InetSocketAddress(address, 9), MILLIS);
                                return socket.isConnected();
                            }
                        });
    }
}

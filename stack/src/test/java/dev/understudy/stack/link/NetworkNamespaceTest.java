package dev.understudy.stack.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class NetworkNamespaceTest {
    @BeforeEach
    void namespaces() {
        Kernel.requireNamespaces();
    }

    @Test
    void newNamespaceHasNothingButItsLoopback() throws Exception {
        try (NetworkNamespace namespace = NetworkNamespace.create("a")) {
            assertThat(namespace.ip("-o link")).startsWith("1: lo: <LOOPBACK,UP").hasLineCount(1);
        }
    }

    @Test
    void childrenAndThreadsLiveInsideAndSocketsStayThere() throws Exception {
        try (NetworkNamespace namespace = NetworkNamespace.create("a")) {
            String expected = Files.readSymbolicLink(namespace.path()).toString();
            String outside = Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString();
            assertThat(namespace.run("readlink", "/proc/self/ns/net").trim())
                    .isEqualTo(expected)
                    .isNotEqualTo(outside);

            CompletableFuture<String> seen = new CompletableFuture<>();
            namespace
                    .newThread(
                            () -> {
                                try {
                                    Path self = Path.of("/proc/thread-self/ns/net");
                                    seen.complete(Files.readSymbolicLink(self).toString());
                                } catch (IOException e) {
                                    seen.completeExceptionally(e);
                                }
                            })
                    .start();
            assertThat(seen.get(5, TimeUnit.SECONDS)).isEqualTo(expected);

            // A process builder of the caller's own forks from the thread inside as well.
            assertThat(
                            namespace.call(
                                    () -> {
                                        Process child =
                                                new ProcessBuilder("readlink", "/proc/self/ns/net")
                                                        .start();
                                        try (BufferedReader reader = child.inputReader()) {
                                            return reader.readLine();
                                        }
                                    }))
                    .isEqualTo(expected);
        }
    }

    @Test
    void cableJoinsTwoNamespaces() throws Exception {
        try (NetworkNamespace a = NetworkNamespace.create("a");
                NetworkNamespace b = NetworkNamespace.create("b")) {
            NetworkNamespace.veth(a, "toB", b, "toA");
            a.ip("address add 10.1.0.1/24 dev toB");
            b.ip("address add 10.1.0.2/24 dev toA");
            a.ip("link set toB up");
            b.ip("link set toA up");
            try (ServerSocket server =
                            b.call(
                                    () -> {
                                        ServerSocket socket = new ServerSocket();
                                        socket.bind(new InetSocketAddress("10.1.0.2", 80));
                                        return socket;
                                    });
                    Socket client = a.call(() -> new Socket("10.1.0.2", 80));
                    Socket accepted = server.accept()) {
                assertThat(accepted.getRemoteSocketAddress())
                        .isEqualTo(client.getLocalSocketAddress());
            }
        }
    }

    @Test
    void programThatFailsIsReportedWithWhatItSaid() throws Exception {
        try (NetworkNamespace namespace = NetworkNamespace.create("a")) {
            assertThatThrownBy(() -> namespace.ip("link show nosuch"))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("ip link show nosuch")
                    .hasMessageContaining("does not exist");
        }
    }

    @Test
    void closingKillsOffspringAndLeavesNoDescriptor() throws Exception {
        NetworkNamespace.create("warm-up").close();
        int before = descriptors();
        Process plain;
        Process family;
        ProcessHandle grandchild;
        try (NetworkNamespace namespace = NetworkNamespace.create("a")) {
            plain = namespace.start("sleep", "1000");
            family =
                    namespace.startWithOffspring(
                            new ProcessBuilder("sh", "-c", "sleep 1000 & echo up; wait"));
            try (BufferedReader reader = family.inputReader()) {
                assertThat(reader.readLine()).isEqualTo("up");
            }
            grandchild =
                    family.descendants()
                            .filter(each -> each.children().findAny().isEmpty())
                            .findFirst()
                            .orElseThrow();
            plain.getInputStream().close();
            plain.getErrorStream().close();
            plain.getOutputStream().close();
            family.getErrorStream().close();
            family.getOutputStream().close();
        }
        assertThat(plain.isAlive()).isFalse();
        assertThat(family.isAlive()).isFalse();
        grandchild.onExit().get(5, TimeUnit.SECONDS);
        assertThat(descriptors()).isEqualTo(before);
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(name -> name.equals("netns-a") || name.equals("start-a"));
    }

    /** Of namespaces: the JVM closes pipes of programs that have ended whenever it likes. */
    private static int descriptors() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return (int) open.filter(NetworkNamespaceTest::isNamespace).count();
        }
    }

    private static boolean isNamespace(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().startsWith("net:");
        } catch (IOException closedMeanwhile) {
            return false;
        }
    }
}

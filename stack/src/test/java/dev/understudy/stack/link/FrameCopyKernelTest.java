package dev.understudy.stack.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.ResourceLeakDetector;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two kernels, each behind a TAP device, and the bare copy between them. */
@Tag("kernel")
class FrameCopyKernelTest {
    private static final int TRANSFER_BYTES = 64 << 20;
    private static final Pattern BITS = Pattern.compile("\"bits_per_second\":\\s*([0-9.e+]+)");

    private ResourceLeakDetector.Level level;
    private EventLoopGroup loop;
    private NetworkNamespace west;
    private NetworkNamespace east;
    private TapChannel westTap;
    private TapChannel eastTap;

    @BeforeEach
    void namespaces() throws IOException {
        Kernel.requireTap();
        // Paranoid records every access to a receive buffer: a test of behaviour, not of speed.
        level = ResourceLeakDetector.getLevel();
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
        loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        west = NetworkNamespace.create("west");
        east = NetworkNamespace.create("east");
    }

    @AfterEach
    void end() {
        if (level == null) {
            return;
        }
        loop.shutdownGracefully(20, 5000, TimeUnit.MILLISECONDS).syncUninterruptibly();
        west.close();
        east.close();
        ResourceLeakDetector.setLevel(level);
    }

    private void connect(boolean westOffload, boolean eastOffload) throws Exception {
        westTap = west.call(() -> TapChannel.open("us0", westOffload));
        eastTap = east.call(() -> TapChannel.open("us1", eastOffload));
        FrameCopy.join(westTap, eastTap);
        loop.register(westTap).sync();
        loop.register(eastTap).sync();
        up(west, "us0", 1);
        up(east, "us1", 2);
    }

    private static void up(NetworkNamespace namespace, String name, int host) throws IOException {
        namespace.ip("address add 10.7.0." + host + "/24 dev " + name);
        namespace.ip("address add fd07::" + host + "/64 dev " + name + " nodad");
        namespace.ip("link set " + name + " up");
    }

    @ParameterizedTest(name = "offload west {0}, east {1}, to {2}")
    @CsvSource({
        "true, true, 10.7.0.2",
        "false, false, 10.7.0.2",
        "true, false, 10.7.0.2",
        "false, true, 10.7.0.2",
        "true, true, fd07::2",
        "true, false, fd07::2"
    })
    void transferArrivesUnchanged(boolean westOffload, boolean eastOffload, String address)
            throws Exception {
        connect(westOffload, eastOffload);
        west.run("ping", "-c", "1", "-W", "2", address);
        try (ServerSocket server = east.call(() -> listen(address))) {
            FutureTask<Long> received = new FutureTask<>(() -> receive(server));
            Thread receiver = new Thread(received, "receiver");
            receiver.setDaemon(true);
            receiver.start();
            long sent;
            try (Socket client = west.call(() -> new Socket(address, server.getLocalPort()))) {
                sent = transmit(client.getOutputStream());
            }
            assertThat(received.get(30, TimeUnit.SECONDS)).isEqualTo(sent);
        }
        assertThat(eastTap.counters().txBytes()).isGreaterThan(TRANSFER_BYTES);
    }

    @ParameterizedTest(name = "offload {0}")
    @CsvSource({"true", "false"})
    void streamRunsAtFullSpeed(boolean offload, TestInfo info) throws Exception {
        Kernel.requireProgram("iperf3");
        connect(offload, offload);
        Process server = east.start("iperf3", "-s", "-1", "--forceflush");
        try (BufferedReader lines = server.inputReader()) {
            String line = lines.readLine();
            while (line != null && !line.contains("listening")) {
                line = lines.readLine();
            }
            String report = west.run("iperf3", "-c", "10.7.0.2", "-t", "3", "-J");
            double gigabits = receivedBits(report) / 1e9;
            System.out.printf(
                    Locale.ROOT,
                    "bare copy, TAP to TAP, %s: %.2f Gb/s, dropped %d%n",
                    info.getDisplayName(),
                    gigabits,
                    westTap.counters().txDropped() + eastTap.counters().txDropped());
            assertThat(gigabits).isGreaterThan(0.1);
        }
    }

    private static double receivedBits(String report) {
        Matcher matcher = BITS.matcher(report.substring(report.indexOf("\"sum_received\"")));
        assertThat(matcher.find()).isTrue();
        return Double.parseDouble(matcher.group(1));
    }

    private static ServerSocket listen(String address) throws IOException {
        ServerSocket server = new ServerSocket();
        server.bind(new InetSocketAddress(InetAddress.getByName(address), 0));
        return server;
    }

    private static long transmit(OutputStream out) throws IOException {
        SplittableRandom random = new SplittableRandom(7);
        CRC32 crc = new CRC32();
        byte[] chunk = new byte[1 << 16];
        for (int sent = 0; sent < TRANSFER_BYTES; sent += chunk.length) {
            random.nextBytes(chunk);
            crc.update(chunk);
            out.write(chunk);
        }
        return crc.getValue();
    }

    private static long receive(ServerSocket server) throws IOException {
        CRC32 crc = new CRC32();
        byte[] chunk = new byte[1 << 16];
        try (Socket accepted = server.accept();
                InputStream in = accepted.getInputStream()) {
            for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
                crc.update(chunk, 0, read);
            }
        }
        return crc.getValue();
    }
}

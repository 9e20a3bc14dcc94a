package dev.understudy.tools.host;

import dev.understudy.stack.host.HostChannels;
import dev.understudy.stack.host.HostConfig;
import dev.understudy.stack.host.HostLink;
import dev.understudy.stack.ip.Prefix;
import dev.understudy.stack.link.Impairment;
import dev.understudy.stack.link.ImpairmentHandler;
import dev.understudy.stack.link.LinkException;
import dev.understudy.stack.link.TapChannel;
import dev.understudy.tools.CommandFailure;
import dev.understudy.tools.ExitCode;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A host on a TAP device, on an event loop of its own, from the options of the command. Closing takes the device away. */
final class RunningHost implements AutoCloseable {
    private static final int READY_SECONDS = 10;

    private final EventLoopGroup group;
    private final TapChannel tap;
    private final HostLink link;

    private RunningHost(EventLoopGroup group, TapChannel tap, HostLink link) {
        this.group = group;
        this.tap = tap;
        this.link = link;
    }

    /**
     * Opens the link and starts the host; returns when its addresses may be used.
     *
     * @throws CommandFailure with a sentence and the exit code
     */
    static RunningHost start(HostOptions options) throws IOException, InterruptedException {
        int mtu = options.mtu.orElse(0);
        if (mtu != 0 && (mtu < 1280 || mtu > 65520)) {
            throw new CommandFailure(ExitCode.USAGE, "--mtu takes 1280..65520");
        }
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        try {
            TapChannel tap = TapChannel.open(options.link.name(), options.link.offload());
            HostConfig config =
                    HostConfig.of(options.addresses)
                            .withGateways(options.gateways)
                            .withAutoconfigure(options.autoconfigure);
            HostLink link =
                    HostLink.attach(tap, config, mtu == 0 ? tap.mtu() : mtu, new SecureRandom());
            options.impairment.ifPresent(what -> impair(tap, what, options.seed));
            if (!options.peers.isEmpty()) {
                setUp(options);
            }
            group.register(tap).syncUninterruptibly();
            RunningHost host = new RunningHost(group, tap, link);
            host.awaitReady();
            return host;
        } catch (LinkException e) {
            end(group);
            boolean unexpected = e.reason() == LinkException.Reason.OTHER;
            throw new CommandFailure(
                    unexpected ? ExitCode.FAILURE : ExitCode.MISSING,
                    "understudy: " + e.getMessage(),
                    e);
        } catch (IOException | InterruptedException | RuntimeException e) {
            end(group);
            throw e;
        }
    }

    private static void impair(TapChannel tap, Impairment impairment, long seed) {
        tap.pipeline().addFirst("impairment", new ImpairmentHandler(seed).both(impairment));
    }

    /** The kernel's side. What is set here goes with the interface when it is closed. */
    private static void setUp(HostOptions options) throws IOException, InterruptedException {
        String name = options.link.name();
        if (options.mtu.isPresent()) {
            ip("link", "set", "dev", name, "mtu", options.mtu.get().toString());
        }
        for (Prefix peer : options.peers) {
            List<String> command =
                    new ArrayList<>(List.of("address", "replace", peer.toString(), "dev", name));
            if (!peer.address().isIpv4()) {
                command.add("nodad");
            }
            ip(command.toArray(String[]::new));
        }
        ip("link", "set", "dev", name, "up");
    }

    private static void ip(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new CommandFailure(
                    ExitCode.MISSING,
                    "understudy: --peer needs iproute2. Install it with: sudo apt install iproute2",
                    e);
        }
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new CommandFailure(
                    ExitCode.FAILURE,
                    "understudy: '" + String.join(" ", command) + "' failed: " + said.strip());
        }
    }

    private void awaitReady() throws InterruptedException {
        CountDownLatch ready = new CountDownLatch(1);
        link.loop().execute(() -> link.host().whenReady(ready::countDown));
        if (!ready.await(READY_SECONDS, TimeUnit.SECONDS)) {
            throw new CommandFailure(
                    ExitCode.FAILURE,
                    "understudy: the addresses of the host are not usable on " + tap.name() + ".");
        }
    }

    HostLink link() {
        return link;
    }

    HostChannels channels() {
        return new HostChannels(link);
    }

    @Override
    public void close() {
        tap.close().awaitUninterruptibly(2_000);
        end(group);
    }

    private static void end(EventLoopGroup group) {
        // With a quiet period, because a loop without one may end before it has closed the link.
        group.shutdownGracefully(20, 2_000, TimeUnit.MILLISECONDS).awaitUninterruptibly(3_000);
    }
}

package dev.understudy.tools.run;

import dev.understudy.dispatcher.Understudy;
import dev.understudy.dispatcher.config.Config;
import dev.understudy.dispatcher.config.Config.LinkSpec;
import dev.understudy.dispatcher.config.Config.Setup;
import dev.understudy.dispatcher.control.api.ControlServer;
import dev.understudy.stack.link.LinkException;
import dev.understudy.stack.link.TapChannel;
import dev.understudy.tools.setup.HostSetup;
import dev.understudy.tools.setup.LocalShell;
import dev.understudy.tools.setup.SetupException;
import dev.understudy.tools.setup.StateFiles;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A dispatcher at work on this host: the claim on its two links, the event loop, the links, the dispatcher, and the kernel's
 * side. Taken down in the opposite order, but for the kernel's side: clients' traffic is led back to the ordinary routes
 * while the sessions' last resets can still be delivered.
 */
final class Running implements AutoCloseable {
    private final Optional<HostSetup> setup;
    private final EventLoopGroup group;
    private final Understudy understudy;
    private Config config;
    private Optional<ControlServer> control = Optional.empty();

    private Running(
            Config config, Optional<HostSetup> setup, EventLoopGroup group, Understudy understudy) {
        this.config = config;
        this.setup = setup;
        this.group = group;
        this.understudy = understudy;
    }

    /**
     * Starts. Of a start that fails, nothing is left.
     *
     * @throws LinkException if a link cannot be opened
     * @throws SetupException if the host cannot be set up
     */
    static Running start(Config config) throws LinkException, SetupException {
        Optional<HostSetup> setup =
                config.setup() == Setup.AUTO
                        ? Optional.of(
                                HostSetup.claim(config, new LocalShell(), StateFiles.ofUser()))
                        : Optional.empty();
        EventLoopGroup group = null;
        Understudy understudy = null;
        try {
            TapChannel client = open(config.client().link());
            group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
            group.register(client).syncUninterruptibly();
            TapChannel network = open(config.network().link());
            group.register(network).syncUninterruptibly();
            int most = Math.min(client.mtu(), network.mtu());
            int mtu = setup.map(s -> s.pathMtu(config, most)).orElse(most);
            understudy = Understudy.start(config, client, network, mtu, new SecureRandom());
            if (setup.isPresent()) {
                setup.get().apply(config);
            }
            return new Running(config, setup, group, understudy);
        } catch (LinkException | SetupException | RuntimeException e) {
            stop(setup, understudy, group);
            throw e;
        }
    }

    private static TapChannel open(LinkSpec link) throws LinkException {
        return TapChannel.open(link.name(), link.offload(), link.bare());
    }

    /**
     * Opens the control API.
     *
     * @throws IOException with a sentence, if it cannot be where the configuration wants it
     */
    void openControl(String name, Consumer<String> said) throws IOException {
        control = ControlDoor.open(config.control(), understudy.control(), name, said);
    }

    Understudy understudy() {
        return understudy;
    }

    /**
     * Puts another configuration in force, whole, or keeps the old one.
     *
     * @param what has changed, for the record; empty for a file that was loaded again
     * @return why the old one was kept; empty if the new one is in force
     */
    synchronized Optional<String> reload(Config next, String what) {
        Optional<String> fixed = Restart.neededFor(config, next);
        if (fixed.isPresent()) {
            return fixed;
        }
        try {
            if (setup.isPresent()) {
                setup.get().update(config, next);
            }
        } catch (SetupException e) {
            return Optional.of(e.getMessage());
        }
        understudy.reload(next, what);
        config = next;
        return Optional.empty();
    }

    @Override
    public void close() {
        control.ifPresent(ControlServer::close);
        stop(setup, understudy, group);
    }

    private static void stop(
            Optional<HostSetup> setup, Understudy understudy, EventLoopGroup group) {
        if (understudy != null) {
            understudy.endSessions();
        }
        setup.ifPresent(HostSetup::close);
        if (understudy != null) {
            understudy.close();
        }
        if (group != null) {
            // Closes what is registered: the links, and with them the devices. A loop without a
            // quiet period may end before it gets there.
            group.shutdownGracefully(20, 2_000, TimeUnit.MILLISECONDS).awaitUninterruptibly(3_000);
        }
    }
}

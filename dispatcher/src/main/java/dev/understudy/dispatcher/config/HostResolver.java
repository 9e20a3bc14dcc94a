package dev.understudy.dispatcher.config;

import dev.understudy.stack.wire.IpAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;

/** Turns a host name of a configuration into addresses. */
@FunctionalInterface
public interface HostResolver {
    /**
     * All addresses of a name, in order of preference, never empty.
     *
     * @throws UnknownHostException if it has none
     */
    List<IpAddress> resolve(String host) throws UnknownHostException;

    /** The resolver of this machine: {@code /etc/hosts}, DNS, whatever it is set up with. */
    static HostResolver system() {
        return host ->
                Arrays.stream(InetAddress.getAllByName(host))
                        .map(IpAddress::of)
                        .distinct()
                        .toList();
    }
}

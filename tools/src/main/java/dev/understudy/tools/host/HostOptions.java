package dev.understudy.tools.host;

import dev.understudy.stack.ip.Prefix;
import dev.understudy.stack.link.Impairment;
import dev.understudy.stack.wire.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What kind of host, and on what link: the options of {@code understudy host} and of its subcommands alike. */
final class HostOptions {
    @Option(
            names = "--link",
            required = true,
            paramLabel = "tap:NAME",
            converter = LinkReader.class,
            description = "The TAP interface to be on: tap:us9, or tap:us9,offload=off.")
    LinkName link;

    @Option(
            names = "--address",
            required = true,
            paramLabel = "ADDRESS/LENGTH",
            converter = PrefixReader.class,
            description = "An address of the host, IPv4 or IPv6; may be given several times.")
    List<Prefix> addresses = new ArrayList<>();

    @Option(
            names = "--gateway",
            paramLabel = "ADDRESS",
            converter = AddressReader.class,
            description = "The default router, one for each family.")
    List<IpAddress> gateways = new ArrayList<>();

    @Option(
            names = "--peer",
            paramLabel = "ADDRESS/LENGTH",
            converter = PrefixReader.class,
            description = {
                "An address for the kernel's side of the link, which is then set up too.",
                "Without it that is left to you: ip address add ...; ip link set ... up"
            })
    List<Prefix> peers = new ArrayList<>();

    @Option(
            names = "--mtu",
            paramLabel = "BYTES",
            description = "MTU of the link, 1280 to 65520; set on the interface with --peer.")
    Optional<Integer> mtu = Optional.empty();

    @Option(names = "--autoconf", description = "Ask routers for IPv6 prefixes and a route.")
    boolean autoconfigure;

    @Option(
            names = "--impair",
            paramLabel = "WHAT",
            converter = ImpairmentReader.class,
            description = {
                "Make a bad network of the link, both ways, from a seed:",
                "loss=1%%,delay=5ms,jitter=1ms,duplicate=1%%,reorder=2%%,corrupt=0.1%%,rate=100M"
            })
    Optional<Impairment> impairment = Optional.empty();

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "What happens to which frame (default: ${DEFAULT-VALUE}).")
    long seed;

    /** The name of a TAP interface. */
    record LinkName(String name, boolean offload) {}

    static final class LinkReader implements ITypeConverter<LinkName> {
        @Override
        public LinkName convert(String text) {
            String[] parts = text.split(",", -1);
            boolean offload = true;
            for (int i = 1; i < parts.length; i++) {
                switch (parts[i]) {
                    case "offload=on" -> offload = true;
                    case "offload=off" -> offload = false;
                    default ->
                            throw new TypeConversionException(
                                    "'" + parts[i] + "' is not offload=on or offload=off");
                }
            }
            if (!parts[0].startsWith("tap:") || parts[0].length() == 4) {
                throw new TypeConversionException(
                        "'" + text + "' is not tap:NAME or tap:NAME,offload=off");
            }
            return new LinkName(parts[0].substring(4), offload);
        }
    }

    static final class PrefixReader implements ITypeConverter<Prefix> {
        @Override
        public Prefix convert(String text) {
            try {
                return Prefix.parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    static final class AddressReader implements ITypeConverter<IpAddress> {
        @Override
        public IpAddress convert(String text) {
            try {
                return IpAddress.parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}

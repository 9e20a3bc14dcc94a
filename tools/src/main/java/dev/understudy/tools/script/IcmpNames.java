package dev.understudy.tools.script;

import dev.understudy.stack.wire.Icmp;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** packetdrill's names of ICMP errors (RFC 792, RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.1) and ICMPv6 errors (RFC 4443). */
final class IcmpNames {
    private static final Map<String, Integer> TYPES =
            Map.of(
                    "unreachable", Icmp.UNREACHABLE,
                    "source_quench", 4,
                    "redirect", 5,
                    "time_exceeded", Icmp.TIME_EXCEEDED,
                    "parameter_problem", Icmp.PARAMETER_PROBLEM);
    private static final Map<String, Integer> TYPES_V6 =
            Map.of(
                    "unreachable", Icmp.V6_UNREACHABLE,
                    "packet_too_big", Icmp.V6_PACKET_TOO_BIG,
                    "time_exceeded", Icmp.V6_TIME_EXCEEDED,
                    "parameter_problem", Icmp.V6_PARAMETER_PROBLEM);
    private static final Map<String, Integer> CODES =
            Map.ofEntries(
                    Map.entry("net_unreachable", Icmp.CODE_NET_UNREACHABLE),
                    Map.entry("host_unreachable", Icmp.CODE_HOST_UNREACHABLE),
                    Map.entry("protocol_unreachable", Icmp.CODE_PROTOCOL_UNREACHABLE),
                    Map.entry("port_unreachable", Icmp.CODE_PORT_UNREACHABLE),
                    Map.entry("frag_needed", Icmp.CODE_FRAGMENTATION_NEEDED),
                    Map.entry("source_route_failed", 5),
                    Map.entry("net_unknown", 6),
                    Map.entry("host_unknown", 7),
                    Map.entry("source_host_isolated", 8),
                    Map.entry("net_prohibited", 9),
                    Map.entry("host_prohibited", 10),
                    Map.entry("net_unreachable_for_tos", 11),
                    Map.entry("host_unreachable_for_tos", 12),
                    Map.entry("packet_filtered", 13),
                    Map.entry("precedence_violation", 14),
                    Map.entry("precedence_cutoff", 15),
                    Map.entry("ttl_exceeded_in_transit", 0),
                    Map.entry("frag_reass_exceeded", 1));
    private static final Map<String, Integer> CODES_V6 =
            Map.ofEntries(
                    Map.entry("net_unreachable", 0),
                    Map.entry("no_route", 0),
                    Map.entry("admin_prohibited", 1),
                    Map.entry("not_neighbour", 2),
                    Map.entry("address_unreachable", 3),
                    Map.entry("port_unreachable", 4),
                    Map.entry("exceeded_hop_limit", 0),
                    Map.entry("exceeded_frag_time", 1),
                    Map.entry("header_field", 0),
                    Map.entry("unknown_next_header", 1),
                    Map.entry("unknown_option", 2));

    private IcmpNames() {}

    static OptionalInt type(boolean ipv6, String name) {
        return numbered(name, "type_", ipv6 ? TYPES_V6 : TYPES);
    }

    /** The code; without a name it is 0. */
    static OptionalInt code(boolean ipv6, String name) {
        return name.isEmpty()
                ? OptionalInt.of(0)
                : numbered(name, "code_", ipv6 ? CODES_V6 : CODES);
    }

    private static OptionalInt numbered(String name, String prefix, Map<String, Integer> names) {
        if (name.matches(prefix + "\\d{1,3}")) {
            return OptionalInt.of(Integer.parseInt(name.substring(prefix.length())));
        }
        return Optional.ofNullable(names.get(name))
                .map(OptionalInt::of)
                .orElse(OptionalInt.empty());
    }
}

package dev.understudy.tools.lab.scenario;

import dev.understudy.dispatcher.control.TracedPacket;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.tools.lab.LabNetwork;
import dev.understudy.tools.lab.LabServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A connection's packets, client to the left and servers to the right, as in the figures of the patent. */
final class Ladder {
    private static final int MOST_LINES = 40;

    private final List<TracedPacket> packets;
    private final LabNetwork network;

    Ladder(List<TracedPacket> packets, LabNetwork network) {
        this.packets = packets;
        this.network = network;
    }

    List<String> lines() {
        List<String> lines = new ArrayList<>();
        if (packets.isEmpty()) {
            return lines;
        }
        lines.add("    ms   client                  Understudy                  server");
        long begin = packets.get(0).nanos();
        for (TracedPacket packet : packets) {
            if (lines.size() == MOST_LINES) {
                lines.add(
                        "         ... and " + (packets.size() - MOST_LINES + 1) + " packets more");
                break;
            }
            lines.add(line(packet, begin));
        }
        return lines;
    }

    private String line(TracedPacket packet, long begin) {
        String what = words(packet);
        String left = packet.touchesClient() ? arrow(what, packet.up()) : " ".repeat(22);
        String right =
                packet.touchesServer()
                        ? arrow(what, packet.up()) + " " + server(packet.server())
                        : "";
        return String.format(
                        Locale.ROOT,
                        "%8.1f  %s  |  %s",
                        (packet.nanos() - begin) / 1e6,
                        left,
                        right)
                .stripTrailing();
    }

    /** The patent's words, not tcpdump's letters. */
    private static String words(TracedPacket packet) {
        if (packet.icmp()) {
            return "ICMP";
        }
        List<String> words = new ArrayList<>();
        int flags = packet.flags();
        add(words, flags, Tcp.SYN, "SYN");
        add(words, flags, Tcp.FIN, "FIN");
        add(words, flags, Tcp.RST, "RST");
        if (packet.length() > 0) {
            words.add("DATA " + packet.length());
        } else {
            add(words, flags, Tcp.ACK, "ACK");
        }
        return words.isEmpty() ? "-" : String.join("+", words);
    }

    private static void add(List<String> words, int flags, int flag, String word) {
        if ((flags & flag) != 0) {
            words.add(word);
        }
    }

    private static String arrow(String what, boolean right) {
        String dashes = "-".repeat(Math.max(2, 18 - what.length()));
        return right ? "--" + what + dashes + "->" : "<-" + dashes + what + "--";
    }

    private String server(Endpoint endpoint) {
        return endpoint == null
                ? ""
                : network.servers().stream()
                        .filter(s -> s.endpoint().address().equals(endpoint.address()))
                        .map(LabServer::name)
                        .findFirst()
                        .orElse(endpoint.toString());
    }
}

package dev.understudy.tools.script;

import dev.understudy.stack.tcp.TcpConnection;
import dev.understudy.stack.tcp.TcpInfo;
import dev.understudy.stack.tcp.TcpState;
import java.util.Map;
import java.util.OptionalLong;

/** Linux's names for what TCP_INFO tells, with the units that they have there: segments and microseconds. */
final class TcpNumbers {
    private static final long MICRO = 1_000;

    private static final Map<String, Long> CONSTANTS =
            Map.ofEntries(
                    Map.entry("TCP_ESTABLISHED", 1L),
                    Map.entry("TCP_SYN_SENT", 2L),
                    Map.entry("TCP_SYN_RECV", 3L),
                    Map.entry("TCP_FIN_WAIT1", 4L),
                    Map.entry("TCP_FIN_WAIT2", 5L),
                    Map.entry("TCP_TIME_WAIT", 6L),
                    Map.entry("TCP_CLOSE", 7L),
                    Map.entry("TCP_CLOSE_WAIT", 8L),
                    Map.entry("TCP_LAST_ACK", 9L),
                    Map.entry("TCP_LISTEN", 10L),
                    Map.entry("TCP_CLOSING", 11L),
                    Map.entry("TCPI_OPT_TIMESTAMPS", 1L),
                    Map.entry("TCPI_OPT_SACK", 2L),
                    Map.entry("TCPI_OPT_WSCALE", 4L),
                    Map.entry("TCPI_OPT_ECN", 8L),
                    Map.entry("TCPI_OPT_SYN_DATA", 32L));

    private TcpNumbers() {}

    static OptionalLong of(String name, TcpConnection connection) {
        // FreeBSD's scripts say TCPI_ESTABLISHED and TCPI_SYN_RECEIVED.
        Long constant = CONSTANTS.get(linux(name));
        return constant != null ? OptionalLong.of(constant) : read(name, connection.info());
    }

    private static String linux(String name) {
        return switch (name) {
            case "TCPI_SYN_RECEIVED" -> "TCP_SYN_RECV";
            case "TCPI_FIN_WAIT_1" -> "TCP_FIN_WAIT1";
            case "TCPI_FIN_WAIT_2" -> "TCP_FIN_WAIT2";
            case "TCPI_CLOSED" -> "TCP_CLOSE";
            default ->
                    name.startsWith("TCPI_") && !name.startsWith("TCPI_OPT")
                            ? "TCP_" + name.substring("TCPI_".length())
                            : name;
        };
    }

    private static OptionalLong read(String name, TcpInfo info) {
        int mss = Math.max(1, info.mss() - (info.timestamps() ? 12 : 0));
        return switch (name) {
            case "tcpi_state" -> OptionalLong.of(number(info.state()));
            case "tcpi_snd_mss" -> OptionalLong.of(mss);
            case "tcpi_rcv_mss" -> OptionalLong.of(info.receiveMss());
            case "tcpi_snd_cwnd" -> OptionalLong.of(info.cwnd() / mss);
            case "tcpi_snd_ssthresh" -> OptionalLong.of(info.ssthresh() / mss);
            case "tcpi_unacked" -> OptionalLong.of(segments(info.unacked(), mss));
            case "tcpi_sacked" -> OptionalLong.of(segments(info.sacked(), mss));
            case "tcpi_lost" -> OptionalLong.of(segments(info.lost(), mss));
            case "tcpi_total_retrans" -> OptionalLong.of(info.retransmits());
            case "tcpi_backoff" -> OptionalLong.of(info.backoff());
            case "tcpi_rtt" -> OptionalLong.of(info.rtt() / MICRO);
            case "tcpi_rttvar" -> OptionalLong.of(info.rttVar() / MICRO);
            case "tcpi_min_rtt" -> OptionalLong.of(info.minRtt() / MICRO);
            case "tcpi_rto" -> OptionalLong.of(info.rto() / MICRO);
            case "tcpi_snd_wscale" -> OptionalLong.of(info.sendScale());
            case "tcpi_rcv_wscale" -> OptionalLong.of(info.receiveScale());
            case "tcpi_options" ->
                    OptionalLong.of(
                            (info.timestamps() ? 1 : 0)
                                    | (info.sack() ? 2 : 0)
                                    | (info.sendScale() + info.receiveScale() > 0 ? 4 : 0)
                                    | (info.ecn() ? 8 : 0));
            default -> OptionalLong.empty();
        };
    }

    private static long segments(int bytes, int mss) {
        return ((long) bytes + mss - 1) / mss;
    }

    private static long number(TcpState state) {
        String name =
                switch (state) {
                    case ESTABLISHED -> "TCP_ESTABLISHED";
                    case SYN_SENT -> "TCP_SYN_SENT";
                    case SYN_RECEIVED -> "TCP_SYN_RECV";
                    case FIN_WAIT_1 -> "TCP_FIN_WAIT1";
                    case FIN_WAIT_2 -> "TCP_FIN_WAIT2";
                    case TIME_WAIT -> "TCP_TIME_WAIT";
                    case CLOSED -> "TCP_CLOSE";
                    case CLOSE_WAIT -> "TCP_CLOSE_WAIT";
                    case LAST_ACK -> "TCP_LAST_ACK";
                    case LISTEN -> "TCP_LISTEN";
                    case CLOSING -> "TCP_CLOSING";
                };
        return CONSTANTS.get(name);
    }
}

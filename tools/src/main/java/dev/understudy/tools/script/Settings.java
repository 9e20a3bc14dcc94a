package dev.understudy.tools.script;

import dev.understudy.stack.tcp.Cubic;
import dev.understudy.stack.tcp.EcnMode;
import dev.understudy.stack.tcp.NewReno;
import dev.understudy.stack.tcp.TcpConfig;
import dev.understudy.tools.script.language.Script;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a script wants of the stack before it begins: option lines, and the sysctls of Linux and FreeBSD that mean
 * something to TCP. Commands are not run; they are read for these, and whatever else they would do is left undone. A
 * setting that asks for a TCP that ours is not (RFC 5961 switched off) is unsupported.
 *
 * @param mtu of the link
 * @param tolerance by how much a packet may be early or late, in nanoseconds
 */
record Settings(boolean ipv6, int mtu, long tolerance, TcpConfig tcp) {
    private static final int DEFAULT_MTU = 1500;
    private static final long DEFAULT_TOLERANCE = 4_000_000L;
    private static final long MICRO = 1_000L;

    /** {@code name=value}, {@code name="value"} of a sysctl command. */
    private static final Pattern SYSCTL =
            Pattern.compile("((?:net|kern)\\.[a-z0-9_.]+)\\s*=\\s*(?:\"([^\"]*)\"|(\\S+))");

    private static final Pattern PROC = Pattern.compile("/proc/sys/([a-z0-9_./]+)");

    /** By the script's option lines. */
    static Settings of(Script script, Map<String, String> overrides) {
        boolean ipv6 =
                overrides
                        .getOrDefault("ip_version", script.option("ip_version").orElse("ipv4"))
                        .startsWith("ipv6");
        int mtu = script.option("mtu").map(Settings::number).orElse(DEFAULT_MTU);
        long tolerance =
                script.option("tolerance_usecs")
                        .map(value -> number(value) * MICRO)
                        .orElse(DEFAULT_TOLERANCE);
        // Super-segments are for links; a script sees what is on the wire.
        TcpConfig tcp = TcpConfig.DEFAULT.withMtu(mtu).withOffload(0, false);
        return new Settings(ipv6, mtu, tolerance, tcp);
    }

    private static int number(String text) {
        if (!text.matches("\\d{1,9}")) {
            throw ScriptEnd.unsupported("an option with the value '" + text + "'");
        }
        return Integer.parseInt(text);
    }

    /** With what a shell command would have set. */
    Settings after(String command) {
        TcpConfig changed = tcp;
        Matcher matcher = SYSCTL.matcher(byName(command));
        while (matcher.find()) {
            String value = matcher.group(2) != null ? matcher.group(2) : matcher.group(3);
            changed = set(changed, matcher.group(1), value.replaceAll("[;'`]+$", ""));
        }
        return new Settings(ipv6, mtu, tolerance, changed);
    }

    /** A sysctl that is written by its path in /proc/sys, by its name. */
    private static String byName(String command) {
        return PROC.matcher(command).replaceAll(path -> path.group(1).replace('/', '.'));
    }

    private static TcpConfig set(TcpConfig tcp, String name, String value) {
        boolean on = !value.equals("0");
        return switch (name) {
            case "net.ipv4.tcp_timestamps" -> tcp.withOptions(tcp.windowScaling(), on, tcp.sack());
            case "net.ipv4.tcp_window_scaling" -> tcp.withOptions(on, tcp.timestamps(), tcp.sack());
            case "net.inet.tcp.rfc1323" -> tcp.withOptions(on, on, tcp.sack());
            case "net.ipv4.tcp_sack", "net.inet.tcp.sack.enable" ->
                    tcp.withOptions(tcp.windowScaling(), tcp.timestamps(), on);
            case "net.ipv4.tcp_rmem" -> tcp.withBuffers(tcp.sendBuffer(), middle(value));
            case "net.ipv4.tcp_wmem" -> tcp.withBuffers(middle(value), tcp.receiveBuffer());
            case "net.inet.tcp.recvspace" -> tcp.withBuffers(tcp.sendBuffer(), number(value));
            case "net.inet.tcp.sendspace" -> tcp.withBuffers(number(value), tcp.receiveBuffer());
            case "net.ipv4.tcp_congestion_control" ->
                    value.equals("reno")
                            ? tcp.withCongestionControl(NewReno::new)
                            : tcp.withCongestionControl(Cubic::new);
            case "net.inet.tcp.ecn.enable", "net.ipv4.tcp_ecn" ->
                    switch (value) {
                        case "0" -> tcp.withEcn(EcnMode.OFF);
                        case "1" -> tcp.withEcn(EcnMode.REQUEST);
                        case "2" -> tcp.withEcn(EcnMode.ACCEPT);
                        default ->
                                throw ScriptEnd.unsupported(
                                        "accurate congestion notification (" + name + ")");
                    };
            case "net.inet.tcp.insecure_rst", "net.inet.tcp.insecure_syn" -> {
                if (on) {
                    throw ScriptEnd.unsupported("TCP without RFC 5961 (" + name + ")");
                }
                yield tcp;
            }
            default -> tcp;
        };
    }

    /** The default of Linux's three values. */
    private static int middle(String values) {
        String[] words = values.strip().split("\\s+", -1);
        return number(words[words.length / 2]);
    }
}

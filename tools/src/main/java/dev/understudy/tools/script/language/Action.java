package dev.understudy.tools.script.language;

import java.util.List;
import java.util.Optional;

/** What happens at an event. */
public sealed interface Action {
    /** {@code < …} is injected, {@code > …} is expected. */
    enum Direction {
        INJECTED,
        EXPECTED,
    }

    /** Ports as written, or 0 for those of the connection. */
    record Ports(int source, int destination) {
        public static final Ports OF_CONNECTION = new Ports(0, 0);
    }

    /** What a sequence number counts from. */
    enum SeqBase {
        /** The initial one of its sender, as the script has it. */
        RELATIVE,
        /** {@code 0:0(0)!}: nothing; it stands in the packet as it is, and so does the acknowledgement number. */
        ABSOLUTE,
        /** {@code ...(0)}: any will do. */
        ANY,
    }

    /**
     * A TCP segment.
     *
     * @param flags the header's eight bits
     * @param base how {@code seq} is to be read
     * @param tos the whole byte, or one of {@link IpMarks}' readings
     * @param ack absent if not written, which is not to say that the flag is not set
     * @param window the field as it stands, unscaled
     * @param options empty for {@code <...>}: any will do
     */
    record TcpSegment(
            Direction direction,
            IpMarks tos,
            Ports ports,
            int flags,
            SeqBase base,
            long seq,
            int length,
            Optional<Long> ack,
            Optional<Integer> window,
            int urgent,
            Optional<List<SegmentOption>> options)
            implements Action {}

    /**
     * An ICMP or ICMPv6 error about a segment of the connection.
     *
     * @param mtu of the next hop, or -1
     * @param seq first sequence number of the quoted segment
     * @param length its payload
     */
    record IcmpError(
            Direction direction, String type, String code, int mtu, Optional<Long> seq, int length)
            implements Action {}

    /**
     * A system call.
     *
     * @param end if it may block: when it returns, as {@link Timing} of the event reads times
     * @param result what it returns; {@code -1} with an errno's name for an error
     */
    record SystemCall(
            String name,
            List<Value> arguments,
            Value result,
            Optional<String> errno,
            Optional<Long> end)
            implements Action {
        @Override
        public String toString() {
            String text = new Value.Call(name, arguments) + " = " + result;
            return errno.map(e -> text + " " + e).orElse(text);
        }
    }

    /** A shell command. */
    record ShellCommand(String text) implements Action {}

    /** Assertions about the connection, in Python. */
    record Code(String text) implements Action {}

    /** Something that the language has and we have not. */
    record Unsupported(String construct) implements Action {}
}

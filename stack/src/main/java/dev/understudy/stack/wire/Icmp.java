package dev.understudy.stack.wire;

import io.netty.buffer.ByteBuf;

/** The header that ICMP (RFC 792) and ICMPv6 (RFC 4443) share: type, code, checksum, four bytes of their own. */
public final class Icmp {
    public static final int BYTES = 8;
    public static final int PROTOCOL = 1;
    public static final int PROTOCOL_V6 = 58;
    public static final int TYPE_OFFSET = 0;
    public static final int CODE_OFFSET = 1;
    public static final int CHECKSUM_OFFSET = 2;
    public static final int REST_OFFSET = 4;

    /** MTU of the next hop in fragmentation-needed (RFC 1191 §4). */
    public static final int MTU_OFFSET = 6;

    public static final int ECHO_REPLY = 0;
    public static final int UNREACHABLE = 3;
    public static final int ECHO_REQUEST = 8;
    public static final int TIME_EXCEEDED = 11;
    public static final int PARAMETER_PROBLEM = 12;

    public static final int CODE_NET_UNREACHABLE = 0;
    public static final int CODE_HOST_UNREACHABLE = 1;
    public static final int CODE_PROTOCOL_UNREACHABLE = 2;
    public static final int CODE_PORT_UNREACHABLE = 3;
    public static final int CODE_FRAGMENTATION_NEEDED = 4;
    public static final int CODE_REASSEMBLY_TIME_EXCEEDED = 1;

    public static final int V6_UNREACHABLE = 1;
    public static final int V6_PACKET_TOO_BIG = 2;
    public static final int V6_TIME_EXCEEDED = 3;
    public static final int V6_PARAMETER_PROBLEM = 4;
    public static final int CODE_V6_ADDRESS_UNREACHABLE = 3;
    public static final int CODE_V6_PORT_UNREACHABLE = 4;

    /** Of a parameter problem: a next header that nobody here knows (RFC 4443 §3.4). */
    public static final int CODE_V6_UNKNOWN_NEXT_HEADER = 1;

    public static final int V6_ECHO_REQUEST = 128;
    public static final int V6_ECHO_REPLY = 129;

    private Icmp() {}

    public static int type(ByteBuf buf, int at) {
        return buf.getUnsignedByte(at + TYPE_OFFSET);
    }

    public static int code(ByteBuf buf, int at) {
        return buf.getUnsignedByte(at + CODE_OFFSET);
    }

    public static int checksum(ByteBuf buf, int at) {
        return buf.getUnsignedShort(at + CHECKSUM_OFFSET);
    }

    /** Whether a type is an error, which quotes the packet that caused it (RFC 1122 §3.2.2, RFC 4443 §2.1). */
    public static boolean isError(boolean ipv6, int type) {
        return ipv6
                ? type < 128
                : type == UNREACHABLE
                        || type == TIME_EXCEEDED
                        || type == PARAMETER_PROBLEM
                        || type == 4
                        || type == 5;
    }
}

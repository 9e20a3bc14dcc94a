package dev.understudy.tools.script.matrix;

/**
 * A state of a connection: the script that leads there, and the variables of RFC 9293 §3.3.1 that hold in it. The peer's
 * numbers count from its initial one; ours from 0.
 *
 * @param opening lines of a script, {@code %d} in the peer's numbers left to {@link Numbers}
 * @param rcvNxt RCV.NXT
 * @param sndUna SND.UNA
 * @param sndNxt SND.NXT
 * @param info the state as TCP_INFO names it; empty where no descriptor tells
 */
record Stage(String name, String opening, int rcvNxt, int sndUna, int sndNxt, String info) {
    /** RCV.WND is what is left up to here: the buffer's size and the SYN. */
    static final int WINDOW_EDGE = 10_001;

    private static final String LISTENER =
            """
            0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
            +0 setsockopt(3, SOL_SOCKET, SO_RCVBUF, [10000], 4) = 0
            +0 bind(3, ..., ...) = 0
            +0 listen(3, 4) = 0
            """;
    private static final String CONNECTING =
            """
            0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 4
            +0 setsockopt(4, SOL_SOCKET, SO_RCVBUF, [10000], 4) = 0
            +0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0
            +0 connect(4, ..., ...) = -1 EINPROGRESS
            +0 > S 0:0(0) <...>
            """;
    private static final String HALF_OPEN =
            LISTENER
                    + """
                    +0 < S {0}:{0}(0) win 32000 <mss 1000>
                    +0 > S. 0:0(0) ack {1} <...>
                    """;
    private static final String OPEN =
            HALF_OPEN
                    + """
                    +.1 < . {1}:{1}(0) ack 1 win 32000
                    +0 accept(3, ..., ...) = 4
                    +0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0
                    """;
    private static final String SHUT =
            OPEN
                    + """
                    +0 shutdown(4, SHUT_WR) = 0
                    +0 > F. 1:1(0) ack {1}
                    """;
    private static final String SHUT_BY_PEER =
            OPEN
                    + """
                    +0 < F. {1}:{1}(0) ack 1 win 32000
                    +0 > . 1:1(0) ack {2}
                    """;
    private static final String SHUT_AND_ACKNOWLEDGED =
            SHUT + "+0 < . {1}:{1}(0) ack 2 win 32000\n";

    static final Stage CLOSED = new Stage("CLOSED", "", 1, 0, 0, "");
    static final Stage LISTEN = new Stage("LISTEN", LISTENER, 1, 0, 0, "");
    static final Stage SYN_SENT = new Stage("SYN-SENT", CONNECTING, 1, 0, 1, "TCP_SYN_SENT");
    static final Stage SYN_RECEIVED = new Stage("SYN-RECEIVED", HALF_OPEN, 1, 0, 1, "");
    static final Stage SYN_RECEIVED_ACTIVELY =
            new Stage(
                    "SYN-RECEIVED from SYN-SENT",
                    CONNECTING
                            + """
                            +.01 < S {0}:{0}(0) win 32000 <mss 1000>
                            +0 > S. 0:0(0) ack {1} <...>
                            """,
                    1,
                    0,
                    1,
                    "TCP_SYN_RECV");
    static final Stage ESTABLISHED = new Stage("ESTABLISHED", OPEN, 1, 1, 1, "TCP_ESTABLISHED");
    static final Stage FIN_WAIT_1 = new Stage("FIN-WAIT-1", SHUT, 1, 1, 2, "TCP_FIN_WAIT1");
    static final Stage FIN_WAIT_2 =
            new Stage("FIN-WAIT-2", SHUT_AND_ACKNOWLEDGED, 1, 2, 2, "TCP_FIN_WAIT2");
    static final Stage CLOSE_WAIT =
            new Stage("CLOSE-WAIT", SHUT_BY_PEER, 2, 1, 1, "TCP_CLOSE_WAIT");
    static final Stage CLOSING =
            new Stage(
                    "CLOSING",
                    SHUT
                            + """
                            +0 < F. {1}:{1}(0) ack 1 win 32000
                            +0 > . 2:2(0) ack {2}
                            """,
                    2,
                    1,
                    2,
                    "TCP_CLOSING");
    static final Stage LAST_ACK =
            new Stage(
                    "LAST-ACK",
                    SHUT_BY_PEER
                            + """
                            +0 shutdown(4, SHUT_WR) = 0
                            +0 > F. 1:1(0) ack {2}
                            """,
                    2,
                    1,
                    2,
                    "TCP_LAST_ACK");
    static final Stage TIME_WAIT =
            new Stage(
                    "TIME-WAIT",
                    SHUT_AND_ACKNOWLEDGED
                            + """
                            +0 < F. {1}:{1}(0) ack 2 win 32000
                            +0 > . 2:2(0) ack {2}
                            """,
                    2,
                    2,
                    2,
                    "TCP_TIME_WAIT");

    /** Whether the peer's FIN was taken before. */
    boolean peerHasClosed() {
        return rcvNxt == 2;
    }

    /** Whether our FIN waits for its acknowledgement. */
    boolean finUnacknowledged() {
        return sndUna == 1 && sndNxt == 2;
    }
}

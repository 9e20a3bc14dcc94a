/**
 * TCP (RFC 9293), sans I/O: {@code now} comes in, segments and the next deadline go out.
 *
 * <pre>
 *   TcpStack ──── Listeners, Answers, FrameWriter
 *     ├ ConnectionTable ── FlowTable, DeadlineHeap, TimeWaitQueue, PortPicker, PathMtus
 *     ├ TcpListener ── SynCookies                       who waits for connections
 *     └ TcpConnection ── TcpState, Handshake, ConnectionTimers, ConnectionEvents, ConnectionOutput, Ecn
 *         ├ Arrival, IcmpErrors                         what comes in for it
 *         ├ TcpSender ── Transmitter, SendBuffer, SendWindow, Scoreboard, SackReader
 *         │   ├ Recovery, Rack, TailProbe               what was lost
 *         │   ├ CongestionControl: Cubic, NewReno       how much may be in flight
 *         │   └ SendTimers, RttEstimator                when to stop waiting
 *         └ TcpReceiver ── BufferQueue, Reassembly, AckPolicy, ReceiveBudget
 * </pre>
 *
 * {@link dev.understudy.stack.tcp.TcpSender} and {@link dev.understudy.stack.tcp.TcpReceiver} are usable by themselves, from
 * any sequence number on. Secrets and randomness are handed in ({@link dev.understudy.stack.tcp.IsnGenerator}).
 *
 * <p>RFC 9293, 6298, 5681, 6582, 6675, 2018, 2883, 3042, 8985, 9438, 6928, 7323, 5961, 6528, 5482, 6191, 1337, 1191, 8201,
 * 5927, 4987, 3168. Not there: Fast Open (RFC 7413), the user time-out option on the wire, sending urgent data.
 */
package dev.understudy.stack.tcp;

package dev.understudy.tools.script;

import dev.understudy.stack.wire.Tcp;
import dev.understudy.tools.script.language.Action;
import dev.understudy.tools.script.language.Action.Direction;
import dev.understudy.tools.script.language.Action.IcmpError;
import dev.understudy.tools.script.language.Action.SystemCall;
import dev.understudy.tools.script.language.Action.TcpSegment;
import dev.understudy.tools.script.language.Event;
import dev.understudy.tools.script.language.Script;
import dev.understudy.tools.script.language.Timing;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * One run of a script. The clock is virtual: it stands still while something happens, and jumps to whatever is next, an
 * event of the script or a deadline of the stack.
 *
 * <p>What the stack sends is queued until the script expects it; a packet has to come within the tolerance of its time, and
 * in its order. A relative time counts from the event before, from when that really happened if the script left it open. A
 * system call that may block goes on while later events happen, and must end when the script says.
 *
 * <p>A packet that no event expects is found when another one is expected in its place; at the script's end only if {@code
 * strict}.
 */
final class ScriptRun {
    private static final List<String> OPENING = List.of("socket", "accept", "accept4");

    private final Script script;
    private final boolean strict;
    private final Trace trace;
    private final Settings settings;
    private final Net net;
    private final SystemCalls calls;
    private final SegmentCheck check;
    private final Deque<Seen> sent = new ArrayDeque<>();
    private long now;
    private long anchor;
    private Blocked blocked;
    private long lastDescriptor = -1;
    private boolean over;

    /** A system call that has not returned. */
    private record Blocked(
            int line, SystemCall call, SystemCalls.Pending pending, OptionalLong end) {}

    ScriptRun(Script script, Settings settings, boolean strict, Trace trace) {
        this.script = script;
        this.settings = settings;
        this.strict = strict;
        this.trace = trace;
        net = new Net(settings, this::sent);
        calls = new SystemCalls(net, settings.tcp());
        check = new SegmentCheck(strict);
    }

    /** Runs it to its end; throws {@link ScriptEnd} if that is not a good one. */
    void run() {
        int line = 0;
        try {
            for (Event event : script.events()) {
                line = event.line();
                happen(event);
            }
            finish();
        } catch (ScriptEnd end) {
            throw end.at(line);
        } finally {
            over = true;
            calls.closeAll(Net.stackTime(now));
            net.close(now);
        }
    }

    private void happen(Event event) {
        Action action = event.action();
        if (action instanceof Action.Unsupported unsupported) {
            throw ScriptEnd.unsupported(unsupported.construct());
        }
        Timing timing = event.timing();
        long base = timing.kind() == Timing.Kind.RELATIVE ? anchor : 0;
        if (action instanceof TcpSegment segment && segment.direction() == Direction.EXPECTED) {
            expect(segment, timing, base);
            return;
        }
        advance(base + timing.from());
        anchor = base + timing.from();
        if (action instanceof TcpSegment segment) {
            inject(segment);
        } else if (action instanceof IcmpError icmp) {
            inject(icmp);
        } else if (action instanceof SystemCall call) {
            call(event.line(), call, base);
        } else if (action instanceof Action.Code code) {
            Assertions.check(code.text(), this::number);
        }
        // A shell command was read by Settings before the run, and is not run.
    }

    // ---- time

    /** Lets time pass until {@code time}, with everything that is due on the way. */
    private void advance(long time) {
        while (net.nextDeadline() <= Math.max(now, time)) {
            step(net.nextDeadline());
        }
        now = Math.max(now, time);
        retry();
    }

    private void step(long deadline) {
        now = Math.max(now, deadline);
        net.onDeadline(now);
        if (net.nextDeadline() <= now) {
            throw ScriptEnd.failed("a later deadline", "one that is not met");
        }
        retry();
    }

    private void sent(ByteBuf frame) {
        if (over) {
            return;
        }
        Seen seen = new Seen(now, frame);
        trace.sent(seen, net.current());
        if (seen.packet().isTcp()) {
            sent.add(seen);
        }
    }

    // ---- packets

    private void inject(TcpSegment segment) {
        Flow flow = net.flowOf(segment);
        if ((segment.flags() & (Tcp.SYN | Tcp.ACK)) == Tcp.SYN) {
            flow.forgetSeq();
        }
        ByteBuf frame = net.injector().segment(segment, flow);
        trace.injected(new Seen(now, frame), flow);
        net.deliver(frame, now);
        retry();
    }

    private void inject(IcmpError error) {
        if (error.direction() == Direction.EXPECTED) {
            throw ScriptEnd.unsupported("expecting ICMP");
        }
        OptionalInt type = IcmpNames.type(settings.ipv6(), error.type());
        OptionalInt code = IcmpNames.code(settings.ipv6(), error.code());
        Flow flow = net.current();
        if (type.isEmpty() || code.isEmpty() || flow == null) {
            throw ScriptEnd.unsupported("icmp " + error.type() + " " + error.code());
        }
        ByteBuf frame = net.injector().icmp(error, flow, type, code);
        trace.injected(new Seen(now, frame), flow);
        net.deliver(frame, now);
        retry();
    }

    private void expect(TcpSegment expected, Timing timing, long base) {
        boolean any = timing.kind() == Timing.Kind.ANY;
        long from = any ? 0 : base + timing.from() - settings.tolerance();
        long to = any ? Long.MAX_VALUE : base + timing.to() + settings.tolerance();
        Seen first = await(expected, to);
        Flow flow = net.current();
        List<Seen> segments = new ArrayList<>(List.of(first));
        int length = first.packet().payloadLength();
        while (length < expected.length()) {
            Seen next = awaitNext(to);
            if (next == null || !SegmentCheck.continues(segments.get(segments.size() - 1), next)) {
                break;
            }
            segments.add(sent.remove());
            length += next.packet().payloadLength();
        }
        SegmentCheck.Sent whole = SegmentCheck.Sent.of(segments);
        if (flow == null || !flow.isFrom(first.packet())) {
            throw ScriptEnd.failed(text(expected), SegmentText.ends(first.packet()));
        }
        if (first.has(Tcp.SYN)) {
            flow.learnSeq(expected.seq(), first.packet().seq());
        }
        Optional<String> difference = check.difference(expected, whole, flow);
        if (difference.isPresent()) {
            throw ScriptEnd.failed(
                    text(expected), shown(segments, flow) + " (" + difference.get() + ")");
        }
        if (first.at() < from || first.at() > to) {
            throw ScriptEnd.failed(
                    text(expected) + " at " + Trace.time(base + timing.from()),
                    shown(segments, flow) + " at " + Trace.time(first.at()));
        }
        anchor = any || timing.isRange() ? first.at() : base + timing.from();
        now = Math.max(now, first.at());
    }

    private static String text(TcpSegment expected) {
        return "> " + SegmentText.of(expected);
    }

    private static String shown(List<Seen> segments, Flow flow) {
        StringBuilder text = new StringBuilder("> ");
        text.append(SegmentText.of(segments.get(0), flow));
        if (segments.size() > 1) {
            text.append(" and ").append(segments.size() - 1).append(" more");
        }
        return text.toString();
    }

    private Seen await(TcpSegment expected, long to) {
        if (awaitNext(to) == null) {
            String until = to == Long.MAX_VALUE ? "for ever" : "until " + Trace.time(to);
            throw ScriptEnd.failed(text(expected), "nothing " + until);
        }
        return sent.remove();
    }

    /** The next packet that was or will be sent up to {@code to}, which stays in the queue; null if there is none. */
    private Seen awaitNext(long to) {
        while (sent.isEmpty() && net.nextDeadline() <= to && net.nextDeadline() < Long.MAX_VALUE) {
            step(net.nextDeadline());
        }
        return sent.peek();
    }

    // ---- system calls

    private void call(int line, SystemCall call, long base) {
        if (blocked != null) {
            throw ScriptEnd.failed(
                    call.toString(),
                    "line " + blocked.line() + " still blocked in " + blocked.call());
        }
        SystemCalls.Pending pending = calls.begin(call, Net.stackTime(now));
        OptionalLong end =
                call.end().map(time -> OptionalLong.of(base + time)).orElse(OptionalLong.empty());
        blocked = new Blocked(line, call, pending, end);
        retry();
        if (blocked != null && end.isEmpty()) {
            throw ScriptEnd.failed(call.toString(), "a call that blocks");
        }
    }

    /** Attempts the call that is under way once more. */
    private void retry() {
        if (blocked == null) {
            return;
        }
        Blocked tried = blocked;
        try {
            Optional<Outcome> outcome = tried.pending().attempt(Net.stackTime(now));
            if (outcome.isPresent()) {
                blocked = null;
                returned(tried, outcome.get());
            } else if (tried.end().isPresent()
                    && now > tried.end().getAsLong() + settings.tolerance()) {
                throw ScriptEnd.failed(
                        tried.call() + " at " + Trace.time(tried.end().getAsLong()),
                        "a call that still blocks at " + Trace.time(now));
            }
        } catch (ScriptEnd end) {
            throw end.at(tried.line());
        }
    }

    private void returned(Blocked tried, Outcome outcome) {
        SystemCall call = tried.call();
        trace.called(now, call, outcome);
        if (!outcome.is(call.result(), call.errno())) {
            throw ScriptEnd.failed(call.toString(), outcome.toString());
        }
        if (tried.end().isPresent()) {
            long late = now - tried.end().getAsLong();
            if (Math.abs(late) > settings.tolerance()) {
                throw ScriptEnd.failed(
                        call + " at " + Trace.time(tried.end().getAsLong()),
                        "its return at " + Trace.time(now));
            }
        }
        if (outcome.value() >= 0 && OPENING.contains(call.name())) {
            lastDescriptor = outcome.value();
        }
    }

    /** What code asks about is the connection of the descriptor that came last. */
    private OptionalLong number(String name) {
        return calls.connection(lastDescriptor)
                .map(connection -> TcpNumbers.of(name, connection))
                .orElse(OptionalLong.empty());
    }

    // ---- the end

    private void finish() {
        if (blocked != null) {
            Blocked last = blocked;
            advance(last.end().orElse(now) + settings.tolerance());
            if (blocked != null) {
                throw ScriptEnd.failed(last.call().toString(), "a call that never returns")
                        .at(last.line());
            }
        }
        advance(now);
        if (strict && !sent.isEmpty()) {
            Seen extra = sent.peek();
            Flow flow = net.current();
            throw ScriptEnd.failed(
                    "nothing more",
                    flow == null
                            ? SegmentText.ends(extra.packet())
                            : "> " + SegmentText.of(extra, flow) + " at " + Trace.time(extra.at()));
        }
    }
}

package dev.understudy.tools.host;

import dev.understudy.stack.host.Host;
import dev.understudy.stack.host.HostLink;
import dev.understudy.stack.host.Pings;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.tools.CommandFailure;
import dev.understudy.tools.ExitCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code understudy host … ping ADDRESS}: echo requests of our own stack. */
@Command(
        name = "ping",
        header = {
            "Ping an address through our own stack.",
            "",
            "  sudo understudy host --link tap:us9 --address 10.9.0.2/24 --peer 10.9.0.1/24"
                    + " ping -c 3 -s 65507 10.9.0.1",
            "",
        },
        description = "Exits 0 if at least one answer came, else 1.")
final class PingCommand implements Callable<Integer> {
    private static final long WAIT_NANOS = 4_000_000_000L;

    @Spec private CommandSpec spec;
    @ParentCommand private HostCommand parent;

    @Parameters(
            paramLabel = "ADDRESS",
            converter = HostOptions.AddressReader.class,
            description = "IPv4 or IPv6.")
    private IpAddress target;

    @Option(
            names = {"-c", "--count"},
            defaultValue = "4",
            description = "How many (default: ${DEFAULT-VALUE}).")
    private int count;

    @Option(
            names = {"-s", "--size"},
            defaultValue = "56",
            description = "Bytes of data, to 65507 (default: ${DEFAULT-VALUE}).")
    private int size;

    @Option(
            names = {"-i", "--interval"},
            defaultValue = "1000",
            paramLabel = "MILLIS",
            description = "Between two (default: ${DEFAULT-VALUE}).")
    private int interval;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (count < 1 || count > 65_535 || size < 0 || size > 65_507 || interval < 1) {
            throw new CommandFailure(
                    ExitCode.USAGE, "-c takes 1..65535, -s 0..65507, -i at least 1");
        }
        try (RunningHost host = RunningHost.start(parent.options())) {
            Run run = new Run(host.link(), spec.commandLine().getOut());
            host.link().loop().execute(run::start);
            run.done.await();
            return run.answers > 0 ? ExitCode.OK : ExitCode.FAILURE;
        }
    }

    /** Lives on the host's loop. */
    private final class Run implements Pings.Handler {
        private final HostLink link;
        private final Host host;
        private final PrintWriter out;
        private final CountDownLatch done = new CountDownLatch(1);
        private final long[] sentAt = new long[count + 1];
        private final ByteBuf data = Unpooled.directBuffer(size);
        private IpAddress source;
        private int id;
        private int sent;
        private int failures;
        private long total;
        private int answers;

        Run(HostLink link, PrintWriter out) {
            this.link = link;
            this.out = out;
            host = link.host();
            for (int i = 0; i < size; i++) {
                data.writeByte(i);
            }
        }

        void start() {
            Optional<IpAddress> from = host.source(target, link.now());
            if (from.isEmpty()) {
                out.println("no address of the host can reach " + target);
                finish();
                return;
            }
            source = from.get();
            id = host.pings().open(this);
            next();
        }

        private void next() {
            sentAt[++sent] = link.now();
            host.pings().send(id, sent, source, target, data, link.now());
            link.check();
            if (sent < count) {
                later(this::next, TimeUnit.MILLISECONDS.toNanos(interval));
            } else {
                later(this::finish, WAIT_NANOS);
            }
        }

        @SuppressWarnings("FutureReturnValueIgnored") // the loop runs it or ends
        private void later(Runnable task, long nanos) {
            link.loop().schedule(task, nanos, TimeUnit.NANOSECONDS);
        }

        @Override
        public void answered(int sequence, IpAddress from, int ttl, ByteBuf back, long now) {
            if (sequence < 1 || sequence > sent || sentAt[sequence] == 0) {
                out.printf(
                        "%d bytes from %s: seq=%d, again%n", back.readableBytes(), from, sequence);
                out.flush();
                return;
            }
            double millis = (now - sentAt[sequence]) / 1e6;
            total += now - sentAt[sequence];
            sentAt[sequence] = 0;
            out.printf(
                    Locale.ROOT,
                    "%d bytes from %s: seq=%d ttl=%d time=%.3f ms%s%n",
                    back.readableBytes(),
                    from,
                    sequence,
                    ttl,
                    millis,
                    ByteBufUtil.equals(back, data) ? "" : ", but not what was sent");
            out.flush();
            answers++;
            finishIfAll();
        }

        @Override
        public void failed(int sequence, IpAddress from, int type, int code, long now) {
            out.printf("seq=%d failed: %s says type %d, code %d%n", sequence, from, type, code);
            out.flush();
            failures++;
            finishIfAll();
        }

        private void finishIfAll() {
            if (answers + failures >= count) {
                finish();
            }
        }

        private void finish() {
            if (done.getCount() == 0) {
                return;
            }
            out.printf(
                    Locale.ROOT,
                    "%d sent, %d answered%s%n",
                    sent,
                    answers,
                    answers == 0
                            ? ""
                            : String.format(
                                    Locale.ROOT, ", %.3f ms on average", total / 1e6 / answers));
            out.flush();
            done.countDown();
        }
    }
}

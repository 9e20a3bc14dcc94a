package dev.understudy.tools.run;

import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Signals as a queue that the main thread reads, so that whatever is set up is taken down in order and by one thread.
 *
 * <p>SIGINT and SIGTERM end the program, with 128 + the signal as shells expect. SIGHUP has two meanings: somebody asks for
 * the configuration to be loaded again, or the terminal is gone. It is the latter if the program was started on a terminal
 * that cannot be opened any more. A program that was started with SIGHUP ignored (nohup) keeps ignoring it.
 *
 * <p>Java has no public interface for signals; the one of {@code jdk.unsupported} is reached by reflection because the
 * compiler has a warning for it that cannot be switched off.
 */
public final class Signals {
    private static final Path TERMINAL = Path.of("/dev/tty");
    private static final List<String> NAMES = List.of("INT", "TERM", "HUP");

    private final LinkedBlockingQueue<Signal> received = new LinkedBlockingQueue<>();
    private final boolean startedOnTerminal = hasTerminal();

    private Signals() {}

    /** What arrived. */
    public enum Signal {
        /** No signal of the system: the user has left the monitor. */
        QUIT(0),
        HUP(1),
        INT(2),
        TERM(15);

        private final int number;

        Signal(int number) {
            this.number = number;
        }

        /** What the program exits with if this ends it. */
        public int exitCode() {
            return 128 + number;
        }
    }

    /** Takes the three signals over, for the rest of the process. */
    public static Signals install() {
        Signals signals = new Signals();
        for (String name : NAMES) {
            signals.handle(name);
        }
        return signals;
    }

    private void handle(String name) {
        Signal signal = Signal.valueOf(name);
        try {
            Class<?> type = Class.forName("sun.misc.Signal");
            Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            InvocationHandler handler =
                    (proxy, method, arguments) ->
                            switch (method.getName()) {
                                case "handle" -> {
                                    received.add(signal);
                                    yield null;
                                }
                                case "equals" -> proxy == arguments[0];
                                case "hashCode" -> System.identityHashCode(proxy);
                                default -> "handler of SIG" + name;
                            };
            Object proxy =
                    Proxy.newProxyInstance(
                            Signals.class.getClassLoader(), new Class<?>[] {handlerType}, handler);
            type.getMethod("handle", type, handlerType)
                    .invoke(null, type.getConstructor(String.class).newInstance(name), proxy);
        } catch (ReflectiveOperationException e) {
            // A JVM without the module, or one told to leave the signal alone (-Xrs): its default
            // holds.
        }
    }

    /** Ends the program as the user's wish. */
    public void quit() {
        received.add(Signal.QUIT);
    }

    /** The next signal, or empty if none comes in time. */
    public Optional<Signal> await(long millis) throws InterruptedException {
        return Optional.ofNullable(received.poll(millis, TimeUnit.MILLISECONDS));
    }

    /** Whether the terminal that the program was started on is gone. */
    public boolean terminalLost() {
        return startedOnTerminal && !hasTerminal();
    }

    /** The terminal of this process's session, which need not be its standard input (open(2): ENXIO if there is none). */
    private static boolean hasTerminal() {
        try (var terminal = Files.newByteChannel(TERMINAL, StandardOpenOption.READ)) {
            return terminal.isOpen();
        } catch (IOException e) {
            return false;
        }
    }
}

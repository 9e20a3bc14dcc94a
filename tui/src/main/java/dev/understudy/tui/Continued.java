package dev.understudy.tui;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Whether the process has been continued (SIGCONT) since somebody asked last: it was stopped from outside, and whoever had the
 * terminal meanwhile may have written on it.
 *
 * <p>Java has no public interface for signals; the one of {@code jdk.unsupported} is reached by reflection because the
 * compiler has a warning for it that cannot be switched off. Where it is missing nobody is told, and ^L is the remedy.
 */
final class Continued {
    private final AtomicBoolean since = new AtomicBoolean();

    private Continued() {}

    /** Listens for the rest of the process. */
    static Continued listen() {
        Continued continued = new Continued();
        try {
            Class<?> type = Class.forName("sun.misc.Signal");
            Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            InvocationHandler handler =
                    (proxy, method, arguments) ->
                            switch (method.getName()) {
                                case "handle" -> {
                                    continued.since.set(true);
                                    yield null;
                                }
                                case "equals" -> proxy == arguments[0];
                                case "hashCode" -> System.identityHashCode(proxy);
                                default -> "handler of SIGCONT";
                            };
            Object proxy =
                    Proxy.newProxyInstance(
                            Continued.class.getClassLoader(),
                            new Class<?>[] {handlerType},
                            handler);
            type.getMethod("handle", type, handlerType)
                    .invoke(null, type.getConstructor(String.class).newInstance("CONT"), proxy);
        } catch (ReflectiveOperationException e) {
            // A JVM without the module, or one told to leave signals alone (-Xrs).
        }
        return continued;
    }

    /** Whether it has happened since the last call. */
    boolean happened() {
        return since.getAndSet(false);
    }
}

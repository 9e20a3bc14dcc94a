package dev.understudy.tui;

import dev.understudy.dispatcher.control.Control;
import dev.understudy.dispatcher.control.Event;
import dev.understudy.dispatcher.control.Snapshot;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A program that shows the monitor on its terminal and then meets the end that its argument names. */
final class MonitorProgram {
    /** Stands on the screen when everything that was to happen has happened. */
    static final String HAPPENED = "IT-HAS-HAPPENED";

    private static final int PICTURES = 5;

    private MonitorProgram() {}

    public static void main(String[] args) throws IOException {
        FakeControl scene = FakeControl.scene();
        AtomicInteger pictures = new AtomicInteger();
        Control control =
                new Control() {
                    @Override
                    public Snapshot snapshot() {
                        if (pictures.incrementAndGet() == PICTURES) {
                            happen(args[0]);
                            scene.say(0, Event.Kind.RELOAD_REFUSED, null, 0, HAPPENED);
                            scene.pass(1);
                        }
                        return scene.snapshot();
                    }

                    @Override
                    public List<Event> events(long after, int most) {
                        return scene.events(after, most);
                    }
                };
        Monitor.open(control, MonitorOptions.fromEnvironment("test")).run();
        System.out.println("RUN RETURNED");
    }

    private static void happen(String what) {
        switch (what) {
            case "throw" -> throw new IllegalStateException("THE LOOP IS GONE");
            case "exit" -> new Thread(() -> System.exit(3)).start();
            case "noise" -> {
                System.err.println("NOISE OF STDERR");
                System.out.println("NOISE OF STDOUT");
                shell("echo NOISE OF A CHILD >&2; echo NOISE OF ITS STDOUT");
                shell("kill -QUIT $PPID"); // a JVM answers by printing its threads
            }
            case "TERM", "HUP", "INT", "KILL" -> shell("kill -" + what + " $PPID");
            default -> {}
        }
    }

    private static void shell(String command) {
        try {
            new ProcessBuilder("sh", "-c", command).inheritIO().start().waitFor();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

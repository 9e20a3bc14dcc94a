package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.config.ControlAccess;
import dev.understudy.dispatcher.control.LoopControl;
import dev.understudy.dispatcher.control.Outcome;
import dev.understudy.dispatcher.control.api.ControlServer;
import dev.understudy.stack.wire.Endpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A stage whose dispatcher lives on a thread of its own, with the control API in front of it. */
final class LiveApi implements AutoCloseable {
    final Stage stage;
    final LoopControl control;
    final ControlServer server;
    final Path socket;
    private final ExecutorService loop =
            Executors.newSingleThreadExecutor(
                    task -> {
                        Thread thread = new Thread(task, "loop");
                        thread.setDaemon(true);
                        return thread;
                    });

    LiveApi(Stage stage, Path folder, Optional<Path> tokenFile) throws IOException {
        this.stage = stage;
        this.socket = folder.resolve("us.sock");
        stage.now = System.nanoTime();
        control =
                new LoopControl(
                        stage.dispatcher.source(),
                        stage.dispatcher.events(),
                        stage.dispatcher.packets(),
                        loop,
                        System::nanoTime,
                        System::currentTimeMillis,
                        () -> Outcome.done("The configuration is in force."));
        server =
                ControlServer.start(
                        new ControlAccess(
                                Optional.of(socket),
                                tokenFile.map(file -> Endpoint.parse("127.0.0.1:0")),
                                tokenFile),
                        control,
                        "shop.yaml");
    }

    /** Does something on the dispatcher's own thread. */
    <T> T on(Callable<T> task) {
        try {
            return loop.submit(task).get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        server.close();
        loop.shutdownNow();
    }
}

package dev.understudy.tools.setup;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** This process's own host. A program that hangs is ended after ten seconds. */
public final class LocalShell implements Shell {
    private static final long LONGEST_SECONDS = 10;
    private static final int MOST_OUTPUT = 1 << 20;

    @Override
    public Result run(String input, List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command);
        // Sentences of other programs are matched nowhere, but shown: in the language of ours.
        builder.environment().put("LC_ALL", "C");
        Path errors = null;
        try {
            errors = Files.createTempFile("understudy-", ".err");
            Process process = builder.redirectError(errors.toFile()).start();
            try (OutputStream stdin = process.getOutputStream()) {
                stdin.write(input.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // It ended without reading its input; its exit code says the rest.
            }
            return finish(process, errors);
        } catch (IOException e) {
            return new Result(NO_SUCH_PROGRAM, "", String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Result(1, "", "interrupted");
        } finally {
            delete(errors);
        }
    }

    private static Result finish(Process process, Path errors)
            throws IOException, InterruptedException {
        Thread watch =
                new Thread(
                        () -> {
                            try {
                                if (!process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
                                    process.destroyForcibly();
                                }
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        },
                        "watch-" + process.pid());
        watch.setDaemon(true);
        watch.start();
        String out;
        try (InputStream stdout = process.getInputStream()) {
            out = new String(stdout.readNBytes(MOST_OUTPUT), StandardCharsets.UTF_8);
        }
        int code = process.waitFor();
        watch.interrupt();
        return new Result(code, out, Files.readString(errors));
    }

    private static void delete(Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            file.toFile().deleteOnExit();
        }
    }

    @Override
    public Optional<String> read(Path file) {
        try {
            return Optional.of(Files.readString(file).stripTrailing());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    @Override
    public void write(Path file, String text) throws IOException {
        Files.writeString(file, text, StandardOpenOption.WRITE);
    }

    @Override
    public List<String> list(Path directory) {
        try (Stream<Path> names = Files.list(directory)) {
            return names.map(path -> path.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            return List.of();
        }
    }
}

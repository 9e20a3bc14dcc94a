package dev.understudy.tools.setup;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * What one run has set up, and how to undo it, as a JSON file. It is written before each step is taken, so that whatever
 * happens in between is on record. A lock on a second file says whether the run still lives: the kernel lets go of it when
 * the process ends, by whatever way, so no process number has to be believed.
 *
 * <p>Undoing goes from the last step to the first.
 */
final class StateFile implements AutoCloseable {
    private final Path file;
    private final Path lockFile;
    private final FileChannel channel;
    private final FileLock lock;
    private final List<Undo> steps = new ArrayList<>();

    private StateFile(Path file, Path lockFile, FileChannel channel, FileLock lock) {
        this.file = file;
        this.lockFile = lockFile;
        this.channel = channel;
        this.lock = lock;
    }

    /** The lock of a state file, or empty if another run has it. A file that stands already gives its steps. */
    static Optional<StateFile> acquire(Path file) throws IOException {
        Path lockFile = file.resolveSibling(file.getFileName() + ".lock");
        while (true) {
            FileChannel channel =
                    FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try {
                FileLock lock = channel.tryLock();
                if (lock == null) {
                    channel.close();
                    return Optional.empty();
                }
                if (hasName(lockFile)) {
                    writePid(channel);
                    StateFile state = new StateFile(file, lockFile, channel, lock);
                    state.steps.addAll(read(file));
                    return Optional.of(state);
                }
                // Whoever had it before has deleted it: what is locked has no name any more.
                channel.close();
            } catch (OverlappingFileLockException e) {
                channel.close();
                return Optional.empty();
            } catch (IOException e) {
                channel.close();
                throw e;
            }
        }
    }

    /**
     * Whether what is open is still what the name stands for; the kernel marks the descriptor of a file without a name.
     * The file itself must not be opened again: closing any descriptor of it drops the process's locks (fcntl(2)).
     */
    private static boolean hasName(Path lockFile) throws IOException {
        Path wanted = lockFile.getParent().toRealPath().resolve(lockFile.getFileName());
        try (DirectoryStream<Path> descriptors =
                Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors) {
                if (target(descriptor).equals(wanted)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static Path target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor);
        } catch (IOException e) {
            // Closed since it was listed.
            return descriptor;
        }
    }

    private static void writePid(FileChannel channel) throws IOException {
        String pid = ProcessHandle.current().pid() + "\n";
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(pid.getBytes(StandardCharsets.US_ASCII)), 0);
    }

    /** The process that has the lock of a state file, as it wrote it there. */
    static Optional<String> holder(Path file) {
        try {
            String pid =
                    Files.readString(file.resolveSibling(file.getFileName() + ".lock")).strip();
            return pid.matches("\\d{1,10}") ? Optional.of(pid) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    List<Undo> steps() {
        return List.copyOf(steps);
    }

    /** Records how a step is undone. To be called before the step is taken. */
    void record(Undo step) throws IOException {
        steps.add(step);
        write();
    }

    /** Undoes one recorded step, and forgets it. */
    void undo(Undo step, Shell shell) throws IOException {
        step.run(shell);
        steps.remove(step);
        write();
    }

    /** Undoes everything, the last step first, and removes the file. */
    void undoAll(Shell shell) throws IOException {
        while (!steps.isEmpty()) {
            steps.remove(steps.size() - 1).run(shell);
        }
        Files.deleteIfExists(file);
    }

    /** Lets go of the lock. The file stays if there is something left to undo. */
    @Override
    public void close() throws IOException {
        Files.deleteIfExists(lockFile);
        lock.release();
        channel.close();
    }

    private void write() throws IOException {
        StringBuilder json = new StringBuilder("{\"understudy\": 1, \"undo\": [");
        String separator = "\n";
        for (Undo step : steps) {
            json.append(separator).append("  [\"").append(step.kind()).append('"');
            // What a step's parameters may hold needs no escaping.
            step.parameters().forEach(p -> json.append(", \"").append(p).append('"'));
            json.append(']');
            separator = ",\n";
        }
        json.append("\n]}\n");
        Path next = file.resolveSibling(file.getFileName() + ".next");
        Files.writeString(next, json);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** JSON is YAML. Steps that make no sense are left out: better something left over than something strange done. */
    private static List<Undo> read(Path file) throws IOException {
        if (!Files.exists(file)) {
            return List.of();
        }
        List<Undo> steps = new ArrayList<>();
        try {
            Object root =
                    new Load(LoadSettings.builder().build()).loadFromString(Files.readString(file));
            if (root instanceof Map<?, ?> map && map.get("undo") instanceof List<?> list) {
                for (Object item : list) {
                    step(item).ifPresent(steps::add);
                }
            }
        } catch (YamlEngineException e) {
            return List.of();
        }
        return steps;
    }

    private static Optional<Undo> step(Object item) {
        if (!(item instanceof List<?> words) || words.size() < 2) {
            return Optional.empty();
        }
        List<String> texts = words.stream().map(String::valueOf).toList();
        try {
            return Optional.of(
                    new Undo(Undo.Kind.valueOf(texts.get(0)), texts.subList(1, texts.size())));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}

package dev.understudy.tools.setup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The directories in which state files may stand: {@code $XDG_RUNTIME_DIR/understudy}, {@code /run/understudy}, and where
 * neither can be written {@code /tmp/understudy-USER}. The first that can be used takes new ones; leftovers are looked for in
 * all of them, because the next start may have another environment.
 *
 * <p>What a state file says is carried out with privilege, so only a directory that belongs to this user, and that nobody
 * else may write, is believed.
 */
public final class StateFiles {
    private final List<Path> candidates;

    StateFiles(List<Path> candidates) {
        this.candidates = List.copyOf(candidates);
    }

    /** Those of this process's user. */
    public static StateFiles ofUser() {
        List<Path> candidates = new ArrayList<>();
        Optional.ofNullable(System.getenv("XDG_RUNTIME_DIR"))
                .filter(text -> text.startsWith("/"))
                .ifPresent(text -> candidates.add(Path.of(text, "understudy")));
        candidates.add(Path.of("/run/understudy"));
        candidates.add(Path.of("/tmp/understudy-" + System.getProperty("user.name")));
        return new StateFiles(candidates);
    }

    /** The directory for new state files, made if need be. */
    Path directory() throws IOException {
        for (Path candidate : candidates) {
            try {
                if (!Files.isDirectory(candidate, LinkOption.NOFOLLOW_LINKS)) {
                    Files.createDirectory(
                            candidate,
                            PosixFilePermissions.asFileAttribute(
                                    PosixFilePermissions.fromString("rwx------")));
                }
            } catch (IOException e) {
                continue;
            }
            if (trusted(candidate) && Files.isWritable(candidate)) {
                return candidate;
            }
        }
        throw new IOException("none of " + candidates + " can be written");
    }

    /** The state files of all directories that can be believed. */
    List<Path> all() {
        List<Path> files = new ArrayList<>();
        for (Path candidate : candidates) {
            if (Files.isDirectory(candidate, LinkOption.NOFOLLOW_LINKS) && trusted(candidate)) {
                try (var inside = Files.newDirectoryStream(candidate, "*.json")) {
                    inside.forEach(files::add);
                } catch (IOException e) {
                    // Unreadable: nothing of ours stands there.
                }
            }
        }
        return files;
    }

    private static boolean trusted(Path directory) {
        try {
            Object self = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
            Object owner = Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS);
            int mode =
                    (Integer) Files.getAttribute(directory, "unix:mode", LinkOption.NOFOLLOW_LINKS);
            return self.equals(owner) && (mode & 0022) == 0;
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }
}

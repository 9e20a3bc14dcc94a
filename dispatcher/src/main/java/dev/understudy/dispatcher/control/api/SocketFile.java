package dev.understudy.dispatcher.control.api;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The socket in the file system. It is bound under a temporary name, given its mode, and then put in its place in one step, so
 * that nobody can connect to it before its mode guards it. One that a killed process has left is replaced; one that answers is
 * another dispatcher's, and what is no socket is somebody's file: both are left alone.
 */
final class SocketFile {
    private static final String MODE = "rw-rw----";

    private final Path path;
    private final Path temporary;
    private Object key;

    private SocketFile(Path path) {
        this.path = path;
        this.temporary =
                path.resolveSibling("." + Long.toString(ProcessHandle.current().pid(), 36) + ".us");
    }

    /** @throws IOException with a sentence if the place is taken, or cannot be had */
    static SocketFile claim(Path path) throws IOException {
        Path folder = path.toAbsolutePath().getParent();
        if (!Files.isDirectory(folder)) {
            throw new IOException("there is no directory " + folder + " for the control socket.");
        }
        if (!Files.isWritable(folder)) {
            throw new IOException(
                    "the control socket cannot be made: no access to " + folder + ".");
        }
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            boolean socket =
                    (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) >> 12
                            == 0xC;
            if (!socket) {
                throw new IOException(path + " is there already, and is no socket.");
            }
            if (answers(path)) {
                throw new IOException(
                        "another understudy listens on "
                                + path
                                + "; name another with 'control:"
                                + " {socket: PATH}'.");
            }
        }
        SocketFile file = new SocketFile(path);
        Files.deleteIfExists(file.temporary);
        return file;
    }

    static boolean answers(Path path) {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return channel.connect(UnixDomainSocketAddress.of(path));
        } catch (IOException e) {
            return false;
        }
    }

    /** Where to bind. */
    Path temporary() {
        return temporary;
    }

    /** Bound: now it may be seen. */
    void publish() throws IOException {
        Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString(MODE));
        key = key(temporary);
        Files.move(
                temporary,
                path,
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    /** Takes it away, unless it is somebody else's by now. */
    void withdraw() {
        try {
            Files.deleteIfExists(temporary);
            if (key != null && key.equals(key(path))) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            // It is gone, or its directory is: either way nothing is left to take away.
        }
    }

    private static Object key(Path path) throws IOException {
        return Files.getAttribute(path, "unix:ino", LinkOption.NOFOLLOW_LINKS);
    }
}

package dev.understudy.tools.host;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The files under one directory, by the path of a request. Nothing outside is ever found: neither by {@code ..}, however
 * encoded, nor by way of a symbolic link. A directory is its {@code index.html}; there are no listings.
 *
 * <p>Files of up to 64 KiB are kept in memory, {@value #MAX_CACHED} of them, and looked at again after a second: most
 * requests for them touch no file at all.
 */
final class FileStore {
    static final int MAX_CACHED = 256;
    static final int MAX_CACHED_BYTES = 64 * 1024;

    private static final long FRESH_NANOS = 1_000_000_000L;
    private static final Map<String, String> TYPES =
            Map.ofEntries(
                    Map.entry("html", "text/html; charset=utf-8"),
                    Map.entry("htm", "text/html; charset=utf-8"),
                    Map.entry("txt", "text/plain; charset=utf-8"),
                    Map.entry("css", "text/css; charset=utf-8"),
                    Map.entry("js", "text/javascript; charset=utf-8"),
                    Map.entry("json", "application/json"),
                    Map.entry("xml", "application/xml"),
                    Map.entry("svg", "image/svg+xml"),
                    Map.entry("png", "image/png"),
                    Map.entry("jpg", "image/jpeg"),
                    Map.entry("gif", "image/gif"),
                    Map.entry("pdf", "application/pdf"),
                    Map.entry("gz", "application/gzip"));

    /**
     * One file as it was looked at.
     *
     * @param content all of it if it is small, else empty
     */
    record Entry(
            Path path, long size, long modifiedMillis, String etag, String type, ByteBuf content) {
        boolean isCached() {
            return content.readableBytes() == size;
        }

        /** Opens a large one. */
        FileChannel open() throws IOException {
            return FileChannel.open(path, StandardOpenOption.READ);
        }
    }

    private record Cached(Entry entry, long until) {}

    private final Path root;
    private final LinkedHashMap<String, Cached> cache =
            new LinkedHashMap<>(64, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Cached> eldest) {
                    return size() > MAX_CACHED;
                }
            };

    private String date = "";
    private long dateSecond;

    FileStore(Path root) throws IOException {
        this.root = root.toRealPath();
    }

    /**
     * The file of a request.
     *
     * @param path decoded, beginning with a slash
     * @return empty if there is none that may be served
     * @throws IOException if it cannot be read
     */
    Optional<Entry> find(String path, long now) throws IOException {
        Cached cached = cache.get(path);
        if (cached != null && cached.until - now > 0) {
            return Optional.of(cached.entry);
        }
        Optional<Entry> found = look(path);
        if (found.isPresent() && found.get().isCached()) {
            cache.put(path, new Cached(found.get(), now + FRESH_NANOS));
        } else {
            cache.remove(path);
        }
        return found;
    }

    private Optional<Entry> look(String path) throws IOException {
        if (!path.startsWith("/") || path.indexOf('\0') >= 0) {
            return Optional.empty();
        }
        try {
            Path file = root.resolve(path.substring(1)).normalize();
            if (!file.startsWith(root)) {
                return Optional.empty();
            }
            file = file.toRealPath();
            if (Files.isDirectory(file)) {
                file = file.resolve("index.html").toRealPath();
            }
            if (!file.startsWith(root)) {
                return Optional.empty();
            }
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return attributes.isRegularFile()
                    ? Optional.of(entry(file, attributes))
                    : Optional.empty();
        } catch (NoSuchFileException | InvalidPathException e) {
            return Optional.empty();
        }
    }

    /** The present date, made once a second. */
    String date() {
        long second = System.currentTimeMillis() / 1000;
        if (second != dateSecond) {
            dateSecond = second;
            date = HttpDates.format(second * 1000);
        }
        return date;
    }

    private static Entry entry(Path file, BasicFileAttributes attributes) throws IOException {
        long size = attributes.size();
        long modified = attributes.lastModifiedTime().toMillis();
        String etag =
                '"'
                        + Long.toHexString(size)
                        + '-'
                        + Long.toHexString(attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS))
                        + '"';
        ByteBuf content = size <= MAX_CACHED_BYTES ? read(file, (int) size) : Unpooled.EMPTY_BUFFER;
        if (size <= MAX_CACHED_BYTES) {
            size = content.readableBytes();
        }
        return new Entry(file, size, modified, etag, type(file), content);
    }

    private static ByteBuf read(Path file, int size) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(size);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
                // Until it is all there, or the file has become shorter.
            }
        }
        return Unpooled.wrappedBuffer(buffer.flip());
    }

    private static String type(Path file) {
        String name = file.getFileName().toString();
        String extension = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        return TYPES.getOrDefault(extension, "application/octet-stream");
    }
}

package dev.understudy.tools.bench;

import dev.understudy.tools.net.Host;
import dev.understudy.tools.net.Nginx;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;

/**
 * A large file by curl from one of two nginx, and the one that serves it dies at a random point ({@link Death}). What curl got
 * is digested as it comes, and the longest pause in it after the death is what the client noticed. How long pauses are where
 * nobody dies, on this machine and at this load, stands beside it.
 */
final class DownloadBench {
    private static final int PIECE = 1 << 20;
    private static final int READ_BYTES = 1 << 18;
    private static final int SERVERS = 2;
    private static final String PATIENCE_SECONDS = "300";

    /** How the serving server goes. */
    enum Death {
        /** It does not. */
        NONE,
        /** SIGKILL: its kernel sends what nginx has written already, and then FIN. */
        KILLED,
        /** Its machine is gone, and one of the same address that knows no connection answers by RST. */
        REPLACED,
        /** Its machine has lost its power. */
        SILENT
    }

    /**
     * One download.
     *
     * @param tagged whether the servers say an ETag
     * @param diedAt bytes that curl had when the server died, or might have
     * @param whole whether curl ended well, and all came with the right SHA-256
     * @param stallMillis the longest time without a byte from then on
     * @param usualMillis the longest time without a byte before it
     */
    record Row(
            String path,
            boolean tagged,
            Death death,
            long diedAt,
            boolean whole,
            double stallMillis,
            double usualMillis) {}

    private final FailoverNetwork network;
    private final long size;
    private final int deaths;
    private final Consumer<String> progress;
    private final Random random = new Random(6_182_139);

    /**
     * @param mebibytes size of the file
     * @param deaths downloads of each kind
     */
    DownloadBench(FailoverNetwork network, int mebibytes, int deaths, Consumer<String> progress) {
        this.network = network;
        this.size = (long) mebibytes * PIECE;
        this.deaths = deaths;
        this.progress = progress;
    }

    List<Row> run(Map<Rescuer, String> rescuers) throws IOException {
        Path files = network.directory("files");
        String right = write(files.resolve("file"));
        List<Row> rows = new ArrayList<>();
        for (boolean tagged : List.of(true, false)) {
            List<Nginx> servers = new ArrayList<>();
            try {
                for (Host host : network.servers().subList(0, SERVERS)) {
                    servers.add(nginx(host, files, tagged));
                    servers.get(servers.size() - 1).start();
                }
                for (Map.Entry<Rescuer, String> entry : rescuers.entrySet()) {
                    for (int i = 0; i < deaths * Death.values().length; i++) {
                        Death death = Death.values()[i % Death.values().length];
                        progress.accept(
                                String.format(
                                        "download, %s, %s, %d of %d",
                                        entry.getKey().name(),
                                        tagged ? "with an ETag" : "without",
                                        i + 1,
                                        deaths * Death.values().length));
                        rows.add(
                                download(
                                        entry.getKey(),
                                        entry.getValue(),
                                        tagged,
                                        death,
                                        servers.get(0),
                                        right));
                    }
                }
            } finally {
                for (Nginx server : servers) {
                    server.close();
                }
            }
        }
        return rows;
    }

    private Nginx nginx(Host host, Path files, boolean tagged) throws IOException {
        Path own = network.directory("file-" + host.name() + (tagged ? "" : "-untagged"));
        return new Nginx(host, port(tagged), own, files, tagged ? "" : "etag off;");
    }

    private static int port(boolean tagged) {
        return tagged ? FailoverNetwork.FILE_PORT : FailoverNetwork.UNTAGGED_PORT;
    }

    /** Bytes in which no part is like another; their SHA-256. */
    private String write(Path file) throws IOException {
        MessageDigest digest = sha256();
        byte[] piece = new byte[PIECE];
        try (OutputStream out = Files.newOutputStream(file)) {
            for (long left = size; left > 0; left -= PIECE) {
                random.nextBytes(piece);
                digest.update(piece);
                out.write(piece);
            }
        }
        Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2020-01-01T00:00:00Z")));
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private Row download(
            Rescuer rescuer,
            String address,
            boolean tagged,
            Death death,
            Nginx serving,
            String right)
            throws IOException {
        rescuer.forget();
        long diesAt = size / 20 + (long) (random.nextDouble() * size * 0.9);
        Process curl =
                network.client()
                        .namespace()
                        .start(
                                "curl",
                                "-s",
                                "-N",
                                "-m",
                                PATIENCE_SECONDS,
                                "http://" + address + ":" + port(tagged) + "/file");
        Host host = network.servers().get(0);
        MessageDigest digest = sha256();
        long got = 0;
        long usual = 0;
        long stall = 0;
        FutureTask<Void> dying =
                new FutureTask<>(
                        () -> {
                            switch (death) {
                                case NONE -> {
                                    // All goes on.
                                }
                                case KILLED -> serving.kill();
                                case REPLACED -> network.replace();
                                case SILENT -> network.hush(host);
                            }
                            return null;
                        });
        boolean dead = false;
        try (InputStream in = curl.getInputStream()) {
            byte[] bytes = new byte[READ_BYTES];
            long last = System.nanoTime();
            for (int read = in.read(bytes); read >= 0; read = in.read(bytes)) {
                long now = System.nanoTime();
                if (dead) {
                    stall = Math.max(stall, now - last);
                } else if (got > 0) {
                    usual = Math.max(usual, now - last);
                }
                digest.update(bytes, 0, read);
                got += read;
                last = now;
                if (!dead && got >= diesAt) {
                    dead = true;
                    // Beside, because a reader that waits for it would take its own wait for a
                    // stall.
                    new Thread(dying, "death").start();
                }
            }
            if (dead) {
                Programs.get(dying);
            }
        } finally {
            network.hear(host);
            serving.kill();
            serving.start();
        }
        boolean whole =
                Programs.ended(curl) == 0
                        && got == size
                        && HexFormat.of().formatHex(digest.digest()).equals(right);
        return new Row(rescuer.name(), tagged, death, diesAt, whole, stall / 1e6, usual / 1e6);
    }
}

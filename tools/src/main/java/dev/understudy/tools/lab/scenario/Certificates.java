package dev.understudy.tools.lab.scenario;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * Keys and certificates of servers for one scene, by the JDK's own keytool, and a client that trusts these and no others. They
 * live in a directory that nobody else can read, until the scene has begun: what the contexts hold stays in memory.
 */
final class Certificates {
    private static final Path KEYTOOL = Path.of(System.getProperty("java.home"), "bin", "keytool");
    private static final String TYPE = "PKCS12";
    private static final String SECRET = "UNDERSTUDY_SCENE_SECRET";

    private final KeyStore keys;
    private final char[] password;

    private Certificates(KeyStore keys, char[] password) {
        this.keys = keys;
        this.password = password;
    }

    /** Why there can be none here, if there can be none. */
    static Optional<String> missing() {
        return Files.isExecutable(KEYTOOL)
                ? Optional.empty()
                : Optional.of(
                        "This scene makes its certificates with the JDK's keytool, and "
                                + KEYTOOL
                                + " is missing. Install a whole JDK: sudo apt install"
                                + " default-jdk-headless");
    }

    /** One of each name. */
    static Certificates of(List<String> names) throws IOException {
        byte[] secret = new byte[16];
        new SecureRandom().nextBytes(secret);
        String password = HexFormat.of().formatHex(secret);
        Path folder = Files.createTempDirectory("understudy-tls");
        Path file = folder.resolve("keys.p12");
        try {
            for (String name : names) {
                generate(name, file, password);
            }
            return new Certificates(load(file, password.toCharArray()), password.toCharArray());
        } finally {
            Files.deleteIfExists(file);
            Files.delete(folder);
        }
    }

    private static void generate(String name, Path file, String password) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(
                        KEYTOOL.toString(),
                        "-genkeypair",
                        "-keyalg",
                        "EC",
                        "-alias",
                        name,
                        "-dname",
                        "CN=" + name,
                        "-ext",
                        "SAN=dns:" + name,
                        "-validity",
                        "2",
                        "-storetype",
                        TYPE,
                        "-keystore",
                        file.toString(),
                        "-storepass:env",
                        SECRET);
        // Not as an argument, which every process of the machine could read.
        builder.environment().put(SECRET, password);
        Process keytool = builder.redirectErrorStream(true).start();
        try (InputStream out = keytool.getInputStream()) {
            String said = new String(out.readAllBytes(), StandardCharsets.UTF_8).strip();
            if (keytool.waitFor() != 0) {
                throw new IOException("keytool failed: " + said);
            }
        } catch (InterruptedException e) {
            keytool.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted in keytool");
        }
    }

    private static KeyStore load(Path file, char[] password) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            KeyStore store = KeyStore.getInstance(TYPE);
            store.load(in, password);
            return store;
        } catch (GeneralSecurityException e) {
            throw new IOException("what keytool made cannot be read", e);
        }
    }

    /** What a server has that goes by one of the names. */
    SSLContext server(String name) throws IOException {
        try {
            KeyStore own = KeyStore.getInstance(TYPE);
            own.load(null, password);
            own.setKeyEntry(
                    name, keys.getKey(name, password), password, keys.getCertificateChain(name));
            KeyManagerFactory managers =
                    KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            managers.init(own, password);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(managers.getKeyManagers(), null, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("no TLS for " + name, e);
        }
    }

    /** What a client has that trusts all of them. */
    SSLContext client() throws IOException {
        try {
            KeyStore trusted = KeyStore.getInstance(TYPE);
            trusted.load(null, null);
            for (String name : Collections.list(keys.aliases())) {
                trusted.setCertificateEntry(name, keys.getCertificate(name));
            }
            TrustManagerFactory managers =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("no TLS for a client", e);
        }
    }
}

package dev.understudy.dispatcher.config;

import dev.understudy.dispatcher.config.Config.Attach;
import dev.understudy.dispatcher.config.Config.Setup;
import dev.understudy.dispatcher.config.SidesReader.Sides;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Reads a configuration (DESIGN 8): YAML 1.2 in, checked records out, or every problem of the file at once with its line and
 * column. Names are resolved now, by the resolver that was handed in, and again whenever its text is ({@link Names}).
 */
public final class ConfigLoader {
    private static final List<String> KEYS =
            List.of(
                    "attach",
                    "client",
                    "network",
                    "setup",
                    "site",
                    "services",
                    "limits",
                    "control");

    private final HostResolver resolver;

    public ConfigLoader(HostResolver resolver) {
        this.resolver = resolver;
    }

    /** Loads a file; one that cannot be read is a problem like any other. */
    public LoadResult load(Path file) {
        String name = file.toString();
        try {
            if (Files.isDirectory(file)) {
                return problem(name, "this is a directory; expected a file.");
            }
            try (InputStream in = Files.newInputStream(file)) {
                return parse(name, in.readNBytes(YamlFile.MOST_BYTES + 1));
            }
        } catch (NoSuchFileException e) {
            return problem(
                    name,
                    "there is no such file; `understudy config template` prints one to begin"
                            + " with.");
        } catch (AccessDeniedException e) {
            return problem(name, "the file may not be read by this user.");
        } catch (IOException e) {
            return problem(name, "the file cannot be read: " + e.getMessage() + ".");
        }
    }

    /** Loads what a file holds. */
    public LoadResult parse(String name, byte[] bytes) {
        Findings findings = new Findings(name);
        Optional<Config> config =
                YamlFile.read(bytes, name, findings).flatMap(n -> config(n, findings));
        if (config.isPresent() && findings.none()) {
            return new LoadResult.Loaded(config.get());
        }
        return new LoadResult.Problems(findings.sorted());
    }

    private static LoadResult problem(String name, String message) {
        return new LoadResult.Problems(List.of(new Problem(name, 0, 0, message)));
    }

    private Optional<Config> config(Node node, Findings findings) {
        Section root = new Section("", node, findings, KEYS, List.of());
        Scalars scalars = new Scalars(findings);
        Attach attach =
                root.optional("attach")
                        .flatMap(n -> scalars.word(n, words(Attach.ROUTED, Attach.INLINE)))
                        .orElse(Attach.ROUTED);
        Setup setup =
                root.optional("setup")
                        .flatMap(n -> scalars.word(n, words(Setup.AUTO, Setup.NONE)))
                        .orElse(Setup.AUTO);
        Optional<Sides> sides =
                new SidesReader(findings, attach, setup)
                        .read(
                                root.required("client", "the face toward the clients"),
                                root.required("network", "the face toward the servers"));
        boolean ipv4 = attach == Attach.INLINE || sides.filter(Sides::onlyIpv6).isEmpty();
        boolean ipv6 = attach == Attach.INLINE || sides.filter(Sides::haveIpv6).isPresent();
        ServiceReader services =
                new ServiceReader(
                        findings, new AddressReader(findings, resolver, attach, ipv4, ipv6));
        List<ServiceConfig> read =
                root.required("services", "at least one service")
                        .map(list -> services.read(root, list))
                        .orElse(List.of());
        Limits limits =
                root.optional("limits").map(n -> limits(n, findings)).orElse(Limits.DEFAULT);
        Optional<ControlAccess> control =
                root.optional("control").map(n -> new ControlReader(findings).read(n));
        return sides.map(
                s -> new Config(attach, s.client(), s.network(), setup, read, control, limits));
    }

    private static <E extends Enum<E>> Map<String, E> words(E first, E second) {
        Map<String, E> words = new LinkedHashMap<>();
        for (E value : List.of(first, second)) {
            words.put(value.name().toLowerCase(java.util.Locale.ROOT), value);
        }
        return words;
    }

    private static Limits limits(Node node, Findings findings) {
        Scalars scalars = new Scalars(findings);
        Section section =
                new Section(
                        "limits",
                        node,
                        findings,
                        List.of("sessions", "half-open", "store", "store-per-session"),
                        List.of());
        int sessions =
                section.optional("sessions")
                        .flatMap(n -> scalars.integer(n, 1, 1 << 24))
                        .orElse(Limits.DEFAULT.sessions());
        int halfOpen =
                section.optional("half-open")
                        .flatMap(n -> scalars.integer(n, 1, 1 << 24))
                        .orElse(Math.min(sessions, Limits.DEFAULT.halfOpen()));
        long store =
                section.optional("store")
                        .flatMap(n -> scalars.size(n, 4 << 10, 1L << 40))
                        .orElse(Limits.DEFAULT.store());
        long perSession =
                section.optional("store-per-session")
                        .flatMap(n -> scalars.size(n, 1 << 10, 1L << 30))
                        .orElse(Math.min(store, Limits.DEFAULT.storePerSession()));
        if (halfOpen > sessions) {
            findings.at(
                    section.where("half-open"),
                    "half-open ("
                            + halfOpen
                            + ") must not exceed sessions ("
                            + sessions
                            + ") in limits.");
        }
        if (perSession > store) {
            findings.at(
                    section.where("store-per-session"),
                    "store-per-session ("
                            + Units.size(perSession)
                            + ") must not exceed store ("
                            + Units.size(store)
                            + ") in limits.");
        }
        return new Limits(sessions, halfOpen, store, (int) perSession);
    }
}

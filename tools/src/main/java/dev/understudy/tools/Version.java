package dev.understudy.tools;

import java.util.Optional;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints: the version in the jar's manifest, and the JVM that runs it. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        String version =
                Optional.ofNullable(Main.class.getPackage().getImplementationVersion())
                        .orElse("0.1.0-SNAPSHOT");
        return new String[] {"understudy " + version + " (Java " + Runtime.version() + ")"};
    }
}

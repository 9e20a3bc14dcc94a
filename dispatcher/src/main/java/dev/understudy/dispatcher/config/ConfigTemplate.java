package dev.understudy.dispatcher.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The commented configuration that `understudy config template` prints. It loads as it stands. */
public final class ConfigTemplate {
    private ConfigTemplate() {}

    /** The whole file. */
    public static String text() {
        try (InputStream in = ConfigTemplate.class.getResourceAsStream("template.yaml")) {
            if (in == null) {
                throw new IllegalStateException("template.yaml is missing from the jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

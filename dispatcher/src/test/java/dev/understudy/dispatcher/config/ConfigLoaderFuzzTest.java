package dev.understudy.dispatcher.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Seeds;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Nonsense in every place of a configuration gives sentences, never an exception. */
class ConfigLoaderFuzzTest {
    private static final String FILE =
            """
            client: {link: "tap:us0", address: 10.111.0.2/24}
            network: {link: "tap:us1", address: 10.112.0.2/24}
            services:
              - name: shop
                original: 203.0.113.10:80
                servers: [10.20.0.11:80]
            limits: {store: 64MiB}
            """;

    private final ConfigLoader loader =
            new ConfigLoader(host -> List.of(IpAddress.parse("192.0.2.7")));

    @Test
    void noTextMakesTheLoaderThrow() {
        Seeds.each(
                200,
                random -> {
                    byte[] letters = new byte[random.nextInt(60)];
                    for (int i = 0; i < letters.length; i++) {
                        letters[i] = (byte) random.nextInt(' ', '~' + 1);
                    }
                    noise(new String(letters, UTF_8));
                });
    }

    private void noise(String noise) {
        assertThat(loader.parse("t.yaml", noise.getBytes(UTF_8))).isNotNull();
        for (String place :
                List.of(
                        "tap:us0",
                        "10.112.0.2/24",
                        "shop",
                        "203.0.113.10:80",
                        "10.20.0.11:80",
                        "64MiB")) {
            assertThat(loader.parse("t.yaml", FILE.replace(place, noise).getBytes(UTF_8)))
                    .isNotNull();
        }
    }

    @Test
    void noBytesMakeTheLoaderThrow() {
        Seeds.each(
                200,
                random -> {
                    byte[] noise = new byte[random.nextInt(200)];
                    random.nextBytes(noise);
                    assertThat(loader.parse("t.yaml", noise))
                            .isInstanceOf(LoadResult.Problems.class);
                });
    }
}

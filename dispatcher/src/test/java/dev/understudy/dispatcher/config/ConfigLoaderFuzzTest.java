package dev.understudy.dispatcher.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.wire.IpAddress;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;

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

    @Property(tries = 200)
    void noTextMakesTheLoaderThrow(
            @ForAll @StringLength(max = 60) @CharRange(from = ' ', to = '~') String noise) {
        loader.parse("t.yaml", noise.getBytes(UTF_8));
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

    @Property(tries = 100)
    void noBytesMakeTheLoaderThrow(@ForAll byte[] noise) {
        assertThat(loader.parse("t.yaml", noise)).isInstanceOf(LoadResult.Problems.class);
    }
}

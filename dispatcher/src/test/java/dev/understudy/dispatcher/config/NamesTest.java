package dev.understudy.dispatcher.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.understudy.stack.wire.IpAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("P48")
class NamesTest {
    private static final String YAML =
            """
            client: {link: "tap:us0", address: 10.111.0.2/24}
            network: {link: "tap:us1", address: 10.112.0.2/24}
            services:
              - {name: shop, original: "203.0.113.10:80", servers: ["shop.example:80"]}
            """;

    private final Map<String, List<IpAddress>> zone = new HashMap<>();
    private final Names names =
            new Names(
                    host -> {
                        List<IpAddress> found = zone.get(host);
                        if (found == null) {
                            throw new UnknownHostException(host);
                        }
                        return found;
                    });

    private void zone(String... addresses) {
        zone.put("shop.example", Stream.of(addresses).map(IpAddress::parse).toList());
    }

    private List<String> servers() {
        LoadResult result =
                new ConfigLoader(names).parse("t.yaml", YAML.getBytes(StandardCharsets.UTF_8));
        return ((LoadResult.Loaded) result)
                .config().services().get(0).servers().stream()
                        .map(server -> server.endpoint().toString())
                        .toList();
    }

    @Test
    void theSameConfigurationHasOtherServersWhenANameHasMoved() {
        zone("10.20.0.1");
        assertThat(servers()).containsExactly("10.20.0.1:80");

        zone("10.20.0.2", "10.20.0.3");
        assertThat(servers()).as("before it is asked again").containsExactly("10.20.0.1:80");
        assertThat(names.refresh())
                .containsExactly("shop.example is 10.20.0.2, 10.20.0.3 now, no longer 10.20.0.1");
        assertThat(servers()).containsExactly("10.20.0.2:80", "10.20.0.3:80");
    }

    @Test
    void anAnswerInAnotherOrderIsTheSameAnswer() {
        zone("10.20.0.1", "10.20.0.2");
        servers();

        zone("10.20.0.2", "10.20.0.1");
        assertThat(names.refresh()).isEmpty();
        assertThat(servers()).containsExactly("10.20.0.1:80", "10.20.0.2:80");
    }

    @Test
    void aNameThatIsGoneKeepsItsAddresses() {
        zone("10.20.0.1");
        servers();

        zone.clear();
        assertThat(names.refresh()).isEmpty();
        assertThat(servers()).containsExactly("10.20.0.1:80");
    }

    @Test
    void aNameThatNeverHadAnAddressIsAnErrorAndNotRemembered() {
        assertThatThrownBy(() -> names.resolve("shop.example"))
                .isInstanceOf(UnknownHostException.class);
        assertThat(names.isEmpty()).isTrue();
        assertThat(names.refresh()).isEmpty();
    }
}

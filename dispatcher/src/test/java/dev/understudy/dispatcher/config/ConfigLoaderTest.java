package dev.understudy.dispatcher.config;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.ServiceConfig.Recover;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.stack.wire.IpAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("P48")
class ConfigLoaderTest {
    private static final Map<String, List<IpAddress>> NAMES =
            Map.of(
                    "shop.example",
                    List.of(IpAddress.parse("192.0.2.7"), IpAddress.parse("2001:db8::7")),
                    "pool.example",
                    List.of(IpAddress.parse("10.20.0.1"), IpAddress.parse("10.20.0.2")));

    private static final String SIDES =
            """
            client: {link: "tap:us0", address: 10.111.0.2/24}
            network: {link: "tap:us1", address: 10.112.0.2/24}
            """;

    private static final String SERVICE =
            """
            services:
              - name: shop
                original: 203.0.113.10:80
                servers: [10.20.0.11:80]
            """;

    private final ConfigLoader loader =
            new ConfigLoader(
                    host ->
                            Optional.ofNullable(NAMES.get(host))
                                    .orElseThrow(() -> new UnknownHostException(host)));

    private Config load(String yaml) {
        LoadResult result = loader.parse("t.yaml", yaml.getBytes(UTF_8));
        assertThat(result).as("%s", result).isInstanceOf(LoadResult.Loaded.class);
        return ((LoadResult.Loaded) result).config();
    }

    private List<String> problems(byte[] yaml) {
        LoadResult result = loader.parse("t.yaml", yaml);
        assertThat(result).as("%s", result).isInstanceOf(LoadResult.Problems.class);
        return ((LoadResult.Problems) result).problems().stream().map(Problem::toString).toList();
    }

    private List<String> problems(String yaml) {
        return problems(yaml.getBytes(UTF_8));
    }

    @Test
    void templateLoadsAndMeansTheDefaults() {
        Config config = load(ConfigTemplate.text());

        assertThat(config.attach()).isEqualTo(Config.Attach.ROUTED);
        assertThat(config.limits()).isEqualTo(Limits.DEFAULT);
        ServiceConfig shop = config.services().get(0);
        assertThat(shop.connect()).isEqualTo(ServiceConfig.Connect.DEFAULT);
        assertThat(shop.recover()).isEqualTo(Recover.DEFAULT);
        assertThat(shop.originals()).hasToString("[203.0.113.10:80]");
        assertThat(shop.servers())
                .extracting(ServerConfig::backup)
                .containsExactly(false, false, true);
    }

    @Test
    void everyCommentedLineOfTheTemplateIsValidToo() {
        String all =
                ConfigTemplate.text()
                        .replaceAll("(?m)^( *)# (gateway: 10\\.111|nat:|connect:|limits:)", "$1$2")
                        .replaceAll(
                                "(?m)^( *)#( +(strategy|stagger|timeout|attempts|on|resume):)",
                                "$1 $2")
                        .replaceAll("(?m)^( *)# (recover:) .*", "$1$2")
                        .replaceAll(
                                "(?m)^#(   (sessions|half-open|store|store-per-session):)", " $1");

        assertThat(load(all)).isEqualTo(load(ConfigTemplate.text()));
        assertThat(all).contains("\n    connect:\n").contains("\nlimits:\n");
    }

    @Test
    @Tag("B16")
    @Tag("P58")
    void readsBareLinksAndAddressesOfBothFamilies() {
        Config config =
                load(
                        """
                        client: {link: "tun:a", address: 10.1.0.9/24, address6: "fd00:1::9/64"}
                        network:
                          link: tun:b
                          address: 10.2.0.1/30
                          gateway: 10.2.0.2
                          address6: fd00:2::1/64
                          gateway6: fd00:2::2
                        setup: none
                        services:
                          - {name: web, original: "[2001:db8::10]:80", servers: ["[fd00:20::1]:80"]}
                        """);

        assertThat(config.client().link().bare()).isTrue();
        assertThat(config.network().address6()).hasToString("Optional[fd00:2::1/64]");
        assertThat(config.network().gateway6()).contains(IpAddress.parse("fd00:2::2"));
        assertThat(config.services().get(0).originals()).hasToString("[[2001:db8::10]:80]");
    }

    @Test
    @Tag("B16")
    void sidesMayHaveIpv6Alone() {
        Config config =
                load(
                        """
                        client: {link: "tap:a", address6: "fd00:1::9/64"}
                        network: {link: "tap:b", address6: "fd00:2::1/64"}
                        services:
                          - {name: web, original: "[2001:db8::10]:80", servers: ["[fd00:20::1]:80"]}
                        """);

        assertThat(config.client().address()).isEmpty();
        assertThat(config.client().gateway()).isEmpty();
        assertThat(config.network().gateway6()).contains(IpAddress.parse("fd00:2::2"));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    address: 10.111.0.2/24      | address6: "fd00:2::1/64" | the two sides have no family in common
                    address6: "fd00:1::9/64"    | address6: "fd00:2::1/64" | an IPv4 original with 'attach: routed' needs 'address' under client
                    address6: "fd00:1::9/64"    | link: "tap:b"            | 'address' is missing in network; expected our address on that link with its prefix, such as 10.112.0.2/24, or 'address6'.
                    address6: "fd00:1::9/64"    | address6: "fd00:1::1/64" | the two sides need different networks
                    """)
    @Tag("B16")
    void whatAFamilyWantsOnBothSidesIsSaid(String client, String network, String sentence) {
        String link = network.contains("link") ? "" : "link: \"tap:b\", ";
        String yaml =
                "client: {link: \"tap:a\", "
                        + client
                        + "}\nnetwork: {"
                        + link
                        + network
                        + "}\nservices:\n  - {name: web, original: 203.0.113.10:80,"
                        + " servers: [10.20.0.11:80]}\n";

        assertThat(problems(yaml)).anySatisfy(problem -> assertThat(problem).contains(sentence));
    }

    @Test
    @Tag("B16")
    void kernelsEndOfALinkIsTheFirstOtherAddressInBothFamilies() {
        Config config =
                load(
                        """
                        client: {link: "tap:a", address: 10.1.0.9/24, address6: "fd00:1::9/64"}
                        network: {link: "tap:b", address: 10.2.0.1/24, address6: "fd00:2::1/64"}
                        services:
                          - {name: web, original: "[2001:db8::10]:80", servers: ["[fd00:20::1]:80"]}
                        """);

        assertThat(config.client().gateway()).contains(IpAddress.parse("10.1.0.1"));
        assertThat(config.client().gateway6()).contains(IpAddress.parse("fd00:1::1"));
        assertThat(config.network().gateway()).contains(IpAddress.parse("10.2.0.2"));
        assertThat(config.network().gateway6()).contains(IpAddress.parse("fd00:2::2"));
    }

    @Test
    void readsEverything() {
        Config config =
                load(
                        """
                        attach: routed
                        client: {link: "tap:a,offload=off", address: 10.1.0.9/24, gateway: 10.1.0.5}
                        network: {link: "tap:b,offload=on", address: 10.2.0.1/30, nat: true}
                        setup: auto
                        services:
                          - name: web
                            original: [203.0.113.10:80, 198.51.100.0/24:8000-8100, "shop.example:443"]
                            servers:
                              - 10.20.0.11
                              - {address: pool.example:81, weight: 7, backup: true}
                            bind: connect
                            protocol: ftp
                            connect: {strategy: round-robin, stagger: 10ms, timeout: 1m, attempts: 9}
                            recover: {on: [reset]}
                        limits: {sessions: 10, half-open: 5, store: 1MiB, store-per-session: 2KiB}
                        """);

        assertThat(config.client().link()).hasToString("tap:a,offload=off");
        assertThat(config.client().gateway()).contains(IpAddress.parse("10.1.0.5"));
        assertThat(config.network().gateway()).contains(IpAddress.parse("10.2.0.2"));
        assertThat(config.limits()).isEqualTo(new Limits(10, 5, 1 << 20, 2048));
        ServiceConfig web = config.services().get(0);
        assertThat(web.protocol()).isEqualTo(ServiceConfig.Protocol.FTP);
        assertThat(web.originals())
                .hasToString("[203.0.113.10:80, 198.51.100.0/24:8000-8100, 192.0.2.7:443]");
        assertThat(web.servers())
                .containsExactly(
                        ServerConfig.of(Endpoint.parse("10.20.0.11:0")),
                        new ServerConfig(
                                Endpoint.parse("10.20.0.1:81"),
                                7,
                                true,
                                Optional.of("pool.example")),
                        new ServerConfig(
                                Endpoint.parse("10.20.0.2:81"),
                                7,
                                true,
                                Optional.of("pool.example")));
        assertThat(web.connect())
                .isEqualTo(
                        new ServiceConfig.Connect(
                                Strategy.ROUND_ROBIN, 10_000_000L, 60_000_000_000L, 9));
        assertThat(web.recover()).isEqualTo(new Recover(true, false, false));
    }

    @Test
    void inlineNeedsNoAddressesAndTakesIpv6Originals() {
        Config config =
                load(
                        """
                        attach: inline
                        client: {link: "tap:us0"}
                        network: {link: "tap:us1"}
                        services:
                          - {name: six, original: "[2001:db8::/64]:80", servers: ["[2001:db8:1::1]:80"], recover: none}
                        """);

        assertThat(config.network().nat()).isFalse();
        assertThat(config.services().get(0).recover()).isEqualTo(Recover.NONE);
        assertThat(config.services().get(0).originals()).hasToString("[[2001:db8::/64]:80]");
    }

    @Test
    void reportsAllProblemsInTheOrderOfTheFile() {
        List<String> problems =
                problems(
                        """
                        attach: router
                        clinet: {link: tap:us0}
                        network: {link: "tap:us1", address: 10.112.0.0/24, gateway: 10.9.9.9}
                        services:
                          - name: shop
                            original: [203.0.113.10]
                            servers: []
                            connect: {stagger: 250, timeout: 2sec}
                        """);

        assertThat(problems)
                .containsExactly(
                        "t.yaml:1:1: 'client' is missing; expected the face toward the clients.",
                        "t.yaml:1:9: 'router' is not valid here; did you mean 'routed'? (Expected"
                                + " routed or inline.)",
                        "t.yaml:2:1: unknown key 'clinet'; did you mean 'client'?",
                        "t.yaml:3:37: 10.112.0.0 is the network's own or its broadcast address;"
                                + " expected a host's, such as 10.112.0.1/24.",
                        "t.yaml:6:16: '203.0.113.10' has no port; expected ADDRESS:PORT, CIDR:PORT,"
                                + " ADDRESS:FIRST-LAST or NAME:PORT, such as 203.0.113.10:80.",
                        "t.yaml:7:14: the list 'servers' in services[0] is empty; expected"
                                + " ADDRESS:PORT.",
                        "t.yaml:8:24: expected a duration such as 250ms, 2s or 1m; '250' has no"
                                + " unit.",
                        "t.yaml:8:38: 'sec' is no unit here; expected ns, us, ms, s, m or h.");
    }

    /** One line is put into a service that is right otherwise; the sentence must say this. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    routes: []                                     | 'routes' needs 'bind: url' or 'bind: sni' in services[0].
                    recover: {on: [5xx]}                           | '5xx' is no failure in services[0].recover; did you mean 'http 5xx'?
                    recover: {on: [resets]}                        | did you mean 'reset'?
                    recover: {on: []}                              | the list 'on' in services[0].recover is empty
                    recover: all                                   | expected a map with on or resume in services[0].recover, found 'all'.
                    connect: {strategy: quickest}                   | 'expected staggered, race, original-first, in-order,'
                    connect: {strategy: round_robin}               | did you mean 'round-robin'?
                    connect: {attempts: two}                       | expected a whole number from 1 to 100, found 'two'.
                    connect: {attempts: [1]}                       | expected a whole number from 1 to 100, found a list.
                    connect: {timeout: 1h}                         | '1h' is outside 10ms to 10m.
                    connect: {stagger: 3s}                         | the stagger (3s) must be shorter than the timeout (2s)
                    connect: {stagger: }                           | expected a duration such as 250ms, found nothing.
                    connect:                                       | found nothing.
                    name: again                                    | 'name' stands twice in services[0]; the first is in line 4.
                    accept: honest                                 | 'accept' needs 'bind: url' or 'bind: sni' in services[0].
                    policy: x                                      | 'policy' in services[0] is not supported yet.
                    sevrers: 1                                     | unknown key 'sevrers' in services[0]; did you mean 'servers'?
                    ? [a]                                          | expected a key in services[0], found a list.
                    """)
    void aWrongLineOfAServiceGetsItsSentence(String line, String sentence) {
        assertThat(problems(SIDES + SERVICE + "    " + line + "\n"))
                .singleElement()
                .asString()
                .startsWith("t.yaml:7:")
                .contains(sentence);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    203.0.113.10:0             | port '0' is outside 1 to 65535.
                    203.0.113.10:70000         | port '70000' is outside 1 to 65535.
                    203.0.113.10:90-80         | did you mean '80-90'?
                    203.0.113.10:http          | 'http' is not a port (80) or a range of ports (8000-8100).
                    203.0.113.1/24:80          | did you mean 203.0.113.0/24?
                    203.0.113.0/33:80          | '33' is not a prefix length (0 to 32).
                    203.0.113:80               | '203.0.113' is not an IP address.
                    203.0.113.010:80           | '203.0.113.010' is not an IP address.
                    0.0.0.0:80                 | 0.0.0.0 is no address that a client connects to.
                    224.0.0.1:80               | 224.0.0.1 is no address that a client connects to.
                    127.0.0.1:80               | never leaves the client
                    2001:db8::1:80             | write an IPv6 address as "[2001:db8::1]:80", with the quotes.
                    '"[2001:db8::1]:80"'       | an IPv6 original with 'attach: routed' needs 'address6' under client
                    '"[2001:db8::1:80"'        | is not [ADDRESS]:PORT.
                    '[[2001:db8::1]:80]'       | put quotes around an IPv6 address
                    http://shop.example/       | is a URL; expected only its HOST:PORT.
                    gone.example:80            | the name 'gone.example' has no address at present
                    a_b..c:80                  | is not an IP address.
                    '{address: 1.2.3.4}'       | found a map.
                    """)
    void aWrongOriginalGetsItsSentence(String original, String sentence) {
        String yaml = SIDES + SERVICE.replace("203.0.113.10:80", original);
        assertThat(problems(yaml))
                .singleElement()
                .asString()
                .startsWith("t.yaml:5:")
                .contains(sentence);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    10.0.0.1:80-90                     | is a range of ports; a server has one
                    '"[2001:db8::1]:80"'               | of different families
                    127.0.0.1:80                       | cannot be reached over a link
                    '{address: 10.0.0.1:80, wieght: 2}' | unknown key 'wieght' in a server of services[0]; did you mean 'weight'?
                    '{address: 10.0.0.1, weight: 0}'       | expected a whole number from 1 to 1000, found '0'.
                    '{weight: 2}'                      | 'address' is missing in a server of services[0]
                    '{address: 10.0.0.1, backup: yes}' | 'yes' is not valid here; expected true or false.
                    '{address: 10.0.0.1, backup: true}'| every server in services[0] is a backup
                    '10.0.0.1:80, 10.0.0.1:80'         | the server 10.0.0.1:80 stands twice in services[0].
                    '[1.1.1.1]'                        | found a list.
                    """)
    void aWrongServerGetsItsSentence(String server, String sentence) {
        String yaml = SIDES + SERVICE.replace("10.20.0.11:80", server);
        assertThat(problems(yaml)).first().asString().startsWith("t.yaml:6:").contains(sentence);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    network: {link: 'tap:us0', address: 10.112.0.2/24}                         | need two links, and both are 'us0'.
                    network: {link: 'tap:us1', address: 10.111.0.3/16}                         | the two sides need different networks
                    network: {link: 'tap:us1', address: 10.112.0.2}                            | has no prefix length
                    network: {link: 'tap:us1', address: 10.112.0.2/32}                         | has no room for the kernel's end
                    network: {link: 'tap:us1', address: 'fd00::2/64'}                          | an IPv6 address stands under 'address6'; here is the place
                    network: {link: 'tap:us1'}                                                 | 'address' is missing in network
                    network: {link: 'eth:us1', address: 10.112.0.2/24}                         | expected tap:NAME or tap:NAME,offload=off.
                    network: {link: 'tap:averyveryverylongname', address: 10.112.0.2/24}       | is not a device name
                    network: {link: 'tap:us1,ofload=off', address: 10.112.0.2/24}              | did you mean 'offload=off'?
                    network: {link: 'tap:us1', address: 10.112.0.2/24, gateway: 10.112.1.1}    | is outside of our network 10.112.0.0/24.
                    network: {link: 'tap:us1', address: 10.112.0.2/24, gateway: 10.112.0.2}    | is our own address
                    network: {link: 'tap:us1', address: 10.112.0.2/24, nat: false}             | 'nat: false' needs 'setup: none'
                    network: us1                                                               | expected a map with link, address, gateway, address6, gateway6 or nat in network, found 'us1'.
                    """)
    void aWrongNetworkSideGetsItsSentence(String network, String sentence) {
        String yaml = SIDES.replaceAll("(?m)^network.*$", network) + SERVICE;
        assertThat(problems(yaml))
                .singleElement()
                .asString()
                .startsWith("t.yaml:2:")
                .contains(sentence);
    }

    @Test
    void withoutSetupTheGatewayMustBeGiven() {
        assertThat(problems("setup: none\n" + SIDES + SERVICE))
                .singleElement()
                .asString()
                .contains("'gateway' is missing in network");
    }

    @Test
    void anOriginalBelongsToOneService() {
        String yaml =
                SIDES
                        + SERVICE
                        + """
                          - name: wide
                            original: 203.0.113.0/24:1-100
                            servers: [10.20.0.11:80]
                          - name: beside
                            original: 203.0.113.10:81
                            servers: [10.20.0.11:80]
                        """
                                .indent(2)
                                .replace("    - ", "  - ")
                                .replace("      ", "    ");
        assertThat(problems(yaml))
                .first()
                .asString()
                .isEqualTo(
                        "t.yaml:8:15: the original 203.0.113.0/24:1-100 overlaps 203.0.113.10:80 of"
                                + " service 'shop' in line 5; an original belongs to one service.");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {sessions: 0}                             | from 1 to 16777216, found '0'
                    {half-open: 9, sessions: 8}               | half-open (9) must not exceed sessions (8)
                    {store: 64kib, store-per-session: 1MiB}   | store-per-session (1MiB) must not exceed store (64KiB)
                    {store: 64}                               | '64' has no unit.
                    {store: 9TiB}                             | 'TiB' is no unit here
                    {half_open: 1}                            | did you mean 'half-open'?
                    """)
    void aWrongLimitGetsItsSentence(String limits, String sentence) {
        assertThat(problems(SIDES + SERVICE + "limits: " + limits + "\n"))
                .singleElement()
                .asString()
                .contains(sentence);
    }

    @Test
    void aTabIsNamed() {
        assertThat(problems("client:\n\tlink: tap:us0\n"))
                .containsExactly(
                        "t.yaml:2:1: the line is indented with a tab; YAML takes spaces only.");
    }

    @Test
    void bytesThatAreNotUtf8AreNamedWithTheirPlace() {
        assertThat(problems("attach: routed\nsetup: k\u00FCr\n".getBytes(ISO_8859_1)))
                .containsExactly("t.yaml:2:9: the file is not UTF-8: byte 0xFC cannot stand here.");
    }

    @Test
    void aHugeFileIsRefused() {
        assertThat(problems("#".repeat(YamlFile.MOST_BYTES + 1)))
                .containsExactly(
                        "t.yaml: the file is larger than 1 MiB, which no configuration needs.");
    }

    @Test
    void aBombOfAliasesIsRefused() {
        StringBuilder bomb = new StringBuilder("a0: &a0 [x]\n");
        for (int i = 1; i < 12; i++) {
            String before = "*a" + (i - 1);
            bomb.append(
                    "a"
                            + i
                            + ": &a"
                            + i
                            + " ["
                            + String.join(
                                    ", ",
                                    List.of(before, before, before, before, before, before, before))
                            + "]\n");
        }
        assertThat(problems(bomb.toString()))
                .singleElement()
                .asString()
                .contains("more than 50 aliases");
    }

    @Test
    void deepNestingIsRefused() {
        assertThat(problems("[".repeat(100_000)))
                .singleElement()
                .asString()
                .contains("nested deeper than 32 levels");
    }

    @Test
    void whatIsNotYamlIsSaidWithItsPlace() {
        assertThat(problems("client: {link: tap\nservices: [\n"))
                .singleElement()
                .asString()
                .startsWith("t.yaml:2:9: this is not YAML: ");
        assertThat(problems("a: \u0000\n")).singleElement().asString().contains("this is not YAML");
        assertThat(problems("")).singleElement().asString().contains("the file is empty");
        assertThat(problems("a: *b\n"))
                .singleElement()
                .asString()
                .startsWith("t.yaml:1:4: this is not YAML: ");
        assertThat(problems("attach: routed\n---\nattach: inline\n"))
                .singleElement()
                .asString()
                .startsWith("t.yaml:3:1: the file holds a second document");
        assertThat(problems("just words\n"))
                .singleElement()
                .asString()
                .contains("expected a map with attach");
    }

    @Test
    void anAliasIsFineWhereItMakesSense() {
        Config config =
                load(
                        SIDES
                                + """
                                services:
                                  - {name: a, original: 203.0.113.10:80, servers: &pool [10.20.0.11:80]}
                                  - {name: b, original: 203.0.113.11:80, servers: *pool}
                                """);
        assertThat(config.services().get(1).servers())
                .isEqualTo(config.services().get(0).servers());
    }

    @Test
    void aMissingFileIsAProblem() {
        LoadResult result = loader.load(Path.of("/nonexistent/shop.yaml"));
        assertThat(((LoadResult.Problems) result).problems())
                .singleElement()
                .asString()
                .startsWith("/nonexistent/shop.yaml: there is no such file");
    }
}

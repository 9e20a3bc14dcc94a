package dev.understudy.dispatcher.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.Bind.Accept;
import dev.understudy.dispatcher.config.Bind.By;
import dev.understudy.dispatcher.config.ServiceConfig.Recover;
import dev.understudy.dispatcher.protocol.Redirect;
import dev.understudy.dispatcher.protocol.UrlRewrite;
import dev.understudy.stack.wire.Endpoint;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Delayed binding, routes, data errors and resume, as the configuration says them. */
@Tag("P48")
class BindConfigTest {
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
            """;

    private final ConfigLoader loader =
            new ConfigLoader(
                    host -> {
                        throw new UnknownHostException(host);
                    });

    private ServiceConfig service(String lines) {
        LoadResult result =
                loader.parse("t.yaml", (SIDES + SERVICE + lines.indent(4)).getBytes(UTF_8));
        assertThat(result).as("%s", result).isInstanceOf(LoadResult.Loaded.class);
        return ((LoadResult.Loaded) result).config().services().get(0);
    }

    private List<String> problems(String lines) {
        LoadResult result =
                loader.parse("t.yaml", (SIDES + SERVICE + lines.indent(4)).getBytes(UTF_8));
        assertThat(result).as("%s", result).isInstanceOf(LoadResult.Problems.class);
        return ((LoadResult.Problems) result).problems().stream().map(Problem::toString).toList();
    }

    @Test
    void readsRoutes() {
        Bind bind =
                service(
                                """
                                bind: url
                                accept: instant
                                bind-timer: 100ms
                                routes:
                                  - {host: Shop.example, path: /images/**, servers: [10.20.0.12:8080, 10.20.0.13:80]}
                                  - {host: "*.example", method: [GET, HEAD], query: [id, lang=de], servers: 10.20.0.14:80}
                                  - {path: /cart, method: POST, replay: safe}
                                  - {path: /old/**, rewrite: "http://new.example:81/pages/**"}
                                  - {path: /away/**, redirect: {status: 307, location: "http://10.20.0.15/**"}}
                                  - {path: /gone, redirect: /found}
                                """)
                        .bind();

        assertThat(bind.by()).isEqualTo(By.URL);
        assertThat(bind.accept()).isEqualTo(Accept.INSTANT);
        assertThat(bind.timerNanos()).isEqualTo(100_000_000L);
        assertThat(bind.routes())
                .extracting(route -> route.pattern().toString())
                .containsExactly(
                        "shop.example/images/**",
                        "GET,HEAD *.example/**?id&lang=de",
                        "POST /cart",
                        "/old/**",
                        "/away/**",
                        "/gone");
        assertThat(bind.routes().get(0).servers())
                .extracting(ServerConfig::endpoint)
                .containsExactly(
                        Endpoint.parse("10.20.0.12:8080"), Endpoint.parse("10.20.0.13:80"));
        assertThat(bind.routes().get(2).replaySafe()).isTrue();
        assertThat(bind.routes().get(3).rewrite())
                .contains(new UrlRewrite(Optional.of("new.example:81"), "/pages/**"));
        assertThat(bind.routes().get(4).redirect())
                .contains(new Redirect(307, "http://10.20.0.15/**"));
        assertThat(bind.routes().get(5).redirect()).contains(new Redirect(302, "/found"));
    }

    @Test
    void boundLaterTheOriginalMayBeTheOnlyServer() {
        ServiceConfig service = service("bind: url");
        assertThat(service.servers()).isEmpty();
        assertThat(service.bind().accept()).isEqualTo(Accept.HONEST);
        assertThat(service.bind().timerNanos()).isEqualTo(250_000_000L);
        assertThat(service("servers: 10.20.0.11:80").bind()).isEqualTo(Bind.CONNECT);
    }

    @Test
    void readsDataErrors() {
        Recover recover =
                service(
                                "servers: 10.20.0.11:80\n"
                                        + "recover: {on: [fin, http 404, http 5xx, \"http 403\"]}")
                        .recover();
        assertThat(recover.reset()).isFalse();
        assertThat(recover.closed()).isTrue();
        assertThat(recover.resume()).isFalse();
        assertThat(List.of(404, 500, 599, 403)).allMatch(recover::fails);
        assertThat(List.of(200, 400, 405, 600, 499)).noneMatch(recover::fails);
        assertThat(recover.any()).isTrue();
    }

    @Test
    void resumingIsAskedForAndLeavesTheRestAsItWas() {
        Recover recover = service("servers: 10.20.0.11:80\nrecover: {resume: verified}").recover();
        assertThat(recover.resume()).isTrue();
        assertThat(recover.reset() && recover.unreachable() && recover.timeout()).isTrue();
        assertThat(recover.fails(404)).isFalse();
    }

    @Test
    void readsSites() {
        LoadResult result =
                loader.parse(
                        "t.yaml",
                        ("site: berlin\n"
                                        + SIDES
                                        + SERVICE
                                        + "    servers: [{address: 10.20.0.11:80, site: paris},"
                                        + " 10.20.0.12:80]\n")
                                .getBytes(UTF_8));
        ServiceConfig service = ((LoadResult.Loaded) result).config().services().get(0);
        assertThat(service.site()).contains("berlin");
        assertThat(service.servers())
                .extracting(ServerConfig::site)
                .containsExactly(Optional.of("paris"), Optional.empty());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    bind: ulr                          | did you mean 'url'?
                    accept: fast                       | expected instant or honest.
                    bind-timer: 2                      | has no unit
                    protocol: ftp                      | 'bind: url' needs 'protocol: tcp' in services[0].
                    routes: []                         | the list 'routes' in services[0] is empty
                    routes: [x]                        | expected a map with host, path, method
                    routes: [{}]                       | this route does nothing; expected servers, rewrite, redirect or replay in services[0].routes[0].
                    routes: [{paht: /x}]               | unknown key 'paht' in services[0].routes[0]; did you mean 'path'?
                    routes: [{host: a b, replay: safe}]           | 'a b' is not a host; expected a name such as shop.example or *.example
                    routes: [{host: a.*, replay: safe}]           | 'a.*' is not a host
                    routes: [{path: images, replay: safe}]        | 'images' is not a path; expected one such as /images/**
                    routes: [{path: /***, replay: safe}]          | '***' means nothing
                    routes: [{method: get, replay: safe}]         | 'get' is no method; expected one such as GET
                    routes: [{query: 'a&b', replay: safe}]        | 'a&b' is no query key
                    routes: [{replay: always}]                    | expected safe.
                    routes: [{path: /a/*/**, rewrite: /b/**}]     | '**' needs a path that ends with '/**' and has no other '*'
                    routes: [{path: /a, redirect: 'http://b/**'}] | '**' needs a path that ends with '/**' and has no other '*'
                    routes: [{rewrite: b}]                        | 'b' is not where a page can move; expected /path, /path/** or http://host/path
                    routes: [{rewrite: '/a b'}]                   | is not where a page can move
                    routes: [{redirect: b}]                       | 'b' is no location
                    routes: [{redirect: {location: /b, status: 200}}]         | '200' is not valid here
                    routes: [{redirect: {status: 302}}]                       | 'location' is missing in services[0].routes[0].redirect
                    routes: [{redirect: /b, servers: ['10.20.0.1:80']}]       | takes neither 'servers' nor 'rewrite'
                    routes: [{servers: ['10.20.0.1:80', '[2001:db8::1]:80']}] | of different families
                    routes: [{policy: x}]                                     | 'policy' in services[0].routes[0] is not supported yet.
                    """)
    void aWrongLineGetsItsSentence(String line, String sentence) {
        String bind = line.startsWith("bind:") ? line : "bind: url\n" + line;
        assertThat(problems("servers: 10.20.0.11:80\n" + bind))
                .first()
                .asString()
                .contains(sentence);
    }

    @Test
    void insideTlsOnlyTheNameCanBeRead() {
        List<String> problems =
                problems(
                        """
                        bind: sni
                        routes:
                          - {path: /x, servers: 10.20.0.11:443}
                        """);
        assertThat(problems)
                .containsExactly(
                        "t.yaml:8:9: 'host' is missing in services[0].routes[0]; expected a server"
                                + " name such as shop.example or *.example.",
                        "t.yaml:8:16: 'path' cannot be read in TLS; it needs 'bind: url' in"
                                + " services[0].routes[0].");
    }

    @Test
    void theTemplatesSecondServiceIsValidToo() {
        String all =
                ConfigTemplate.text()
                        .replaceAll(
                                "(?m)^  # ((- name:| "
                                        + " (original|servers|bind|accept|bind-timer|routes):|    -"
                                        + " \\{).*)",
                                "  $1")
                        .replaceAll("(?m)^# (site:)", "$1");
        LoadResult result = loader.parse("t.yaml", all.getBytes(UTF_8));
        assertThat(result).as("%s", result).isInstanceOf(LoadResult.Loaded.class);
        ServiceConfig pages = ((LoadResult.Loaded) result).config().services().get(1);
        assertThat(pages.bind().routes()).hasSize(4);
        assertThat(pages.site()).contains("berlin");
    }
}

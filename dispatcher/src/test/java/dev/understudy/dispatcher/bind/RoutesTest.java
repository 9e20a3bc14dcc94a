package dev.understudy.dispatcher.bind;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.bind.Routes.Choice;
import dev.understudy.dispatcher.config.Bind;
import dev.understudy.dispatcher.config.Route;
import dev.understudy.dispatcher.config.ServerConfig;
import dev.understudy.dispatcher.config.ServiceConfig;
import dev.understudy.dispatcher.config.ServiceConfig.Connect;
import dev.understudy.dispatcher.config.ServiceConfig.Protocol;
import dev.understudy.dispatcher.config.ServiceConfig.Recover;
import dev.understudy.dispatcher.config.ServiceConfig.Strategy;
import dev.understudy.dispatcher.protocol.HttpRequest;
import dev.understudy.dispatcher.protocol.HttpRequestReader;
import dev.understudy.dispatcher.protocol.UrlPattern;
import dev.understudy.dispatcher.service.Server;
import dev.understudy.dispatcher.service.Service;
import dev.understudy.stack.wire.Endpoint;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class RoutesTest {
    private static final Endpoint ORIGINAL = Endpoint.parse("203.0.113.10:80");
    private static final Endpoint A = Endpoint.parse("10.20.0.1:80");
    private static final Endpoint B = Endpoint.parse("10.20.0.2:80");
    private static final Endpoint C = Endpoint.parse("10.20.0.3:80");

    private static final Route IMAGES = route("shop.example", "/images/**", B);
    private static final Route CART = route("shop.example", "/cart", A, C);
    private static final Route REST_OF_SHOP = route("shop.example", "/**");

    private final Routes routes = new Routes(Policy.NONE);

    @Test
    void theFirstRouteThatFitsNamesTheHolders() {
        Service service = service(List.of(A), IMAGES, CART, REST_OF_SHOP);

        assertThat(holders(service, "shop.example", "/images/fox.png")).containsExactly(B);
        assertThat(holders(service, "shop.example", "/cart")).containsExactly(A, C);
        assertThat(choose(service, "shop.example", "/cart").route()).contains(CART);
    }

    @Test
    void aRouteWithoutServersMeansTheServicesOwn() {
        Service service = service(List.of(A), IMAGES, CART, REST_OF_SHOP);
        assertThat(holders(service, "shop.example", "/about")).containsExactly(A);
        assertThat(choose(service, "shop.example", "/about").route()).contains(REST_OF_SHOP);
    }

    @Test
    void samePathAtAnotherHostGoesElsewhere() {
        Service service = service(List.of(A), IMAGES, route("other.example", "/images/**", C));
        assertThat(holders(service, "shop.example", "/images/x")).containsExactly(B);
        assertThat(holders(service, "other.example", "/images/x")).containsExactly(C);
    }

    @Test
    void whatNobodyKnowsGoesToTheServersOrElseToTheOriginal() {
        assertThat(holders(service(List.of(A, C), IMAGES), "x.example", "/")).containsExactly(A, C);
        assertThat(choose(service(List.of(), IMAGES), "x.example", "/").original()).isTrue();
        assertThat(choose(service(List.of(), IMAGES), "x.example", "/").route()).isEmpty();
    }

    @Test
    void thePolicyIsAskedForWhatNoRouteKnows() {
        List<Consumer<List<Endpoint>>> asked = new ArrayList<>();
        Routes withPolicy =
                new Routes(
                        (service, request, then) -> {
                            assertThat(service).isEqualTo("s");
                            assertThat(request.path()).isEqualTo("/unknown");
                            asked.add(then);
                        });
        List<Choice> choices = new ArrayList<>();
        Service service = service(List.of(A), IMAGES);

        withPolicy.choose(service, request("shop.example", "/images/x"), choices::add);
        assertThat(choices).hasSize(1);
        withPolicy.choose(service, request("shop.example", "/unknown"), choices::add);
        assertThat(choices).as("it waits").hasSize(1);
        asked.get(0).accept(List.of(C));
        assertThat(choices.get(1).servers()).extracting(Server::endpoint).containsExactly(C);

        withPolicy.choose(service, request("shop.example", "/unknown"), choices::add);
        asked.get(1).accept(List.of());
        assertThat(choices.get(2).servers()).extracting(Server::endpoint).containsExactly(A);
    }

    @Test
    void aTlsServerNameBindsByHost() {
        Service service =
                service(List.of(A), route("shop.example", "/**", B), route("*.example", "/**", C));
        assertThat(endpoints(routes.choose(service, "shop.example"))).containsExactly(B);
        assertThat(endpoints(routes.choose(service, "www.shop.example"))).containsExactly(C);
        assertThat(endpoints(routes.choose(service, "example"))).containsExactly(A);
        assertThat(endpoints(routes.choose(service, ""))).containsExactly(A);
    }

    @Test
    void aServerThatSeveralRoutesNameIsOneServer() {
        Service service = service(List.of(A), route("x", "/**", A, B), route("y", "/**", B));
        assertThat(service.everyServer()).extracting(Server::endpoint).containsExactly(A, B);
        assertThat(service.routes().get(0).servers().get(0)).isSameAs(service.servers().get(0));
        assertThat(service.routes().get(1).servers().get(0))
                .isSameAs(service.routes().get(0).servers().get(1));
    }

    @Test
    void onlyHoldersAreCandidates() {
        Service service = service(List.of(A, C), IMAGES);
        List<Server> order =
                new Candidates(new SplittableRandom(1))
                        .order(
                                service,
                                choose(service, "shop.example", "/images/x").servers(),
                                0,
                                1,
                                ORIGINAL.address().hi(),
                                ORIGINAL.address().lo(),
                                80,
                                0);
        assertThat(order).extracting(Server::endpoint).containsExactly(B);
    }

    @Test
    void amongEqualHoldersTheClientsSiteComesFirst() {
        Service service =
                new Service(
                        new ServiceConfig(
                                "s",
                                List.of(),
                                List.of(at(A, "paris"), at(B, "berlin"), ServerConfig.of(C)),
                                new Connect(Strategy.IN_ORDER, 1, 1, 10),
                                Recover.DEFAULT,
                                Protocol.TCP,
                                Bind.CONNECT,
                                Optional.of("berlin")));
        assertThat(order(service)).containsExactly(B, C, A);
        service.servers().get(1).failed(true, 0);
        assertThat(order(service)).containsExactly(C, A, B);
    }

    private static List<Endpoint> order(Service service) {
        return new Candidates(new SplittableRandom(1))
                        .order(
                                service,
                                0,
                                1,
                                ORIGINAL.address().hi(),
                                ORIGINAL.address().lo(),
                                80,
                                0)
                        .stream()
                        .map(Server::endpoint)
                        .toList();
    }

    private static ServerConfig at(Endpoint endpoint, String site) {
        return new ServerConfig(endpoint, 1, false, Optional.empty(), Optional.of(site));
    }

    private List<Endpoint> holders(Service service, String host, String path) {
        return endpoints(choose(service, host, path));
    }

    private static List<Endpoint> endpoints(Choice choice) {
        return choice.servers().stream().map(Server::endpoint).toList();
    }

    private Choice choose(Service service, String host, String path) {
        List<Choice> choices = new ArrayList<>();
        routes.choose(service, request(host, path), choices::add);
        assertThat(choices).hasSize(1);
        return choices.get(0);
    }

    private static HttpRequest request(String host, String path) {
        HttpRequestReader reader = new HttpRequestReader();
        String head = "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
        reader.read(Unpooled.wrappedBuffer(head.getBytes(StandardCharsets.ISO_8859_1)));
        return reader.poll().orElseThrow();
    }

    private static Route route(String host, String path, Endpoint... servers) {
        return Route.to(
                new UrlPattern(Optional.of(host), Optional.of(path), Set.of(), List.of()),
                configs(List.of(servers)));
    }

    private static List<ServerConfig> configs(List<Endpoint> servers) {
        return servers.stream().map(ServerConfig::of).toList();
    }

    private static Service service(List<Endpoint> servers, Route... routes) {
        Bind bind = new Bind(Bind.By.URL, Bind.Accept.INSTANT, 1, List.of(routes));
        return new Service(
                new ServiceConfig(
                                "s",
                                List.of(),
                                configs(servers),
                                new Connect(Strategy.IN_ORDER, 1, 1, 10),
                                Recover.DEFAULT)
                        .with(bind));
    }
}

package dev.understudy.dispatcher.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UrlPatternTest {
    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            textBlock =
                    """
                    /cart,         /cart,              true
                    /cart,         /cart/,             false
                    /images/**,    /images,            true
                    /images/**,    /images/,           true
                    /images/**,    /images/a/b.png,    true
                    /images/**,    /imagesque,         false
                    /**,           /,                  true
                    /*,            /a,                 true
                    /*,            /a/b,               false
                    /a/*/c,        /a/b/c,             true
                    /a/*/c,        /a/b/b/c,           false
                    /a/**/c,       /a/b/b/c,           true
                    /a/**/c,       /a/c,               false
                    /**/*.png,     /x/y/z.png,         true
                    /**/*.png,     /x/y.png/z,         false
                    /a*b*c,        /aXbYbZc,           true
                    /a*b*c,        /aXbYb/Zc,          false
                    /a**z,         /a/b/z,             true
                    /cgi-bin/*,    /cgi-bin/order.pl,  true
                    """)
    void pathsFitAsWritten(String pattern, String path, boolean fits) {
        assertThat(UrlPattern.glob(UrlPattern.checkPath(pattern), path)).isEqualTo(fits);
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            textBlock =
                    """
                    shop.example,    shop.example,         true
                    Shop.Example,    shop.example,         true
                    shop.example,    www.shop.example,     false
                    *.shop.example,  www.shop.example,     true
                    *.shop.example,  a.b.shop.example,     true
                    *.shop.example,  shop.example,         false
                    *.shop.example,  .shop.example,        false
                    *.shop.example,  evilshop.example,     false
                    [2001:db8::1],   [2001:db8::1],        true
                    """)
    void hostsFitExactlyOrBelow(String host, String name, boolean fits) {
        UrlPattern pattern =
                new UrlPattern(
                        Optional.of(UrlPattern.checkHost(host)),
                        Optional.empty(),
                        Set.of(),
                        List.of());
        assertThat(pattern.matchesHost(name)).isEqualTo(fits);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    GET /x?id=7&lang=de  | true
                    GET /x?lang=de&id    | true
                    GET /x?id=           | false
                    GET /x?id=7&lang=den | false
                    GET /x?xid=7&lang=de | false
                    GET /x               | false
                    PUT /x?id=7&lang=de  | false
                    """)
    void methodAndEveryQueryKeyMustFit(String line, boolean fits) {
        UrlPattern pattern =
                new UrlPattern(
                        Optional.empty(),
                        Optional.empty(),
                        Set.of("GET", "HEAD"),
                        List.of("id", "lang=de"));
        assertThat(pattern.matches(request(line))).isEqualTo(fits);
    }

    @Test
    void withoutAnyPartItFitsEverything() {
        assertThat(UrlPattern.ANY.matches(request("OPTIONS *"))).isTrue();
        assertThat(UrlPattern.ANY).hasToString("/**");
    }

    @Test
    void anotherSpellingDoesNotSlipPast() {
        UrlPattern images =
                new UrlPattern(Optional.empty(), Optional.of("/images/**"), Set.of(), List.of());
        assertThat(images.matches(request("GET /x/..//%69mages/./fox.png"))).isTrue();
        assertThat(images.matches(request("GET /images/../secret"))).isFalse();
    }

    @Test
    void aPathFullOfStarsStaysCheap() {
        String pattern = "/" + "*a".repeat(100) + "**b";
        assertThat(UrlPattern.glob(pattern, "/" + "a".repeat(4000))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"images", "/a b", "/a?b", "/a#b", "/***", ""})
    void whatIsNoPathIsRefused(String path) {
        assertThatIllegalArgumentException().isThrownBy(() -> UrlPattern.checkPath(path));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "*", "a.*", "*.*.a", "a b", "http://a", "a:80", ".a"})
    void whatIsNoHostIsRefused(String host) {
        assertThatIllegalArgumentException().isThrownBy(() -> UrlPattern.checkHost(host));
    }

    static HttpRequest request(String line) {
        HttpRequestReader reader = new HttpRequestReader();
        reader.read(Bytes.of(line + " HTTP/1.1\r\nHost: shop.example\r\n\r\n"));
        return reader.poll().orElseThrow();
    }
}

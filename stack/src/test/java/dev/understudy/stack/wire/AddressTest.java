package dev.understudy.stack.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {
    @ParameterizedTest
    @CsvSource({
        "0.0.0.0, 0.0.0.0",
        "255.255.255.255, 255.255.255.255",
        "10.0.0.1, 10.0.0.1",
        "::ffff:10.0.0.1, 10.0.0.1",
        "::, ::",
        "::1, ::1",
        "1::, 1::",
        "2001:DB8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "0:0:0:1::, 0:0:0:1::",
        "fe80:0:0:0:0:0:0:1, fe80::1",
        "64:ff9b::192.0.2.33, 64:ff9b::c000:221",
    })
    void readsLiteralsAndPrintsThemAsRfc5952Says(String text, String canonical) {
        IpAddress address = IpAddress.parse(text);
        assertThat(address).hasToString(canonical);
        assertThat(IpAddress.parse(canonical)).isEqualTo(address);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "localhost", "1.2.3", "1.2.3.256", "1.2.3.4.5", "01.2.3.4", "1.2.3.", "a.b.c.d",
                "1::2::3", ":::", "12345::", ".:", "fe80::1%lo", "[::1]", "::1 ", "example.com"
            })
    void anythingElseIsRefusedWithoutALookUp(String text) {
        assertThatThrownBy(() -> IpAddress.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is not an IP address");
    }

    @Test
    void ipv4IsMapped() {
        IpAddress address = IpAddress.parse("192.0.2.1");
        assertThat(address.isIpv4()).isTrue();
        assertThat(address.hi()).isZero();
        assertThat(address.lo()).isEqualTo(0xFFFF_C000_0201L);
        assertThat(address.ipv4()).isEqualTo(0xC0000201);
        assertThat(IpAddress.v4(0xC0000201)).isEqualTo(address);
        assertThat(IpAddress.parse("::c000:201").isIpv4()).isFalse();
    }

    @Test
    void goesToInetAddressAndBack() throws UnknownHostException {
        SplittableRandom random = new SplittableRandom(4291);
        for (int i = 0; i < 1000; i++) {
            long hi = random.nextInt(4) == 0 ? 0 : random.nextLong();
            IpAddress address = new IpAddress(hi, random.nextLong() >>> random.nextInt(64));
            assertThat(IpAddress.of(address.toInetAddress())).isEqualTo(address);
            assertThat(InetAddress.getByName(address.toString()))
                    .isEqualTo(address.toInetAddress());
            assertThat(IpAddress.parse(address.toString())).isEqualTo(address);
        }
        assertThat(IpAddress.of(InetAddress.getByName("10.1.2.3"))).hasToString("10.1.2.3");
    }

    @Test
    void sortsAsPeopleExpect() {
        assertThat(IpAddress.parse("10.0.0.2")).isGreaterThan(IpAddress.parse("10.0.0.1"));
        assertThat(IpAddress.parse("200.0.0.1")).isGreaterThan(IpAddress.parse("10.0.0.1"));
        assertThat(IpAddress.parse("ff00::")).isGreaterThan(IpAddress.parse("1::"));
        assertThat(Endpoint.parse("10.0.0.1:443")).isGreaterThan(Endpoint.parse("10.0.0.1:80"));
        assertThat(Endpoint.parse("10.0.0.2:80")).isGreaterThan(Endpoint.parse("10.0.0.1:443"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.1:0", "10.0.0.1:65535", "[fd00::1]:80", "[::]:1"})
    void endpointsReadAsTheyPrint(String text) {
        assertThat(Endpoint.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":80",
                "10.0.0.1",
                "10.0.0.1:",
                "10.0.0.1:65536",
                "10.0.0.1:-1",
                "fd00::1:80",
                "[fd00::1]",
                "10.0.0.1:8O",
                "host:80",
                "10.0.0.1:999999"
            })
    void anythingElseIsNoEndpoint(String text) {
        assertThatThrownBy(() -> Endpoint.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}

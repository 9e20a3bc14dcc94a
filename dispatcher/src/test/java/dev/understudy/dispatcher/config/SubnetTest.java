package dev.understudy.dispatcher.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.wire.IpAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SubnetTest {
    @ParameterizedTest
    @CsvSource({
        "10.111.0.2/24, 10.111.0.1",
        "10.111.0.1/24, 10.111.0.2",
        "10.111.0.9/30, 10.111.0.10",
        "10.111.0.4/31, 10.111.0.5",
        "10.111.0.5/31, 10.111.0.4",
        "2001:db8::1/64, 2001:db8::2",
    })
    void theKernelGetsTheFirstHostThatIsNotOurs(String ours, String kernels) {
        assertThat(Subnet.parse(ours).firstOtherHost()).contains(IpAddress.parse(kernels));
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.1.2.3/32, true",
        "10.1.2.3/32, 10.0.0.0/8, true",
        "10.0.0.0/24, 10.0.1.0/24, false",
        "0.0.0.0/0, 2001:db8::/32, false",
        "::/0, 2001:db8::/32, true",
    })
    void networksOverlapIfOneHoldsTheOther(String a, String b, boolean overlap) {
        assertThat(Subnet.parse(a).overlaps(Subnet.parse(b))).isEqualTo(overlap);
    }

    @ParameterizedTest
    @CsvSource({"10.1.2.3/8, 10.0.0.0/8", "10.1.2.3/0, 0.0.0.0/0", "2001:db8::5/64, 2001:db8::/64"})
    void theNetworkHasNoHostBits(String subnet, String network) {
        assertThat(Subnet.parse(subnet).network()).isEqualTo(Subnet.parse(network));
    }
}

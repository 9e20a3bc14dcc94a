package dev.understudy.stack.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.wire.Arp;
import dev.understudy.stack.wire.Ethernet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class SwitchTest {
    private static final long A = 0x02_00_00_00_00_0AL;
    private static final long B = 0x02_00_00_00_00_0BL;
    private static final long C = 0x02_00_00_00_00_0CL;

    private final VirtualLoop time = new VirtualLoop();
    private final Switch network = new Switch(time.loop(), "sw0", 1);
    private final Switch.Port a = network.plug(Wire.End.of("a"));
    private final Switch.Port b = network.plug(Wire.End.of("b"));
    private final Switch.Port c = network.plug(Wire.End.of("c"));
    private final FrameSink atA = listen(a);
    private final FrameSink atB = listen(b);
    private final FrameSink atC = listen(c);

    private FrameSink listen(Switch.Port port) {
        FrameSink sink = FrameSink.at(port.link());
        time.run();
        return sink;
    }

    @AfterEach
    void close() {
        network.close();
        time.run();
        List.of(atA, atB, atC).forEach(FrameSink::clear);
    }

    @Test
    void floodsWhatIsForAnAddressItDoesNotKnow() {
        send(a, A, B);
        assertThat(received()).containsExactly(0, 1, 1);
    }

    @Test
    void learnsWhereASenderIs() {
        send(b, B, Ethernet.BROADCAST);
        send(a, A, B);
        assertThat(received()).containsExactly(1, 1, 1);
        send(b, B, A);
        assertThat(received()).containsExactly(2, 1, 1);
    }

    @Test
    void followsAHostThatMoves() {
        send(b, B, Ethernet.BROADCAST);
        send(c, B, Ethernet.BROADCAST);
        send(a, A, B);
        assertThat(received()).containsExactly(2, 1, 2);
    }

    @Test
    void forgetsAHostThatIsSilentForFiveMinutes() {
        send(b, B, Ethernet.BROADCAST);
        time.advance(Duration.ofMinutes(6));
        send(a, A, B);
        assertThat(received()).containsExactly(1, 1, 2);
    }

    @Test
    void forgedSendersCannotPushOutWhatIsKnown() {
        send(b, B, Ethernet.BROADCAST);
        for (int i = 0; i < 2 * Switch.MAX_ADDRESSES; i++) {
            send(c, C + 256L * i, A);
        }
        assertThat(network.addresses()).isEqualTo(Switch.MAX_ADDRESSES);
        assertThat(network.notLearned()).isPositive();
        int before = received().get(2);
        send(a, A, B);
        assertThat(received().get(2)).isEqualTo(before);
    }

    @Test
    void aPortCanHaveABadNetwork() {
        c.impairment().outbound(Impairment.BLACKHOLE);
        send(a, A, Ethernet.BROADCAST);
        assertThat(received()).containsExactly(0, 1, 0);
    }

    @Test
    void aPulledCableIsForgotten() {
        send(b, B, Ethernet.BROADCAST);
        b.unplug();
        time.run();
        send(a, A, B);
        assertThat(received()).containsExactly(1, 0, 2);
    }

    private void send(Switch.Port from, long source, long destination) {
        ByteBuf frame =
                Arp.frame(
                        UnpooledByteBufAllocator.DEFAULT,
                        destination,
                        Arp.REQUEST,
                        source,
                        1,
                        0,
                        2);
        from.link().send(frame);
        time.run();
    }

    private List<Integer> received() {
        List<Integer> counts = new ArrayList<>();
        for (FrameSink sink : List.of(atA, atB, atC)) {
            counts.add(sink.frames().size());
        }
        return counts;
    }
}

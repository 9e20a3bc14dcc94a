package dev.understudy.dispatcher.attach;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Tcp;
import dev.understudy.stack.wire.Udp;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class NatTableTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long CLIENT = IpAddress.mapped(0x0A6F0001);
    private static final long WEB = IpAddress.mapped(0xC6336407);

    private NatTable table = new NatTable(1000, FlowOwner.NONE, new Random(1));

    @Test
    void aFlowIsFoundFromBothSides() {
        NatFlow flow = table.open(Udp.PROTOCOL, 0, CLIENT, 5000, 0, WEB, 53, 0);
        assertThat(table.outgoing(Udp.PROTOCOL, 0, CLIENT, 5000, 0, WEB, 53)).isSameAs(flow);
        assertThat(table.incoming(Udp.PROTOCOL, flow.port, 0, WEB, 53)).isSameAs(flow);
        assertThat(table.incoming(Udp.PROTOCOL, flow.port, 0, WEB, 54)).isNull();
        assertThat(table.incoming(Tcp.PROTOCOL, flow.port, 0, WEB, 53)).isNull();
    }

    @Test
    void portsToOneRemoteEndAreUnique() {
        Set<Integer> ports = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            ports.add(table.open(Tcp.PROTOCOL, 0, CLIENT, i, 0, WEB, 80, 0).port);
        }
        assertThat(ports).hasSize(1000);
    }

    @Test
    void aProtocolWithoutPortsServesOneClientForEachRemoteHost() {
        assertThat(table.open(47, 0, CLIENT, 0, 0, WEB, 0, 0)).isNotNull();
        assertThat(table.open(47, 0, CLIENT + 1, 0, 0, WEB, 0, 0)).isNull();
        assertThat(table.open(47, 0, CLIENT + 1, 0, 0, WEB + 1, 0, 0)).isNotNull();
    }

    @Test
    void aFloodOfUnansweredFlowsDoesNotDisplaceEstablishedOnes() {
        for (int i = 0; i < 500; i++) {
            NatFlow flow = table.open(Tcp.PROTOCOL, 0, CLIENT, i, 0, WEB, 22, 0);
            table.used(flow, true, Tcp.SYN, 0);
            table.used(flow, false, Tcp.SYN | Tcp.ACK, 1);
        }
        for (int i = 0; i < 100_000; i++) {
            table.open(Udp.PROTOCOL, 0, CLIENT, i & 0xFFFF, 0, WEB + i, 53, 2);
            assertThat(table.size()).isLessThanOrEqualTo(1000);
        }
        for (int i = 0; i < 500; i++) {
            assertThat(table.outgoing(Tcp.PROTOCOL, 0, CLIENT, i, 0, WEB, 22)).isNotNull();
        }
    }

    @Test
    void flowsGoAfterTheirTimes() {
        NatFlow asked = table.open(Udp.PROTOCOL, 0, CLIENT, 1, 0, WEB, 53, 0);
        NatFlow answered = table.open(Udp.PROTOCOL, 0, CLIENT, 2, 0, WEB, 53, 0);
        table.used(answered, false, 0, SECOND);
        NatFlow tcp = table.open(Tcp.PROTOCOL, 0, CLIENT, 3, 0, WEB, 22, 0);
        table.used(tcp, false, Tcp.SYN | Tcp.ACK, SECOND);
        NatFlow closed = table.open(Tcp.PROTOCOL, 0, CLIENT, 4, 0, WEB, 22, 0);
        table.used(closed, false, Tcp.FIN | Tcp.ACK, SECOND);
        table.used(closed, true, Tcp.FIN | Tcp.ACK, SECOND);

        assertThat(table.nextDeadline()).isEqualTo(60 * SECOND);
        table.onDeadline(60 * SECOND);
        assertThat(gone(asked)).isTrue();
        table.onDeadline(241 * SECOND);
        assertThat(gone(closed)).isTrue();
        assertThat(gone(answered)).isFalse();
        table.onDeadline(301 * SECOND);
        assertThat(gone(answered)).isTrue();
        assertThat(gone(tcp)).isFalse();
        table.onDeadline(7441 * SECOND);
        assertThat(table.size()).isZero();
        assertThat(table.nextDeadline()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void whatComesAndGoesLeavesBothIndexesInOrder() {
        Random random = new Random(9);
        table = new NatTable(64, FlowOwner.NONE, random);
        long now = 0;
        for (int i = 0; i < 50_000; i++) {
            now += random.nextLong(SECOND);
            table.onDeadline(now);
            int port = random.nextInt(200);
            NatFlow flow = table.outgoing(Udp.PROTOCOL, 0, CLIENT, port, 0, WEB, 53);
            if (flow == null) {
                flow = table.open(Udp.PROTOCOL, 0, CLIENT, port, 0, WEB, 53, now);
            }
            table.used(flow, random.nextBoolean(), 0, now);
            assertThat(table.incoming(Udp.PROTOCOL, flow.port, 0, WEB, 53)).isSameAs(flow);
            assertThat(table.size()).isBetween(1, 64);
        }
    }

    private boolean gone(NatFlow flow) {
        return table.incoming(
                        flow.protocol, flow.port, flow.remoteHi, flow.remoteLo, flow.remotePort)
                == null;
    }
}

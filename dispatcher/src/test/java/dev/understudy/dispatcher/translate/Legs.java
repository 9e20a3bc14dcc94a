package dev.understudy.dispatcher.translate;

import dev.understudy.stack.wire.TestPackets;

/** Legs and segments as the tests of this package need them. */
final class Legs {
    static final LegOptions PLAIN = new LegOptions(1460, 1460, -1, -1, false, false);
    static final LegOptions LINUX = new LegOptions(1460, 1460, 7, 7, true, true);
    static final LegOptions LINUX_WITHOUT_TIMESTAMPS =
            new LegOptions(1460, 1460, 7, 7, false, true);

    private Legs() {}

    static LegOptions scaled(int clientShift, int serverShift) {
        return new LegOptions(1460, 1460, clientShift, serverShift, false, false);
    }

    static LegOptions mss(int clientMss, int serverMss) {
        return new LegOptions(clientMss, serverMss, -1, -1, false, false);
    }

    static Translation between(LegOptions clientLeg, LegOptions serverLeg) {
        return between(clientLeg, serverLeg, 0, 0);
    }

    static Translation between(
            LegOptions clientLeg, LegOptions serverLeg, int upDelta, int downDelta) {
        return new Translation(
                clientLeg,
                serverLeg,
                new SequenceMap(upDelta),
                new SequenceMap(downDelta),
                new TranslationDrops());
    }

    /** What a frame may look like below TCP: its family, and who computes the checksum. */
    enum Wire {
        IPV4("10.0.0.1:5555", "192.0.2.1:80", false),
        IPV4_PARTIAL("10.0.0.1:5555", "192.0.2.1:80", true),
        IPV6("[2001:db8::1]:5555", "[2001:db8::2]:80", false),
        IPV6_PARTIAL("[2001:db8::1]:5555", "[2001:db8::2]:80", true);

        private final String client;
        private final String server;
        private final boolean partial;

        Wire(String client, String server, boolean partial) {
            this.client = client;
            this.server = server;
            this.partial = partial;
        }

        TestPackets.TcpBuilder fromClient() {
            return segment(client, server);
        }

        TestPackets.TcpBuilder fromServer() {
            return segment(server, client);
        }

        private TestPackets.TcpBuilder segment(String from, String to) {
            TestPackets.TcpBuilder builder = TestPackets.tcp(from, to);
            return partial ? builder.partialChecksum() : builder;
        }
    }
}

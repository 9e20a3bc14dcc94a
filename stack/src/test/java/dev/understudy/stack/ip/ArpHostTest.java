package dev.understudy.stack.ip;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.wire.Arp;
import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.PoisoningAllocator;
import dev.understudy.stack.wire.TestPackets;
import dev.understudy.stack.wire.VirtioNet;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ArpHostTest implements Neighbours.Listener {
    private static final long SECOND = 1_000_000_000L;
    private static final long OUR_MAC = 0x02_00_00_00_00_01L;
    private static final long PEER_MAC = 0x02_00_00_00_00_02L;
    private static final long OTHER_MAC = 0x02_00_00_00_00_03L;
    private static final int US = ip("10.0.0.1");
    private static final int PEER = ip("10.0.0.2");

    private final PoisoningAllocator allocator = new PoisoningAllocator();
    private final List<ByteBuf> sent = new ArrayList<>();
    private final List<String> outcomes = new ArrayList<>();
    private final List<Long> conflicts = new ArrayList<>();
    private long now = 5 * SECOND;
    private ArpHost arp = host(new Neighbours.Limits(64, 4, 32));

    private ArpHost host(Neighbours.Limits limits) {
        return new ArpHost(
                allocator,
                sent::add,
                OUR_MAC,
                US,
                address -> address >>> 24 == 10,
                limits,
                this,
                (address, mac, at) -> conflicts.add(mac),
                new Random(1));
    }

    @Override
    public void resolved(ByteBuf frame, long mac, long at) {
        outcomes.add("resolved " + Long.toHexString(mac));
        frame.release();
    }

    @Override
    public void unresolved(ByteBuf frame, long at) {
        outcomes.add("unresolved");
        frame.release();
    }

    @AfterEach
    void nothingLeaks() {
        arp.neighbours().clear();
        sent.forEach(ByteBuf::release);
        assertThat(allocator.live()).isZero();
    }

    @Test
    void asksByBroadcastAndSendsWhatWaitedOnceAnswered() {
        assertThat(send(PEER)).isEqualTo(Neighbours.UNRESOLVED);
        assertThat(send(PEER)).isEqualTo(Neighbours.UNRESOLVED);
        assertThat(sent).hasSize(1);
        assertArp(sent.get(0), Ethernet.BROADCAST, Arp.REQUEST, OUR_MAC, US, 0, PEER);

        receive(Arp.REPLY, PEER_MAC, PEER, OUR_MAC, US);

        assertThat(outcomes).containsExactly("resolved 20000000002", "resolved 20000000002");
        assertThat(arp.neighbours().lookup(0, IpAddress.mapped(PEER), now)).isEqualTo(PEER_MAC);
    }

    @Test
    void asksOnceASecondThreeTimesThenHandsThePacketsBack() {
        send(PEER);
        long start = now;
        List<Long> questions = new ArrayList<>();
        int before = 0;
        while (outcomes.isEmpty()) {
            if (sent.size() > before) {
                questions.add((now - start) / SECOND);
                before = sent.size();
            }
            now = arp.nextDeadline();
            arp.onDeadline(now);
            assertThat(arp.nextDeadline()).isGreaterThan(now);
        }
        assertThat(questions).containsExactly(0L, 1L, 2L);
        assertThat(outcomes).containsExactly("unresolved");
        assertThat(now - start).isEqualTo(3 * SECOND);
        assertThat(arp.neighbours().size()).isZero();
    }

    @Test
    void aFullQueueDropsTheOldest() {
        for (int i = 0; i < 9; i++) {
            send(PEER);
        }
        assertThat(arp.neighbours().queued()).isEqualTo(4);
        assertThat(counters()).containsEntry("dropped: neighbour queue full", 5L);
    }

    @Test
    void aStaleNeighbourIsProbedWhilePacketsGoOn() {
        resolve(PEER, PEER_MAC);
        now += 60 * SECOND;
        sent.forEach(ByteBuf::release);
        sent.clear();

        assertThat(send(PEER)).isEqualTo(PEER_MAC);
        assertThat(sent).hasSize(1);
        assertArp(sent.get(0), PEER_MAC, Arp.REQUEST, OUR_MAC, US, 0, PEER);
        now += SECOND;
        arp.onDeadline(now);
        now += SECOND;
        arp.onDeadline(now);
        assertArp(sent.get(2), Ethernet.BROADCAST, Arp.REQUEST, OUR_MAC, US, 0, PEER);
        now += SECOND;
        arp.onDeadline(now);
        assertThat(arp.neighbours().lookup(0, IpAddress.mapped(PEER), now))
                .isEqualTo(Neighbours.UNRESOLVED);
    }

    @Test
    void anAnsweredProbeMakesTheNeighbourFreshAgain() {
        resolve(PEER, PEER_MAC);
        now += 60 * SECOND;
        send(PEER);
        receive(Arp.REPLY, PEER_MAC, PEER, OUR_MAC, US);
        int questions = sent.size();
        send(PEER);
        assertThat(sent).hasSize(questions);
    }

    @Test
    void answersForItsOwnAddressOnly() {
        receive(Arp.REQUEST, PEER_MAC, PEER, 0, US);
        receive(Arp.REQUEST, PEER_MAC, PEER, 0, ip("10.0.0.99"));
        assertThat(sent).hasSize(1);
        assertArp(sent.get(0), PEER_MAC, Arp.REPLY, OUR_MAC, US, PEER_MAC, PEER);
        assertThat(sent.get(0).readableBytes()).isEqualTo(VirtioNet.BYTES + 60);
    }

    @Test
    void answersAProbeForItsAddress() {
        receive(Arp.REQUEST, PEER_MAC, 0, 0, US);
        assertArp(sent.get(0), PEER_MAC, Arp.REPLY, OUR_MAC, US, PEER_MAC, 0);
        assertThat(arp.neighbours().size()).isZero();
    }

    @Test
    void learnsFromWhoAsksForItAndFromNobodyElse() {
        receive(Arp.REPLY, PEER_MAC, PEER, OUR_MAC, US);
        assertThat(arp.neighbours().size()).isZero();
        receive(Arp.REQUEST, PEER_MAC, PEER, 0, ip("10.0.0.77"));
        assertThat(arp.neighbours().size()).isZero();
        receive(Arp.REQUEST, PEER_MAC, ip("192.168.1.1"), 0, US);
        assertThat(arp.neighbours().size()).isZero();
        receive(Arp.REQUEST, PEER_MAC, PEER, 0, US);
        assertThat(send(PEER)).isEqualTo(PEER_MAC);
    }

    @Test
    void anAddressMovesButNotTwiceInASecond() {
        resolve(PEER, PEER_MAC);
        receive(Arp.REQUEST, OTHER_MAC, PEER, 0, PEER);
        assertThat(send(PEER)).isEqualTo(PEER_MAC);
        now += 2 * SECOND;
        receive(Arp.REQUEST, OTHER_MAC, PEER, 0, PEER);
        assertThat(send(PEER)).isEqualTo(OTHER_MAC);
        assertThat(counters())
                .containsEntry("neighbour mac changed", 1L)
                .containsEntry("neighbour mac change refused", 1L);
    }

    @Test
    void aConflictIsReportedAndDefendedOnceInTenSeconds() {
        receive(Arp.REPLY, OTHER_MAC, US, OTHER_MAC, US);
        receive(Arp.REPLY, OTHER_MAC, US, OTHER_MAC, US);
        assertThat(conflicts).containsExactly(OTHER_MAC, OTHER_MAC);
        assertThat(sent).hasSize(1);
        assertArp(sent.get(0), Ethernet.BROADCAST, Arp.REQUEST, OUR_MAC, US, 0, US);
        now += ArpHost.DEFEND_NANOS;
        receive(Arp.REPLY, OTHER_MAC, US, OTHER_MAC, US);
        assertThat(sent).hasSize(2);
    }

    @Test
    void announcesItselfTwice() {
        arp.announce(now);
        now += ArpHost.ANNOUNCE_NANOS;
        arp.onDeadline(now);
        assertThat(sent).hasSize(2);
        assertArp(sent.get(1), Ethernet.BROADCAST, Arp.REQUEST, OUR_MAC, US, 0, US);
        assertThat(arp.nextDeadline()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aFloodOfRequestsNeitherGrowsTheTableNorDisplacesWhatIsInUse() {
        resolve(PEER, PEER_MAC);
        for (int i = 0; i < 100_000; i++) {
            receive(Arp.REQUEST, OTHER_MAC + i, ip("10.1.0.0") + i, 0, US);
            sent.forEach(ByteBuf::release);
            sent.clear();
        }
        assertThat(arp.neighbours().size()).isLessThanOrEqualTo(17);
        assertThat(send(PEER)).isEqualTo(PEER_MAC);
    }

    @Test
    void aScanThroughUsTakesHalfTheTableAndABoundedRateOfQuestions() {
        resolve(PEER, PEER_MAC);
        arp.neighbours().clear();
        arp = host(new Neighbours.Limits(1024, 4, 100_000));
        resolve(PEER, PEER_MAC);
        int before = sent.size();
        for (int i = 0; i < 5000; i++) {
            send(ip("10.2.0.0") + i);
        }
        assertThat(arp.neighbours().size()).isEqualTo(513);
        assertThat(sent.size() - before).isLessThanOrEqualTo(128);
        long until = now + 20 * SECOND;
        while (now < until && arp.neighbours().queued() > 0) {
            now = arp.nextDeadline();
            arp.onDeadline(now);
        }
        assertThat(arp.neighbours().queued()).isZero();
        assertThat(send(PEER)).isEqualTo(PEER_MAC);
    }

    @Test
    void unusedNeighboursAreForgotten() {
        resolve(PEER, PEER_MAC);
        long until = now + 2 * Neighbours.UNUSED_NANOS;
        while (arp.nextDeadline() < until) {
            now = arp.nextDeadline();
            arp.onDeadline(now);
        }
        assertThat(arp.neighbours().size()).isZero();
        assertThat(arp.nextDeadline()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void tenThousandNeighboursComeAndGoAndTheTableStaysInOrder() {
        Random random = new Random(7);
        Map<Integer, Long> known = new LinkedHashMap<>();
        for (int i = 0; i < 10_000; i++) {
            int address = ip("10.3.0.0") + random.nextInt(40);
            now += SECOND / 100;
            if (random.nextInt(4) == 0) {
                now += 3 * SECOND;
                arp.onDeadline(now);
            }
            send(address);
            long mac = PEER_MAC + (address & 0xFF);
            receive(Arp.REPLY, mac, address, OUR_MAC, US);
            known.put(address, mac);
            assertThat(send(address)).isEqualTo(mac);
        }
        assertThat(known).hasSize(40);
        assertThat(arp.neighbours().size()).isLessThanOrEqualTo(64);
    }

    @Test
    void noBytesMakeItThrow() {
        Random random = new Random(3);
        Packet packet = new Packet();
        for (int i = 0; i < 200_000; i++) {
            ByteBuf frame =
                    Arp.frame(
                            TestPackets.ALLOCATOR,
                            Ethernet.BROADCAST,
                            1 + random.nextInt(2),
                            random.nextLong() & 0xFFFF_FFFF_FFFFL,
                            ip("10.0.0.0") + random.nextInt(4),
                            OUR_MAC,
                            US);
            for (int flips = random.nextInt(4); flips > 0; flips--) {
                int at = frame.readerIndex() + random.nextInt(frame.readableBytes());
                frame.setByte(at, random.nextInt(256));
            }
            frame.writerIndex(frame.writerIndex() - random.nextInt(46));
            if (packet.parse(frame) == Packet.Parse.NOT_IP
                    && packet.etherType() == Ethernet.TYPE_ARP) {
                now += random.nextLong(SECOND);
                arp.input(packet, now);
                arp.onDeadline(now);
            }
            sent.forEach(ByteBuf::release);
            sent.clear();
        }
        assertThat(arp.neighbours().size()).isLessThanOrEqualTo(64);
    }

    private long send(int to) {
        ByteBuf frame = allocator.directBuffer(8);
        long mac = arp.neighbours().resolve(frame, 0, IpAddress.mapped(to), now);
        frame.release();
        return mac;
    }

    private void resolve(int address, long mac) {
        send(address);
        receive(Arp.REPLY, mac, address, OUR_MAC, US);
    }

    private void receive(int operation, long senderMac, int sender, long targetMac, int target) {
        Packet packet = new Packet();
        packet.parse(
                Arp.frame(
                        TestPackets.ALLOCATOR,
                        Ethernet.BROADCAST,
                        operation,
                        senderMac & 0xFFFF_FFFF_FFFFL,
                        sender,
                        targetMac,
                        target));
        arp.input(packet, now);
    }

    private Map<String, Long> counters() {
        Map<String, Long> all = new LinkedHashMap<>();
        arp.counters(all);
        return all;
    }

    private static void assertArp(
            ByteBuf frame,
            long destination,
            int operation,
            long senderMac,
            int sender,
            long targetMac,
            int target) {
        int eth = frame.readerIndex() + VirtioNet.BYTES;
        int at = eth + Ethernet.BYTES;
        assertThat(Arp.isValid(frame, at, frame.writerIndex())).isTrue();
        assertThat(Ethernet.destination(frame, eth)).isEqualTo(destination);
        assertThat(Ethernet.source(frame, eth)).isEqualTo(senderMac);
        assertThat(Arp.operation(frame, at)).isEqualTo(operation);
        assertThat(Arp.senderMac(frame, at)).isEqualTo(senderMac);
        assertThat(Arp.senderAddress(frame, at)).isEqualTo(sender);
        assertThat(Arp.targetMac(frame, at)).isEqualTo(targetMac);
        assertThat(Arp.targetAddress(frame, at)).isEqualTo(target);
    }

    private static int ip(String text) {
        return IpAddress.parse(text).ipv4();
    }
}

package dev.understudy.stack.ip;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Ndp;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.PacketBuilder;
import dev.understudy.stack.wire.PoisoningAllocator;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class NdpHostTest implements Neighbours.Listener, NdpHost.Listener {
    private static final long SECOND = 1_000_000_000L;
    private static final long OUR_MAC = 0x02_00_00_00_00_01L;
    private static final long PEER_MAC = 0x02_00_00_00_00_02L;
    private static final long OTHER_MAC = 0x02_00_00_00_00_03L;
    private static final IpAddress US = IpAddress.parse("2001:db8::1");
    private static final IpAddress PEER = IpAddress.parse("2001:db8::2");
    private static final IpAddress NOBODY = IpAddress.parse("::");
    private static final IpAddress ROUTER = IpAddress.parse("fe80::ff");

    private final PoisoningAllocator allocator = new PoisoningAllocator();
    private final List<ByteBuf> sent = new ArrayList<>();
    private final List<String> outcomes = new ArrayList<>();
    private long now = 5 * SECOND;
    private final NdpHost ndp =
            new NdpHost(
                    allocator,
                    sent::add,
                    OUR_MAC,
                    new Neighbours.Limits(64, 4, 32),
                    this,
                    this,
                    new Random(1));

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

    @Override
    public void valid(long hi, long lo, long at) {
        outcomes.add("valid " + new IpAddress(hi, lo));
    }

    @Override
    public void duplicate(long hi, long lo, long mac, long at) {
        outcomes.add("duplicate " + new IpAddress(hi, lo) + " of " + Long.toHexString(mac));
    }

    @Override
    public void conflict(long hi, long lo, long mac, long at) {
        outcomes.add("conflict " + new IpAddress(hi, lo) + " with " + Long.toHexString(mac));
    }

    @AfterEach
    void nothingLeaks() {
        ndp.neighbours().clear();
        sent.forEach(ByteBuf::release);
        assertThat(allocator.live()).isZero();
    }

    // ---- resolution

    @Test
    void asksTheGroupOfTheTargetAndSendsWhatWaitedOnceAnswered() {
        configured();
        assertThat(send(PEER)).isEqualTo(Neighbours.UNRESOLVED);

        Packet question = only();
        assertThat(question.dstMac()).isEqualTo(0x3333_FF00_0002L);
        assertThat(address(question.dstHi(), question.dstLo())).isEqualTo("ff02::1:ff00:2");
        assertThat(address(question.srcHi(), question.srcLo())).isEqualTo("2001:db8::1");
        assertThat(question.ttl()).isEqualTo(255);
        assertThat(question.checksumValid()).isTrue();
        assertThat(Ndp.isValid(question)).isTrue();
        assertThat(target(question)).isEqualTo(PEER);
        assertThat(Ndp.linkAddress(question, Ndp.SOURCE_LINK_ADDRESS)).isEqualTo(OUR_MAC);

        advertise(PEER_MAC, PEER, US, Ndp.SOLICITED | Ndp.OVERRIDE);

        assertThat(outcomes).containsExactly("resolved 20000000002");
        assertThat(lookup(PEER)).isEqualTo(PEER_MAC);
    }

    @Test
    void anAnswerThatNobodyWaitsForAddsNothing() {
        configured();
        advertise(PEER_MAC, PEER, US, Ndp.SOLICITED | Ndp.OVERRIDE);
        assertThat(ndp.neighbours().size()).isZero();
    }

    @Test
    void aProxyDoesNotReplaceWhatTheOwnerSaid() {
        configured();
        send(PEER);
        advertise(PEER_MAC, PEER, US, Ndp.SOLICITED | Ndp.OVERRIDE);
        now += 2 * SECOND;
        advertise(OTHER_MAC, PEER, US, Ndp.SOLICITED);
        assertThat(lookup(PEER)).isEqualTo(PEER_MAC);
        advertise(OTHER_MAC, PEER, US, Ndp.SOLICITED | Ndp.OVERRIDE);
        assertThat(lookup(PEER)).isEqualTo(OTHER_MAC);
    }

    @Test
    void messagesFromBeyondTheLinkAreNotBelieved() {
        configured();
        send(PEER);
        ByteBuf frame = advertisement(PEER_MAC, PEER, US, Ndp.SOLICITED | Ndp.OVERRIDE);
        Packet packet = parsed(frame);
        packet.ttl(254);
        receive(frame);
        assertThat(lookup(PEER)).isEqualTo(Neighbours.UNRESOLVED);
        assertThat(counters()).containsEntry("dropped: ndp invalid", 1L);
    }

    @Test
    void aNeighbourNotHeardOfForLongIsAskedDirectly() {
        configured();
        send(PEER);
        advertise(PEER_MAC, PEER, US, Ndp.SOLICITED | Ndp.OVERRIDE);
        now += 60 * SECOND;
        forget();
        assertThat(send(PEER)).isEqualTo(PEER_MAC);
        Packet probe = only();
        assertThat(probe.dstMac()).isEqualTo(PEER_MAC);
        assertThat(address(probe.dstHi(), probe.dstLo())).isEqualTo("2001:db8::2");
    }

    // ---- answering

    @Test
    void answersForItsAddressAndRemembersWhoAsked() {
        configured();
        solicit(PEER_MAC, PEER, US);
        Packet answer = only();
        assertThat(Ndp.isValid(answer)).isTrue();
        assertThat(answer.dstMac()).isEqualTo(PEER_MAC);
        assertThat(target(answer)).isEqualTo(US);
        assertThat(Ndp.linkAddress(answer, Ndp.TARGET_LINK_ADDRESS)).isEqualTo(OUR_MAC);
        assertThat(Ndp.flags(answer.frame(), answer.l4())).isEqualTo(Ndp.SOLICITED | Ndp.OVERRIDE);
        assertThat(lookup(PEER)).isEqualTo(PEER_MAC);
    }

    @Test
    void answersForOthersWithoutOverride() {
        configured();
        solicit(PEER_MAC, PEER, IpAddress.parse("2001:db8::dead"));
        assertThat(sent).isEmpty();
        ndp.answerFor(0x2001_0db8_0000_0000L, 0xdead);
        solicit(PEER_MAC, PEER, IpAddress.parse("2001:db8::dead"));
        Packet answer = only();
        assertThat(address(answer.srcHi(), answer.srcLo())).isEqualTo("2001:db8::dead");
        assertThat(Ndp.flags(answer.frame(), answer.l4())).isEqualTo(Ndp.SOLICITED);
        forget();
        ndp.stopAnsweringFor(0x2001_0db8_0000_0000L, 0xdead);
        solicit(PEER_MAC, PEER, IpAddress.parse("2001:db8::dead"));
        assertThat(sent).isEmpty();
    }

    @Test
    void aFloodOfQuestionsIsAnsweredSlowlyAndFillsAQuarterOfTheTable() {
        configured();
        for (int i = 0; i < 10_000; i++) {
            solicit(PEER_MAC, new IpAddress(US.hi(), 0x1000 + i), US);
        }
        assertThat(sent).hasSize(200);
        assertThat(ndp.neighbours().size()).isEqualTo(16);
        assertThat(counters()).containsEntry("ndp answers rate limited", 9_800L);
    }

    // ---- duplicate address detection

    @Test
    void anAddressIsUsedAfterASecondOfSilence() {
        ndp.add(US.hi(), US.lo(), true, now);
        Packet probe = only();
        assertThat(address(probe.srcHi(), probe.srcLo())).isEqualTo("::");
        assertThat(Ndp.isValid(probe)).isTrue();
        solicit(PEER_MAC, PEER, US);
        assertThat(sent).hasSize(1);
        assertThat(ndp.isValid(US.hi(), US.lo())).isFalse();

        assertThat(ndp.nextDeadline()).isEqualTo(now + SECOND);
        now += SECOND;
        ndp.onDeadline(now);

        assertThat(outcomes).containsExactly("valid 2001:db8::1");
        assertThat(ndp.isValid(US.hi(), US.lo())).isTrue();
        assertThat(ndp.nextDeadline()).isGreaterThan(now);
    }

    @Test
    void anAddressThatSomebodyHasIsNotTaken() {
        ndp.add(US.hi(), US.lo(), true, now);
        advertise(OTHER_MAC, US, NOBODY, Ndp.OVERRIDE);
        now += 2 * SECOND;
        ndp.onDeadline(now);
        assertThat(outcomes).containsExactly("duplicate 2001:db8::1 of 20000000003");
        assertThat(ndp.isValid(US.hi(), US.lo())).isFalse();
    }

    @Test
    void twoThatProbeAtOnceBothLetGo() {
        ndp.add(US.hi(), US.lo(), true, now);
        solicit(OTHER_MAC, NOBODY, US);
        assertThat(outcomes).containsExactly("duplicate 2001:db8::1 of 20000000003");
    }

    @Test
    void itsOwnReflectionIsNobodyElse() {
        ndp.add(US.hi(), US.lo(), true, now);
        solicit(OUR_MAC, NOBODY, US);
        assertThat(outcomes).isEmpty();
    }

    @Test
    void aProbeForAnAddressInUseIsAnsweredToEverybody() {
        configured();
        solicit(OTHER_MAC, NOBODY, US);
        Packet answer = only();
        assertThat(address(answer.dstHi(), answer.dstLo())).isEqualTo("ff02::1");
        assertThat(Ndp.flags(answer.frame(), answer.l4())).isEqualTo(Ndp.OVERRIDE);
    }

    @Test
    void aClaimIsReportedAndAnsweredOnceInTenSeconds() {
        configured();
        advertise(OTHER_MAC, US, NOBODY, Ndp.OVERRIDE);
        advertise(OTHER_MAC, US, NOBODY, Ndp.OVERRIDE);
        assertThat(outcomes)
                .containsExactly(
                        "conflict 2001:db8::1 with 20000000003",
                        "conflict 2001:db8::1 with 20000000003");
        assertThat(sent).hasSize(1);
        assertThat(ndp.isValid(US.hi(), US.lo())).isTrue();
    }

    // ---- routers

    @Test
    void asksForRoutersThreeTimesAndStopsWhenOneAnswers() {
        ndp.addLinkLocal(false, now);
        ndp.routers().start(now);
        List<Long> asked = new ArrayList<>();
        long start = now;
        while (ndp.nextDeadline() != Long.MAX_VALUE) {
            now = ndp.nextDeadline();
            ndp.onDeadline(now);
            asked.add((now - start) / SECOND);
            assertThat(ndp.nextDeadline()).isGreaterThan(now);
        }
        assertThat(asked).containsExactly(0L, 4L, 8L);

        ndp.routers().start(now);
        routerSays(1800, "2001:db8:5::", 86_400, 14_400);
        assertThat(ndp.nextDeadline()).isEqualTo(now + SECOND);
        assertThat(ndp.routers().hasRouter()).isTrue();
        assertThat(address(ndp.routers().routerHi(), ndp.routers().routerLo()))
                .isEqualTo("fe80::ff");
    }

    @Test
    void makesAnAddressOfAPrefixAndKnowsWhatIsOnTheLink() {
        ndp.routers().start(now);
        routerSays(1800, "2001:db8:5::", 86_400, 14_400);
        now += SECOND;
        ndp.onDeadline(now);
        assertThat(outcomes).containsExactly("valid 2001:db8:5::ff:fe00:1");
        assertThat(ndp.routers().isOnLink(0x2001_0db8_0005_0000L, 77)).isTrue();
        assertThat(ndp.routers().isOnLink(0x2001_0db8_0006_0000L, 77)).isFalse();
        assertThat(ndp.routers().mtu()).isEqualTo(1400);
    }

    @Test
    void aForgedAdvertisementCannotEndAnAddressAtOnce() {
        ndp.routers().start(now);
        routerSays(1800, "2001:db8:5::", 86_400, 14_400);
        routerSays(1800, "2001:db8:5::", 1, 1);
        now += 3600 * SECOND;
        ndp.onDeadline(now);
        assertThat(ndp.isValid(0x2001_0db8_0005_0000L, Ndp.interfaceId(OUR_MAC))).isTrue();
        now += 3601 * SECOND;
        ndp.onDeadline(now);
        assertThat(ndp.isValid(0x2001_0db8_0005_0000L, Ndp.interfaceId(OUR_MAC))).isFalse();
    }

    @Test
    void aFloodOfAdvertisementsIsBounded() {
        ndp.routers().start(now);
        for (int i = 0; i < 1000; i++) {
            routerSays(0xFE80L << 48, 0x1000 + i, 1800, 0x2001_0db8_0000_0000L + i, 86_400, 14_400);
        }
        assertThat(counters())
                .containsEntry("router discovery not believed router", 992L)
                .containsEntry("router discovery not believed prefix", 992L * 2);
    }

    @Test
    void whatIsNotAskedForIsNotHeard() {
        routerSays(1800, "2001:db8:5::", 86_400, 14_400);
        assertThat(ndp.routers().hasRouter()).isFalse();
    }

    // ---- the scene

    private void configured() {
        ndp.add(US.hi(), US.lo(), false, now);
        outcomes.clear();
    }

    private long send(IpAddress to) {
        ByteBuf frame = allocator.directBuffer(64);
        try {
            return ndp.neighbours().resolve(frame, to.hi(), to.lo(), now);
        } finally {
            frame.release();
        }
    }

    private long lookup(IpAddress who) {
        return ndp.neighbours().lookup(who.hi(), who.lo(), now);
    }

    private void receive(ByteBuf frame) {
        try {
            ndp.input(parsed(frame), now);
        } finally {
            frame.release();
        }
    }

    private void solicit(long mac, IpAddress source, IpAddress target) {
        receive(
                Ndp.solicitation(
                        allocator,
                        Ethernet.BROADCAST,
                        mac,
                        source.hi(),
                        source.lo(),
                        target.hi(),
                        target.lo()));
    }

    private ByteBuf advertisement(long mac, IpAddress target, IpAddress to, int flags) {
        return Ndp.advertisement(
                allocator,
                OUR_MAC,
                mac,
                target.hi(),
                target.lo(),
                to.hi(),
                to.lo(),
                target.hi(),
                target.lo(),
                flags);
    }

    private void advertise(long mac, IpAddress target, IpAddress to, int flags) {
        receive(advertisement(mac, target, to, flags));
    }

    private void routerSays(int lifetime, String prefix, int valid, int preferred) {
        routerSays(
                ROUTER.hi(), ROUTER.lo(), lifetime, IpAddress.parse(prefix).hi(), valid, preferred);
    }

    private void routerSays(long hi, long lo, int lifetime, long prefix, int valid, int preferred) {
        ByteBuf body = allocator.directBuffer(64);
        body.writeInt(0).writeInt(0);
        body.writeByte(Ndp.PREFIX_INFORMATION).writeByte(4).writeByte(64).writeByte(0xC0);
        body.writeInt(valid).writeInt(preferred).writeInt(0).writeLong(prefix).writeLong(0);
        body.writeByte(Ndp.MTU).writeByte(1).writeShort(0).writeInt(1400);
        ByteBuf frame =
                new PacketBuilder(allocator)
                        .macs(PEER_MAC, Ndp.groupMac(Ndp.ALL_NODES))
                        .icmpEcho(
                                hi,
                                lo,
                                Ndp.LINK_SCOPE,
                                Ndp.ALL_NODES,
                                false,
                                64 << 8,
                                lifetime,
                                body);
        body.release();
        Packet packet = TestPackets.parse(frame);
        packet.ttl(Ndp.HOP_LIMIT);
        frame.setByte(packet.l4(), Ndp.ROUTER_ADVERTISEMENT);
        packet.fillChecksum();
        receive(frame);
    }

    private static Packet parsed(ByteBuf frame) {
        Packet packet = new Packet();
        assertThat(packet.parse(frame)).isEqualTo(Packet.Parse.OK);
        assertThat(Ndp.isNdp(packet)).isTrue();
        return packet;
    }

    private Packet only() {
        assertThat(sent).hasSize(1);
        return parsed(sent.get(0));
    }

    private void forget() {
        sent.forEach(ByteBuf::release);
        sent.clear();
    }

    private static IpAddress target(Packet packet) {
        ByteBuf frame = packet.frame();
        assertThat(Icmp.code(frame, packet.l4())).isZero();
        return new IpAddress(Ndp.targetHi(frame, packet.l4()), Ndp.targetLo(frame, packet.l4()));
    }

    private static String address(long hi, long lo) {
        return new IpAddress(hi, lo).toString();
    }

    private Map<String, Long> counters() {
        Map<String, Long> counters = new LinkedHashMap<>();
        ndp.counters(counters);
        return counters;
    }
}

package dev.understudy.stack.ip;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.wire.Frames;
import dev.understudy.stack.wire.Ipv4;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.PacketAssert;
import dev.understudy.stack.wire.PoisoningAllocator;
import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class FragmentationTest implements Reassembly.Listener {
    private static final long SECOND = 1_000_000_000L;

    private final PoisoningAllocator allocator = new PoisoningAllocator();
    private final Fragmenter fragmenter = new Fragmenter(TestPackets.ALLOCATOR, 41);
    private final List<ByteBuf> whole = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();
    private Reassembly reassembly = new Reassembly(allocator, Reassembly.Limits.DEFAULT, this);
    private long now = 7 * SECOND;

    @Override
    public void reassembled(ByteBuf frame, List<ByteBuf> fragments, long at) {
        whole.add(Frames.copy(TestPackets.ALLOCATOR, frame));
    }

    @Override
    public void abandoned(Reassembly.Failure failure, List<ByteBuf> fragments, long at) {
        failures.add(failure + " " + fragments.size());
    }

    @AfterEach
    void nothingLeaks() {
        reassembly.clear();
        assertThat(reassembly.bytes()).isZero();
        assertThat(allocator.live()).isZero();
    }

    @Test
    @Tag("P57")
    void whatWasSplitBecomesWholeAgainInAnyOrder() {
        Random random = new Random(11);
        for (int size : new int[] {1500, 1501, 4000, 8192, 65_507}) {
            for (int mtu : new int[] {68, 576, 1500}) {
                if (size / (mtu - 20) >= 128) {
                    continue;
                }
                ByteBuf datagram = datagram(size, random);
                List<ByteBuf> pieces = split(datagram, mtu);
                for (ByteBuf piece : pieces) {
                    Packet view = TestPackets.parse(piece);
                    assertThat(view.end() - view.l3()).isLessThanOrEqualTo(mtu);
                }
                Collections.shuffle(pieces, random);
                pieces.forEach(this::add);
                assertThat(whole).hasSize(1);
                PacketAssert.assertThatFrame(whole.get(0)).checksumsValid();
                assertThat(TestPackets.hex(whole.remove(0))).isEqualTo(TestPackets.hex(datagram));
            }
        }
        assertThat(reassembly.size()).isZero();
    }

    @Test
    void aPieceCanBeSplitAgain() {
        ByteBuf datagram = datagram(4000, new Random(5));
        List<ByteBuf> pieces = new ArrayList<>();
        split(datagram, 1500).forEach(piece -> pieces.addAll(splitOrKeep(piece, 600)));
        assertThat(pieces.size()).isGreaterThan(6);
        pieces.forEach(this::add);
        assertThat(TestPackets.hex(whole.get(0))).isEqualTo(TestPackets.hex(datagram));
    }

    @Test
    void aPartialChecksumIsCompletedBeforeSplitting() {
        ByteBuf datagram =
                TestPackets.udp("10.0.0.1:1", "10.0.0.2:2")
                        .payload(new byte[3000])
                        .partialChecksum()
                        .build();
        split(datagram, 1500).forEach(this::add);
        PacketAssert.assertThatFrame(whole.get(0)).checksumsValid();
    }

    @Test
    void dontFragmentIsObeyed() {
        Packet packet =
                TestPackets.tcp("10.0.0.1:1", "10.0.0.2:2").payload(new byte[3000]).packet();
        assertThat(fragmenter.split(packet, 1500, piece -> failures.add("sent"))).isFalse();
        assertThat(failures).isEmpty();
    }

    @Test
    void laterPiecesCarryOnlyCopiedOptions() {
        ByteBuf plain = datagram(3000, new Random(1));
        Packet view = TestPackets.parse(plain);
        byte[] options = {1, 7, 7, 4, 0, 0, 0, 0, (byte) 0x94, 4, 0, 0};
        ByteBuf frame =
                Frames.allocate(TestPackets.ALLOCATOR, plain.readableBytes() + options.length);
        frame.writerIndex(frame.readerIndex());
        frame.writeBytes(plain, plain.readerIndex(), view.l4() - view.base());
        frame.writeBytes(options);
        frame.writeBytes(plain, view.l4(), view.end() - view.l4());
        int l3 = frame.readerIndex() + view.l3() - view.base();
        frame.setByte(l3, 0x48);
        frame.setShort(l3 + Ipv4.TOTAL_LENGTH_OFFSET, view.end() - view.l3() + options.length);
        Ipv4.fixChecksum(frame, l3);

        List<ByteBuf> pieces = split(frame, 1500);

        assertThat(Ipv4.headerLength(pieces.get(0), TestPackets.parse(pieces.get(0)).l3()))
                .isEqualTo(32);
        Packet second = TestPackets.parse(pieces.get(1));
        assertThat(Ipv4.headerLength(pieces.get(1), second.l3())).isEqualTo(24);
        assertThat(pieces.get(1).getUnsignedByte(second.l3() + 20)).isEqualTo((short) 0x94);
        pieces.forEach(this::add);
        assertThat(TestPackets.hex(whole.get(0))).isEqualTo(TestPackets.hex(frame));
    }

    @Test
    void exactDuplicatesAreAccepted() {
        List<ByteBuf> pieces = split(datagram(4000, new Random(2)), 1500);
        add(pieces.get(0));
        add(pieces.get(0));
        add(pieces.get(2));
        add(pieces.get(2));
        add(pieces.get(1));
        assertThat(whole).hasSize(1);
        assertThat(failures).isEmpty();
    }

    @Test
    void anOverlapDropsTheDatagramAndWhatStillComesOfIt() {
        List<ByteBuf> pieces = split(datagram(4000, new Random(2)), 1500);
        add(pieces.get(0));
        ByteBuf forged = Frames.copy(TestPackets.ALLOCATOR, pieces.get(0));
        forged.setByte(forged.writerIndex() - 1, ~forged.getByte(forged.writerIndex() - 1));
        add(forged);
        assertThat(failures).containsExactly("OVERLAP 1");
        pieces.forEach(this::add);
        assertThat(whole).isEmpty();
        now += 30 * SECOND;
        reassembly.onDeadline(now);
        assertThat(failures).hasSize(1);
        pieces.forEach(this::add);
        assertThat(whole).hasSize(1);
    }

    @Test
    void twoOpinionsOnTheEndAreAnOverlap() {
        List<ByteBuf> pieces = split(datagram(4000, new Random(2)), 1500);
        ByteBuf shorter = Frames.copy(TestPackets.ALLOCATOR, pieces.get(0));
        int l3 = TestPackets.parse(shorter).l3();
        shorter.setShort(l3 + Ipv4.FRAGMENT_OFFSET, 0);
        add(pieces.get(2));
        shorter.setShort(l3 + Ipv4.FRAGMENT_OFFSET, 1000);
        Ipv4.fixChecksum(shorter, l3);
        add(shorter);
        assertThat(failures).containsExactly("OVERLAP 1");
    }

    @Test
    void timeIsUpAfterThirtySeconds() {
        List<ByteBuf> pieces = split(datagram(4000, new Random(2)), 1500);
        add(pieces.get(0));
        now += 20 * SECOND;
        add(pieces.get(1));
        assertThat(reassembly.nextDeadline()).isEqualTo(37 * SECOND);
        reassembly.onDeadline(37 * SECOND - 1);
        assertThat(failures).isEmpty();
        reassembly.onDeadline(37 * SECOND);
        assertThat(failures).containsExactly("TIMEOUT 2");
        assertThat(reassembly.nextDeadline()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aFloodHoldsNoMoreThanTheLimits() {
        reassembly =
                new Reassembly(allocator, new Reassembly.Limits(100_000, 50, 8, 30 * SECOND), this);
        for (int i = 0; i < 5000; i++) {
            List<ByteBuf> pieces = split(datagram(3000, new Random(i)), 1500);
            ByteBuf piece = pieces.get(i % 2);
            int l3 = TestPackets.parse(piece).l3();
            piece.setShort(l3 + Ipv4.IDENTIFICATION_OFFSET, i);
            Ipv4.fixChecksum(piece, l3);
            add(piece);
            assertThat(reassembly.bytes()).isLessThanOrEqualTo(100_000);
            assertThat(reassembly.size()).isLessThanOrEqualTo(50);
        }
        List<ByteBuf> crumbs = split(datagram(3000, new Random(1)), 68);
        crumbs.forEach(this::add);
        assertThat(whole).isEmpty();
        assertThat(failures).contains("LIMIT 8");
    }

    @Test
    void noFragmentsMakeItThrowOrProduceAnythingThatDoesNotParse() {
        Random random = new Random(99);
        Packet view = new Packet();
        List<ByteBuf> pieces = split(datagram(2000, random), 600);
        for (int i = 0; i < 100_000; i++) {
            ByteBuf piece =
                    Frames.copy(TestPackets.ALLOCATOR, pieces.get(random.nextInt(pieces.size())));
            int l3 = 14 + 12 + piece.readerIndex();
            piece.setShort(l3 + Ipv4.IDENTIFICATION_OFFSET, random.nextInt(8));
            if (random.nextInt(3) == 0) {
                piece.setShort(l3 + Ipv4.FRAGMENT_OFFSET, random.nextInt(0x4000));
            }
            if (random.nextInt(5) == 0) {
                int cut = random.nextInt(piece.readableBytes() - 50);
                piece.setShort(l3 + Ipv4.TOTAL_LENGTH_OFFSET, Ipv4.totalLength(piece, l3) - cut);
            }
            if (random.nextInt(9) == 0) {
                piece.setByte(l3, 0x45 + random.nextInt(6));
            }
            if (Ipv4.headerLength(piece, l3) <= piece.writerIndex() - l3) {
                Ipv4.fixChecksum(piece, l3);
            }
            if (view.parse(piece) == Packet.Parse.OK && view.isFragment()) {
                reassembly.add(view, now);
            }
            now += random.nextInt(100_000_000);
            reassembly.onDeadline(now);
            piece.release();
            failures.clear();
        }
        assertThat(whole).isNotEmpty();
        for (ByteBuf frame : whole) {
            assertThat(view.parse(frame)).isNotEqualTo(Packet.Parse.BAD_IP_CHECKSUM);
        }
    }

    @Test
    void countsByReason() {
        add(split(datagram(3000, new Random(2)), 1500).get(0));
        Map<String, Long> all = new LinkedHashMap<>();
        reassembly.counters(all);
        assertThat(all)
                .containsEntry("reassembly fragments", 1L)
                .containsEntry("dropped: reassembly timeout", 0L);
    }

    private static ByteBuf datagram(int size, Random random) {
        byte[] payload = new byte[size];
        random.nextBytes(payload);
        return TestPackets.udp("10.0.0.1:5", "10.0.0.2:6").payload(payload).build();
    }

    private List<ByteBuf> split(ByteBuf frame, int mtu) {
        List<ByteBuf> pieces = new ArrayList<>();
        assertThat(fragmenter.split(TestPackets.parse(frame), mtu, pieces::add)).isTrue();
        return pieces;
    }

    private List<ByteBuf> splitOrKeep(ByteBuf frame, int mtu) {
        Packet view = TestPackets.parse(frame);
        return view.end() - view.l3() > mtu ? split(frame, mtu) : List.of(frame);
    }

    private void add(ByteBuf frame) {
        reassembly.add(TestPackets.parse(frame), now);
    }
}

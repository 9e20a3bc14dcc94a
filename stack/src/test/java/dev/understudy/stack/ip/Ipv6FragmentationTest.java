package dev.understudy.stack.ip;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.wire.Frames;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Ipv6;
import dev.understudy.stack.wire.Packet;
import dev.understudy.stack.wire.PacketAssert;
import dev.understudy.stack.wire.PacketBuilder;
import dev.understudy.stack.wire.PoisoningAllocator;
import dev.understudy.stack.wire.TestPackets;
import dev.understudy.stack.wire.Udp;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class Ipv6FragmentationTest implements Reassembly.Listener {
    private static final IpAddress HERE = IpAddress.parse("2001:db8::1");
    private static final IpAddress THERE = IpAddress.parse("2001:db8::2");
    private static final int IDENTIFICATION = 0xDEADBEEF;

    private final PoisoningAllocator allocator = new PoisoningAllocator();
    private final Ipv6Fragmenter fragmenter = new Ipv6Fragmenter(TestPackets.ALLOCATOR);
    private final List<ByteBuf> whole = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();
    private final Reassembly reassembly =
            new Reassembly(allocator, Reassembly.Limits.DEFAULT, this);

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
    void whatWasSplitBecomesWholeAgainInAnyOrder() {
        Random random = new Random(11);
        for (int size : new int[] {1300, 4000, 65_507}) {
            for (int mtu : new int[] {1280, 1500, 9000}) {
                ByteBuf datagram = datagram(size, random);
                if (datagram.readableBytes() - 26 <= mtu) {
                    continue;
                }
                List<ByteBuf> pieces = split(datagram, mtu);
                for (ByteBuf piece : pieces) {
                    Packet view = TestPackets.parse(piece);
                    assertThat(view.isFragment()).isTrue();
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
    void anExactRepetitionIsIgnored() {
        List<ByteBuf> pieces = split(datagram(4000, new Random(3)), 1500);
        add(pieces.get(0));
        add(pieces.get(0));
        pieces.subList(1, pieces.size()).forEach(this::add);
        assertThat(whole).hasSize(1);
        assertThat(counters()).containsEntry("reassembly duplicates", 1L);
    }

    /** RFC 5722 §4. */
    @Test
    void anOverlapDropsTheDatagramAndWhatStillComesOfIt() {
        List<ByteBuf> pieces = split(datagram(4000, new Random(3)), 1500);
        ByteBuf forged = Frames.copy(TestPackets.ALLOCATOR, pieces.get(1));
        forged.setByte(forged.writerIndex() - 1, ~forged.getByte(forged.writerIndex() - 1));
        add(pieces.get(0));
        add(pieces.get(1));
        add(forged);
        pieces.forEach(this::add);
        assertThat(whole).isEmpty();
        assertThat(failures).containsExactly("OVERLAP 2");
    }

    /** RFC 6946: it neither waits for others nor disturbs them. */
    @Test
    void aFragmentThatIsAllOfItsDatagramIsNoFragment() {
        ByteBuf first = split(datagram(1400, new Random(3)), 1280).get(0);
        Packet view = TestPackets.parse(first);
        int header = Ipv6.fragmentHeader(first, view.l3(), view.end());
        first.setShort(header + 2, 0);
        first.setShort(header + 8 + Udp.LENGTH_OFFSET, view.end() - header - 8);
        Packet again = new Packet();
        again.parse(first);
        assertThat(again.isFragment()).isFalse();
        assertThat(again.isUdp()).isTrue();
    }

    @Test
    void aPieceOfOddLengthThatIsNotTheLastIsMalformed() {
        ByteBuf first = split(datagram(4000, new Random(3)), 1500).get(0);
        Packet view = TestPackets.parse(first);
        first.setShort(
                view.l3() + Ipv6.PAYLOAD_LENGTH_OFFSET, Ipv6.payloadLength(first, view.l3()) - 1);
        add(first);
        assertThat(counters()).containsEntry("dropped: reassembly malformed", 1L);
    }

    @Test
    void extensionsInFrontStayAndThoseBehindAreSplit() {
        ByteBuf datagram = withExtension(datagram(4000, new Random(9)), Ipv6.HOP_BY_HOP);
        ByteBuf copy = Frames.copy(TestPackets.ALLOCATOR, datagram);
        split(copy, 1500).forEach(this::add);
        assertThat(TestPackets.hex(whole.remove(0))).isEqualTo(TestPackets.hex(datagram));

        datagram = withExtension(datagram(4000, new Random(9)), Ipv6.DESTINATION_OPTIONS);
        copy = Frames.copy(TestPackets.ALLOCATOR, datagram);
        split(copy, 1500).forEach(this::add);
        assertThat(TestPackets.hex(whole.remove(0))).isEqualTo(TestPackets.hex(datagram));
    }

    @Test
    void neverThrowsOnMutatedFragments() {
        Random random = new Random(77);
        for (int round = 0; round < 20_000; round++) {
            List<ByteBuf> pieces = split(datagram(3000, random), 1280);
            ByteBuf piece = pieces.get(random.nextInt(pieces.size()));
            for (int flips = random.nextInt(1, 6); flips > 0; flips--) {
                int at = piece.readerIndex() + 26 + random.nextInt(64);
                piece.setByte(at, random.nextInt());
            }
            Packet view = new Packet();
            if (view.parse(piece) == Packet.Parse.OK && view.isFragment()) {
                reassembly.add(view, round);
            }
        }
        assertThat(reassembly.bytes()).isLessThanOrEqualTo(4 << 20);
    }

    /** An extension header of eight bytes of padding in front of what is there. */
    private static ByteBuf withExtension(ByteBuf frame, int type) {
        int l3 = frame.readerIndex() + 26;
        ByteBuf longer = Frames.allocate(TestPackets.ALLOCATOR, frame.readableBytes() - 12 + 8);
        longer.writeBytes(frame, frame.readerIndex() + 12, 14 + Ipv6.BYTES);
        longer.writeByte(Ipv6.nextHeader(frame, l3)).writeByte(0);
        longer.writeByte(1).writeByte(4).writeInt(0);
        longer.writeBytes(frame, l3 + Ipv6.BYTES, frame.writerIndex() - l3 - Ipv6.BYTES);
        int at = longer.readerIndex() + 26;
        longer.setByte(at + Ipv6.NEXT_HEADER_OFFSET, type);
        longer.setShort(at + Ipv6.PAYLOAD_LENGTH_OFFSET, Ipv6.payloadLength(frame, l3) + 8);
        return longer;
    }

    private static ByteBuf datagram(int size, Random random) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        ByteBuf payload = TestPackets.ALLOCATOR.directBuffer(size).writeBytes(bytes);
        return new PacketBuilder(TestPackets.ALLOCATOR)
                .udp(HERE.hi(), HERE.lo(), 1000, THERE.hi(), THERE.lo(), 53, payload);
    }

    private List<ByteBuf> split(ByteBuf datagram, int mtu) {
        List<ByteBuf> pieces = new ArrayList<>();
        Packet packet = TestPackets.parse(datagram);
        assertThat(fragmenter.split(packet, mtu, IDENTIFICATION, pieces::add)).isTrue();
        return pieces;
    }

    private void add(ByteBuf piece) {
        Packet packet = TestPackets.parse(piece);
        reassembly.add(packet, 1);
    }

    private Map<String, Long> counters() {
        Map<String, Long> counters = new LinkedHashMap<>();
        reassembly.counters(counters);
        return counters;
    }
}

package dev.understudy.stack.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.understudy.stack.wire.TestPackets;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CaptureHandlerTest {
    private static final long EPOCH = 1_700_000_000_123_456_789L;

    private final VirtualLoop time = new VirtualLoop();
    private final ByteArrayOutputStream file = new ByteArrayOutputStream();

    private static ByteBuf frame(String text) {
        return TestPackets.tcp("10.0.0.1:5", "10.0.0.2:7").payload(text).build();
    }

    /** Records one frame each way; the second 5 ms after the first, with a partial checksum. */
    private void capture(OutputStream out) throws IOException {
        try (PcapngWriter writer = new PcapngWriter(out, UnpooledByteBufAllocator.DEFAULT)) {
            Wire wire = Wire.between(Wire.End.of("west"), Wire.End.of("east"));
            wire.a().pipeline().addFirst(new CaptureHandler(writer, "us0", EPOCH - time.now()));
            FrameSink.at(wire.a());
            FrameSink.at(wire.b());
            wire.register(time.loop());
            time.run();
            wire.a().send(frame("sent"));
            time.advance(Duration.ofMillis(5));
            wire.b()
                    .send(
                            TestPackets.tcp("10.0.0.2:7", "10.0.0.1:5")
                                    .payload("received")
                                    .partialChecksum()
                                    .build());
            time.run();
            ByteBuf last = frame("explained");
            writer.record(0, EPOCH, last, true, "bound to B: A refused");
            last.release();
            wire.close();
            time.run();
        }
    }

    private record Block(int type, ByteBuf body) {}

    private List<Block> blocks() {
        ByteBuf all = Unpooled.wrappedBuffer(file.toByteArray());
        List<Block> blocks = new ArrayList<>();
        while (all.isReadable()) {
            int type = all.readIntLE();
            int length = all.readIntLE();
            assertThat(length % 4).isZero();
            blocks.add(new Block(type, all.readSlice(length - 12)));
            assertThat(all.readIntLE()).isEqualTo(length);
        }
        return blocks;
    }

    @Test
    void captureHoldsSectionInterfaceAndFramesWithTimeAndDirection() throws Exception {
        capture(file);
        List<Block> blocks = blocks();
        assertThat(blocks).extracting(Block::type).containsExactly(0x0A0D0D0A, 1, 6, 6, 6);
        assertThat(blocks.get(1).body.toString(StandardCharsets.UTF_8)).contains("us0");
        assertThat(timestamp(blocks.get(2))).isEqualTo(EPOCH);
        assertThat(timestamp(blocks.get(3))).isEqualTo(EPOCH + 5_000_000);
        assertThat(blocks.get(2).body.getIntLE(blocks.get(2).body.writerIndex() - 8))
                .as("outbound")
                .isEqualTo(2);
        assertThat(blocks.get(3).body.getIntLE(blocks.get(3).body.writerIndex() - 8))
                .as("inbound")
                .isEqualTo(1);
        ByteBuf expected = frame("sent");
        ByteBuf body = blocks.get(2).body;
        assertThat(body.slice(body.readerIndex() + 20, expected.readableBytes() - 12))
                .isEqualTo(expected.skipBytes(12));
        expected.release();
        assertThat(blocks.get(4).body.toString(StandardCharsets.UTF_8))
                .contains("bound to B: A refused");
    }

    private static long timestamp(Block block) {
        ByteBuf body = block.body;
        int at = body.readerIndex();
        return (long) body.getIntLE(at + 4) << 32 | body.getUnsignedIntLE(at + 8);
    }

    @Test
    void slowDiskCostsFramesOfTheCaptureAndNothingElse() throws Exception {
        CountDownLatch disk = new CountDownLatch(1);
        OutputStream stalled =
                new OutputStream() {
                    @Override
                    public void write(int b) throws IOException {
                        try {
                            disk.await();
                        } catch (InterruptedException e) {
                            throw new IOException(e);
                        }
                    }
                };
        PcapngWriter writer = new PcapngWriter(stalled, UnpooledByteBufAllocator.DEFAULT, 2000);
        int link = writer.addInterface("us0");
        ByteBuf frame = frame("x".repeat(400));
        for (int i = 0; i < 10; i++) {
            writer.record(link, EPOCH, frame, true, "");
        }
        assertThat(writer.left()).isBetween(6L, 8L);
        assertThat(frame.refCnt()).isEqualTo(1);
        disk.countDown();
        writer.close();
        frame.release();
    }

    @Test
    void failingDiskIsToldAtTheClose() {
        PcapngWriter writer =
                new PcapngWriter(
                        new OutputStream() {
                            @Override
                            public void write(int b) throws IOException {
                                throw new IOException("disk full");
                            }
                        },
                        UnpooledByteBufAllocator.DEFAULT);
        assertThatThrownBy(writer::close).isInstanceOf(IOException.class).hasMessage("disk full");
    }

    @Test
    @Tag("kernel")
    void tsharkReadsIt(@TempDir Path directory) throws Exception {
        Kernel.requireProgram("tshark");
        Path path = directory.resolve("capture.pcapng");
        try (OutputStream out = Files.newOutputStream(path)) {
            capture(out);
        }
        Process tshark =
                new ProcessBuilder(
                                "tshark",
                                "-r",
                                path.toString(),
                                "-o",
                                "tcp.check_checksum:TRUE",
                                "-T",
                                "fields",
                                "-e",
                                "frame.time_epoch",
                                "-e",
                                "tcp.checksum.status",
                                "-e",
                                "frame.interface_name",
                                "-e",
                                "frame.comment")
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        String text = new String(tshark.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(tshark.waitFor()).isZero();
        assertThat(text.lines().toList())
                .containsExactly(
                        "1700000000.123456789\t1\tus0\t",
                        "1700000000.128456789\t1\tus0\t",
                        "1700000000.123456789\t1\tus0\tbound to B: A refused");
    }
}

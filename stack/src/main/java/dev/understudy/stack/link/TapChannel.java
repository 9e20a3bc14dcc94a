package dev.understudy.stack.link;

import dev.understudy.stack.wire.Frames;
import dev.understudy.stack.wire.VirtioNet;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.Errors.NativeIoException;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A TAP or TUN interface as a link (Linux, Documentation/networking/tuntap.rst): what the kernel sends out of the interface is
 * read here, what is written here the kernel receives on it. Lives on an event loop of Netty's epoll transport.
 *
 * <p>Reading goes on until the device is empty or {@link #BUDGET} frames were read, so that two links on one loop take
 * turns. A frame that the kernel does not take (EAGAIN, EIO while the interface is down, ENOBUFS, EINVAL for a malformed
 * one) is counted and dropped. If the interface is deleted from outside, the channel closes.
 *
 * <p>With offload, frames come and go with partial checksums and as super-segments of up to 64 KiB, which is worth a
 * factor of seven in throughput (DESIGN 6). Without, the kernel finishes its frames before they come here, and a {@link
 * SegmentationHandler} does it for those that go there.
 *
 * <p>A TUN interface is {@link #bare}: its frames get and lose their Ethernet header here (P58).
 */
public final class TapChannel extends LinkChannel {
    /** Frames read before other users of the loop get their turn. */
    public static final int BUDGET = 64;

    private static final Logger LOG = LoggerFactory.getLogger(TapChannel.class);
    private static final int BUFFER_BYTES = Frames.HEADROOM + Frames.MAX_BYTES;

    private final String name;
    private final boolean offload;
    private final boolean bare;
    private final int mtu;
    private final long mac;
    private final FileDescriptor fd;
    private final Handle handle = new Handle();
    private IoRegistration registration;
    private ByteBuf buffer;
    private ByteBuf scratch;
    private boolean reading;

    private TapChannel(String name, boolean offload, boolean bare, int fd, int mtu, long mac) {
        super(null);
        this.name = name;
        this.offload = offload;
        this.bare = bare;
        this.fd = new FileDescriptor(fd);
        this.mtu = mtu;
        this.mac = mac;
    }

    /**
     * Makes the interface, or attaches to a persistent one, in the calling thread's network namespace. It is left down
     * and without addresses: setting the network up is for the caller. The MTU is read now, and not again.
     *
     * <p>The channel must be registered with a loop before it can be closed.
     *
     * @throws LinkException with the reason, and the command that mends it
     */
    public static TapChannel open(String name, boolean offload) throws LinkException {
        return open(name, offload, false);
    }

    /**
     * As {@link #open(String, boolean)}, but perhaps a TUN interface, which has no Ethernet.
     *
     * @param bare see {@link #bare}
     */
    public static TapChannel open(String name, boolean offload, boolean bare) throws LinkException {
        if (!Epoll.isAvailable()) {
            throw new LinkException(
                    LinkException.Reason.NO_DEVICE,
                    "TAP devices need Linux and Netty's native epoll library, which does not load.",
                    "",
                    Epoll.unavailabilityCause());
        }
        int fd = TapDevice.open(name, offload, bare);
        try {
            int mtu = TapDevice.mtu(name);
            TapChannel channel =
                    new TapChannel(name, offload, bare, fd, mtu, stableMac(machine(), name));
            if (!offload) {
                channel.pipeline().addLast("segmentation", new SegmentationHandler());
            }
            return channel;
        } catch (LinkException | RuntimeException e) {
            Libc.close(fd);
            throw e;
        }
    }

    /** What tells this machine from others; nothing secret is derived from it. */
    private static String machine() {
        try {
            return Files.readString(Path.of("/etc/machine-id"));
        } catch (IOException e) {
            return Optional.ofNullable(System.getenv("HOSTNAME")).orElse("");
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long mac() {
        return mac;
    }

    @Override
    public int mtu() {
        return mtu;
    }

    @Override
    public boolean offload() {
        return offload;
    }

    @Override
    public boolean bare() {
        return bare;
    }

    @Override
    public boolean isOpen() {
        return fd.isOpen();
    }

    @Override
    public boolean isActive() {
        return fd.isOpen() && registration != null;
    }

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return loop instanceof IoEventLoop io && io.isCompatible(EpollIoHandle.class);
    }

    @Override
    protected void doRegister(ChannelPromise promise) {
        ((IoEventLoop) eventLoop())
                .register(handle)
                .addListener(
                        (Future<IoRegistration> future) -> {
                            if (future.isSuccess()) {
                                registration = future.getNow();
                                promise.setSuccess();
                            } else {
                                promise.setFailure(future.cause());
                            }
                        });
    }

    @Override
    protected void doDeregister() {
        if (registration != null) {
            registration.cancel();
        }
    }

    @Override
    protected void doBeginRead() {
        if (!reading) {
            reading = true;
            registration.submit(EpollIoOps.EPOLLIN);
        }
    }

    @Override
    protected void doClose() throws IOException {
        if (registration != null) {
            registration.cancel();
        }
        fd.close();
        if (buffer != null) {
            buffer.release();
            buffer = null;
        }
        if (scratch != null) {
            scratch.release();
            scratch = null;
        }
    }

    @Override
    boolean readWaiting() {
        return reading && readFrames();
    }

    /** Whether it stopped for the budget's sake. */
    private boolean readFrames() {
        int frames = 0;
        try {
            while (frames < BUDGET && fd.isOpen() && readFrame()) {
                frames++;
            }
        } catch (IOException e) {
            // The interface is gone; there is nothing to be read from this descriptor ever again.
            LOG.warn("the interface of {} is gone: {}", name, e.getMessage());
            unsafe().close(voidPromise());
            return false;
        }
        if (!fd.isOpen()) {
            return false;
        }
        pipeline().fireChannelReadComplete();
        if (reading && !config().isAutoRead() && fd.isOpen()) {
            reading = false;
            registration.submit(EpollIoOps.NONE);
        }
        return frames == BUDGET;
    }

    private boolean readFrame() throws IOException {
        ByteBuf frame = emptyBuffer();
        int begin = bare ? BareIp.BEGIN : Frames.HEADROOM;
        int bytes;
        if (frame.hasMemoryAddress()) {
            bytes = fd.readAddress(frame.memoryAddress(), begin, BUFFER_BYTES);
        } else {
            ByteBuffer nio = frame.internalNioBuffer(begin, BUFFER_BYTES - begin);
            bytes = fd.read(nio, nio.position(), nio.limit());
        }
        if (bytes < VirtioNet.BYTES) {
            return false;
        }
        frame.setIndex(begin, begin + bytes);
        if (bare) {
            BareIp.toFrame(frame, mac);
        }
        // The kernel fills ten bytes in and leaves the last two as they were.
        frame.setShort(Frames.HEADROOM + VirtioNet.NUM_BUFFERS_OFFSET, 0);
        counters().received(bytes - VirtioNet.BYTES);
        pipeline().fireChannelRead(frame.retain());
        return true;
    }

    /** The buffer of the last frame if nobody kept it, else a new one. */
    private ByteBuf emptyBuffer() {
        if (buffer != null) {
            if (buffer.refCnt() == 1) {
                return buffer;
            }
            buffer.release();
        }
        buffer = alloc().directBuffer(BUFFER_BYTES, BUFFER_BYTES);
        return buffer;
    }

    @Override
    protected void transmit(ByteBuf frame) {
        if (!bare) {
            write(frame);
        } else if (BareIp.isIp(frame)) {
            int eth = frame.readerIndex() + VirtioNet.BYTES;
            long ethernet = frame.getLong(eth);
            long rest = frame.getLong(eth + 6);
            BareIp.toDevice(frame);
            write(frame);
            BareIp.restore(frame, ethernet, rest);
        } else {
            counters().dropped();
        }
    }

    private void write(ByteBuf frame) {
        int bytes = frame.readableBytes();
        try {
            int written;
            if (frame.hasMemoryAddress()) {
                written =
                        fd.writeAddress(
                                frame.memoryAddress(), frame.readerIndex(), frame.writerIndex());
            } else {
                ByteBuffer nio = contiguous(frame);
                written = fd.write(nio, nio.position(), nio.limit());
            }
            if (written > 0) {
                counters().sent(bytes - VirtioNet.BYTES);
            } else {
                counters().dropped();
            }
        } catch (NativeIoException e) {
            counters().dropped();
            if (e.expectedErr() == -Libc.EBADFD) {
                unsafe().close(voidPromise());
            }
        } catch (IOException e) {
            counters().dropped();
        }
    }

    /** For frames that no link made: on the heap, or of several pieces. */
    private ByteBuffer contiguous(ByteBuf frame) {
        int bytes = frame.readableBytes();
        if (frame.isDirect() && frame.nioBufferCount() == 1) {
            return frame.internalNioBuffer(frame.readerIndex(), bytes);
        }
        if (scratch == null || scratch.capacity() < bytes) {
            if (scratch != null) {
                scratch.release();
            }
            scratch = alloc().directBuffer(Math.max(bytes, Frames.MAX_BYTES));
        }
        scratch.setBytes(0, frame, frame.readerIndex(), bytes);
        return scratch.internalNioBuffer(0, bytes);
    }

    /** What the loop's epoll calls. */
    private final class Handle implements EpollIoHandle {
        @Override
        public FileDescriptor fd() {
            return fd;
        }

        @Override
        public void handle(IoRegistration ready, IoEvent event) {
            readFrames();
        }

        @Override
        public void close() {
            unsafe().close(voidPromise());
        }
    }
}

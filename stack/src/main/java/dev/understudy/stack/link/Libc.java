package dev.understudy.stack.link;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;

/**
 * The few C functions and kernel constants that opening a link or a namespace takes. Used at start-up only, never per
 * packet. Every function throws {@link LastErrorException}, which carries errno, instead of returning -1.
 */
final class Libc {
    static final int O_RDONLY = 0;
    static final int O_RDWR = 2;
    static final int O_NONBLOCK = 0x800;
    static final int O_CLOEXEC = 0x80000;
    static final int CLONE_NEWNET = 0x4000_0000;

    static final int EPERM = 1;
    static final int ENOENT = 2;
    static final int ENXIO = 6;
    static final int EACCES = 13;
    static final int EBUSY = 16;
    static final int ENODEV = 19;
    static final int EINVAL = 22;
    static final int ENFILE = 23;
    static final int EMFILE = 24;
    static final int EBADFD = 77;

    /** {@code struct ifreq} on 64-bit machines: 16 bytes of name and a union of 24. */
    static final int IFREQ_BYTES = 40;

    static final int IFREQ_NAME_BYTES = 16;

    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_CLOEXEC = O_CLOEXEC;

    private static final Functions LIBC = Native.load("c", Functions.class);

    private Libc() {}

    private interface Functions extends Library {
        int open(String path, int flags, Object... mode) throws LastErrorException;

        int close(int fd) throws LastErrorException;

        int socket(int domain, int type, int protocol) throws LastErrorException;

        int ioctl(int fd, NativeLong request, Object... argument) throws LastErrorException;

        int unshare(int flags) throws LastErrorException;

        int setns(int fd, int type) throws LastErrorException;
    }

    static int open(String path, int flags) {
        return LIBC.open(path, flags);
    }

    static void close(int fd) {
        LIBC.close(fd);
    }

    static void unshare(int flags) {
        LIBC.unshare(flags);
    }

    static void setns(int fd, int type) {
        LIBC.setns(fd, type);
    }

    /** An ioctl whose argument is a number. */
    static void ioctl(int fd, long request, long argument) {
        LIBC.ioctl(fd, new NativeLong(request), new NativeLong(argument));
    }

    /** An ioctl whose argument points to memory. */
    static void ioctl(int fd, long request, Pointer argument) {
        LIBC.ioctl(fd, new NativeLong(request), argument);
    }

    /** A socket for ioctls on the interfaces of the calling thread's network namespace. */
    static int interfaceSocket() {
        return LIBC.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    }

    /** A zeroed {@code struct ifreq} for an interface. */
    static Memory ifreq(String name) {
        Memory ifreq = new Memory(IFREQ_BYTES);
        ifreq.clear();
        byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
        ifreq.write(0, bytes, 0, Math.min(bytes.length, IFREQ_NAME_BYTES - 1));
        return ifreq;
    }
}

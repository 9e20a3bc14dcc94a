package dev.understudy.stack.link;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import dev.understudy.stack.wire.VirtioNet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Opens a TAP interface and asks the kernel about it: all that {@link TapChannel} needs of ioctls, done once at
 * start-up. The interface belongs to the network namespace in which the calling thread is when it opens the device.
 */
final class TapDevice {
    /** Length that an interface name may have (IFNAMSIZ without its terminator). */
    static final int MAX_NAME = Libc.IFREQ_NAME_BYTES - 1;

    private static final String DEVICE = "/dev/net/tun";

    private static final long TUNSETIFF = 0x400454ca;
    private static final long TUNSETOFFLOAD = 0x400454d0;
    private static final long TUNSETVNETHDRSZ = 0x400454d8;
    private static final long TUNSETVNETLE = 0x400454dc;
    private static final long SIOCGIFMTU = 0x8921;

    private static final int IFF_TUN = 0x0001;
    private static final int IFF_TAP = 0x0002;
    private static final int IFF_NO_PI = 0x1000;
    private static final int IFF_VNET_HDR = 0x4000;

    private static final int TUN_F_CSUM = 1;
    private static final int TUN_F_TSO4 = 2;
    private static final int TUN_F_TSO6 = 4;
    private static final int TUN_F_TSO_ECN = 8;

    private TapDevice() {}

    /**
     * The device's descriptor; non-blocking, closed on exec.
     *
     * @param bare a TUN device, without Ethernet
     */
    static int open(String name, boolean offload, boolean bare) throws LinkException {
        checkName(name);
        int fd;
        try {
            fd = Libc.open(DEVICE, Libc.O_RDWR | Libc.O_NONBLOCK | Libc.O_CLOEXEC);
        } catch (LastErrorException e) {
            throw cannotOpenDevice(name, e);
        }
        try {
            Memory ifreq = Libc.ifreq(name);
            ifreq.setShort(
                    Libc.IFREQ_NAME_BYTES,
                    (short) ((bare ? IFF_TUN : IFF_TAP) | IFF_NO_PI | IFF_VNET_HDR));
            Libc.ioctl(fd, TUNSETIFF, ifreq);
        } catch (LastErrorException e) {
            Libc.close(fd);
            throw cannotAttach(name, e);
        }
        try (Memory number = new Memory(Integer.BYTES)) {
            number.setInt(0, VirtioNet.BYTES);
            Libc.ioctl(fd, TUNSETVNETHDRSZ, number);
            number.setInt(0, 1);
            Libc.ioctl(fd, TUNSETVNETLE, number);
            // Said either way: a persistent interface remembers what its last user asked for.
            Libc.ioctl(
                    fd,
                    TUNSETOFFLOAD,
                    offload ? TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN : 0);
        } catch (LastErrorException e) {
            Libc.close(fd);
            throw new LinkException(
                    LinkException.Reason.OTHER,
                    "The kernel refuses what a TAP device needs, errno " + e.getErrorCode() + ".",
                    "",
                    e);
        }
        return fd;
    }

    /** The interface's MTU; the calling thread is in the same network namespace. */
    static int mtu(String name) throws LinkException {
        int socket = Libc.interfaceSocket();
        try {
            Memory ifreq = Libc.ifreq(name);
            Libc.ioctl(socket, SIOCGIFMTU, ifreq);
            return ifreq.getInt(Libc.IFREQ_NAME_BYTES);
        } catch (LastErrorException e) {
            throw new LinkException(
                    LinkException.Reason.OTHER, "The MTU of " + name + " is not known.", "", e);
        } finally {
            Libc.close(socket);
        }
    }

    private static void checkName(String name) throws LinkException {
        boolean good =
                !name.isEmpty()
                        && name.length() <= MAX_NAME
                        && !name.equals(".")
                        && !name.equals("..");
        for (int i = 0; good && i < name.length(); i++) {
            char c = name.charAt(i);
            good = c > ' ' && c < 0x7F && c != '/' && c != ':' && c != '%';
        }
        if (!good) {
            throw new LinkException(
                    LinkException.Reason.BAD_NAME,
                    "'"
                            + name
                            + "' cannot be the name of an interface: 1 to "
                            + MAX_NAME
                            + " characters of ASCII, without spaces, '/', ':' and '%'.",
                    "",
                    null);
        }
    }

    private static LinkException cannotOpenDevice(String name, LastErrorException e) {
        return switch (e.getErrorCode()) {
            case Libc.ENOENT ->
                    new LinkException(
                            LinkException.Reason.NO_DEVICE,
                            DEVICE + " does not exist.",
                            "sudo modprobe tun; sudo mkdir -p /dev/net; sudo mknod -m 666 "
                                    + DEVICE
                                    + " c 10 200",
                            e);
            case Libc.ENODEV, Libc.ENXIO ->
                    new LinkException(
                            LinkException.Reason.NO_DEVICE,
                            "The kernel has no TAP driver behind " + DEVICE + ".",
                            "sudo modprobe tun",
                            e);
            case Libc.EACCES, Libc.EPERM ->
                    new LinkException(
                            LinkException.Reason.NO_PERMISSION,
                            "This user may not open " + DEVICE + ".",
                            "sudo chmod 666 "
                                    + DEVICE
                                    + "; sudo ip tuntap add dev "
                                    + name
                                    + " mode tap user "
                                    + user(),
                            e);
            case Libc.EMFILE, Libc.ENFILE ->
                    new LinkException(
                            LinkException.Reason.NO_RESOURCES,
                            "No file descriptor is left for " + DEVICE + ".",
                            "ulimit -n 65536",
                            e);
            default -> unknown(DEVICE + " cannot be opened", e);
        };
    }

    private static LinkException cannotAttach(String name, LastErrorException e) {
        return switch (e.getErrorCode()) {
            case Libc.EPERM, Libc.EACCES ->
                    new LinkException(
                            LinkException.Reason.NO_PERMISSION,
                            "This user may not make the TAP interface " + name + ".",
                            "sudo ip tuntap add dev " + name + " mode tap user " + user(),
                            e);
            case Libc.EBUSY ->
                    new LinkException(
                            LinkException.Reason.NAME_TAKEN,
                            "The TAP interface " + name + " is in use by another process.",
                            "sudo grep -l 'iff:.*" + name + "' /proc/[0-9]*/fdinfo/*",
                            e);
            case Libc.EINVAL ->
                    new LinkException(
                            LinkException.Reason.NAME_TAKEN,
                            "An interface " + name + " exists already, and is not a TAP device.",
                            "ip -details link show dev " + name,
                            e);
            default -> unknown("The TAP interface " + name + " cannot be made", e);
        };
    }

    private static LinkException unknown(String sentence, LastErrorException e) {
        return new LinkException(
                LinkException.Reason.OTHER, sentence + " (errno " + e.getErrorCode() + ").", "", e);
    }

    /** This user as iproute2 takes it: by number where the machine has no name for it. */
    private static String user() {
        String name = System.getProperty("user.name", "?");
        if (!name.equals("?")) {
            return name;
        }
        try {
            return Files.getAttribute(Path.of("/proc/self"), "unix:uid").toString();
        } catch (IOException e) {
            return "$(id -u)";
        }
    }
}

package dev.understudy.tui;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;

/**
 * The calls of the C library that a terminal needs. Constants and the layout of struct termios are those of Linux, which
 * are the same on x86-64 and arm64 (asm-generic/termbits.h).
 */
interface Libc extends Library {
    Libc INSTANCE = Native.load("c", Libc.class);

    int STDIN = 0;
    int STDOUT = 1;
    int STDERR = 2;

    int TCSADRAIN = 1;
    NativeLong TIOCGWINSZ = new NativeLong(0x5413);
    int F_DUPFD_CLOEXEC = 1030;
    int O_CLOEXEC = 02000000;
    int SIGTSTP = 20;

    int isatty(int fd);

    int tcgetattr(int fd, Pointer termios) throws LastErrorException;

    int tcsetattr(int fd, int when, Pointer termios) throws LastErrorException;

    int ioctl(int fd, NativeLong request, Pointer argument) throws LastErrorException;

    int fcntl(int fd, int command, int argument) throws LastErrorException;

    int dup2(int from, int to) throws LastErrorException;

    int pipe2(int[] ends, int flags) throws LastErrorException;

    int close(int fd) throws LastErrorException;

    int kill(int pid, int signal) throws LastErrorException;

    /** struct termios, as much of it as is touched. */
    final class Termios {
        private static final int SIZE = 60;
        private static final int INPUT_FLAGS = 0;
        private static final int LOCAL_FLAGS = 12;
        private static final int VTIME = 17 + 5;
        private static final int VMIN = 17 + 6;
        private static final int IXON = 02000;
        private static final int ISIG = 01;
        private static final int ICANON = 02;
        private static final int ECHO = 010;
        private static final int IEXTEN = 0100000;

        private final Memory memory = new Memory(SIZE);

        /** The settings of the terminal on standard input. */
        static Termios current() {
            Termios settings = new Termios();
            settings.memory.clear();
            INSTANCE.tcgetattr(STDIN, settings.memory);
            return settings;
        }

        /** These settings, but every key comes at once, unechoed, and ^C, ^Z and ^S are keys like any other. */
        Termios byKey() {
            Termios raw = new Termios();
            raw.memory.write(0, memory.getByteArray(0, SIZE), 0, SIZE);
            raw.memory.setInt(INPUT_FLAGS, memory.getInt(INPUT_FLAGS) & ~IXON);
            raw.memory.setInt(
                    LOCAL_FLAGS, memory.getInt(LOCAL_FLAGS) & ~(ISIG | ICANON | ECHO | IEXTEN));
            raw.memory.setByte(VMIN, (byte) 1);
            raw.memory.setByte(VTIME, (byte) 0);
            return raw;
        }

        void apply() {
            INSTANCE.tcsetattr(STDIN, TCSADRAIN, memory);
        }

        /** Whether keys come as {@link #byKey} has them. */
        boolean isByKey() {
            return (memory.getInt(LOCAL_FLAGS) & (ICANON | ECHO)) == 0;
        }
    }
}

package dev.understudy.tools.lab.scenario;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Addresses as FTP writes them: six numbers (RFC 959 §4.1.2), or words between bars (RFC 2428 §2). IPv4 only. */
final class FtpAddress {
    private FtpAddress() {}

    /** {@code 10,111,0,1,156,64} for where a socket listens. */
    static String commas(ServerSocket socket) {
        int port = socket.getLocalPort();
        String address = socket.getInetAddress().getHostAddress();
        return address.replace('.', ',') + "," + (port >> 8) + "," + (port & 0xFF);
    }

    /** {@code |1|10.111.0.1|40000|} for where a socket listens. */
    static String bars(ServerSocket socket) {
        return "|1|" + socket.getInetAddress().getHostAddress() + "|" + socket.getLocalPort() + "|";
    }

    static InetSocketAddress ofCommas(String text) throws IOException {
        String[] numbers = text.split(",", -1);
        if (numbers.length != 6) {
            throw new IOException("not six numbers: " + text);
        }
        String address = String.join(".", numbers[0], numbers[1], numbers[2], numbers[3]);
        int port = Integer.parseInt(numbers[4]) << 8 | Integer.parseInt(numbers[5]);
        return new InetSocketAddress(InetAddress.getByName(address), port);
    }

    static InetSocketAddress ofBars(String text) throws IOException {
        String[] words = text.split("\\|", -1);
        if (words.length != 5) {
            throw new IOException("not three words between bars: " + text);
        }
        return new InetSocketAddress(InetAddress.getByName(words[2]), Integer.parseInt(words[3]));
    }
}

package dev.understudy.tools.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.config.ServiceConfig.Protocol;
import dev.understudy.stack.link.Kernel;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A client's sockets play RTSP: the connection has moved to B, and the stream that is agreed on there comes from B. */
@Tag("kernel")
@Tag("P60")
final class RtspTest {
    private static final int PORT = 554;
    private static final int CLIENT_PORT = 4588;
    private static final int SERVER_PORT = 6256;

    @BeforeEach
    void requirements() {
        Kernel.requireTap();
    }

    @Test
    void theStreamComesFromTheServerThatTookOver() throws IOException {
        AddressWatch clientSide = new AddressWatch();
        try (Theatre theatre =
                        new Theatre(
                                true,
                                true,
                                (client, servers) -> client.pipeline().addFirst(clientSide));
                SpokenServer b =
                        new SpokenServer(
                                theatre.server("B").host().namespace(),
                                PORT,
                                "hello",
                                this::answer);
                DatagramSocket source =
                        theatre.server("B")
                                .host()
                                .namespace()
                                .call(() -> new DatagramSocket(SERVER_PORT));
                DatagramSocket sink =
                        theatre.client().namespace().call(() -> new DatagramSocket(CLIENT_PORT));
                Socket session = theatre.relocated(PORT, Protocol.RTSP)) {
            source.setSoTimeout((int) Rig.PATIENCE.toMillis());
            sink.setSoTimeout((int) Rig.PATIENCE.toMillis());
            BufferedReader in =
                    new BufferedReader(
                            new InputStreamReader(
                                    session.getInputStream(), StandardCharsets.US_ASCII));
            assertThat(in.readLine()).isEqualTo("hello");
            say(session, "Transport: RTP/AVP;unicast;client_port=" + CLIENT_PORT);
            assertThat(in.readLine())
                    .isEqualTo(
                            "Transport:"
                                + " RTP/AVP;client_port=4588;server_port=6256;source=203.0.113.10");

            send(source, "sound", new InetSocketAddress("10.112.0.2", CLIENT_PORT));
            DatagramPacket sound = receive(sink);
            assertThat(text(sound)).isEqualTo("sound");
            assertThat(sound.getSocketAddress())
                    .isEqualTo(
                            new InetSocketAddress(
                                    InetAddress.getByName("203.0.113.10"), SERVER_PORT));
            send(sink, "louder", new InetSocketAddress("203.0.113.10", SERVER_PORT));
            assertThat(text(receive(source))).isEqualTo("louder");
            assertThat(clientSide.addresses())
                    .allMatch(at -> at.startsWith("10.111.0.") || at.equals("203.0.113.10"));
            assertThat(b).isNotNull();
        }
    }

    private String answer(String line) {
        return line.startsWith("Transport:")
                ? "Transport: RTP/AVP;client_port=4588;server_port=6256;source=10.20.2.2"
                : "";
    }

    private static void say(Socket socket, String line) throws IOException {
        socket.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
    }

    private static void send(DatagramSocket from, String text, InetSocketAddress to)
            throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        from.send(new DatagramPacket(bytes, bytes.length, to));
    }

    private static DatagramPacket receive(DatagramSocket socket) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[100], 100);
        socket.receive(packet);
        return packet;
    }

    private static String text(DatagramPacket packet) {
        return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.US_ASCII);
    }
}

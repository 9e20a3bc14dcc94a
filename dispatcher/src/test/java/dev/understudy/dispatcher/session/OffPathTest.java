package dev.understudy.dispatcher.session;

import static dev.understudy.dispatcher.session.Stage.ISN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.wire.Icmp;
import dev.understudy.stack.wire.TestPackets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * An attacker off the path knows every address and port and makes the rest up (RFC 5961, RFC 5927), in every phase: RSTs, SYNs,
 * FINs, data and ACKs in either end's name, ICMP errors about segments that are not under way. None of it is exactly in
 * sequence. Afterwards the session looks as before, and each packet that really comes next has the effect, number for number, that it has in a session that
 * nobody attacked.
 */
class OffPathTest {
    /** How far from the exact number; the next few are where a careless comparison would let them in. */
    private static final int[] NEAR = {-9, -2, 1, 9, 20_011};

    private static final int[] FAR = {1 << 24, 1 << 30, Integer.MIN_VALUE, -(1 << 30), -(1 << 24)};

    /** Where a SYN of the client's may be the next connection's, and is taken for it. */
    private static final List<String> NOT_CONNECTED =
            List.of("opening", "half-open", "closed", "reset");

    private static final List<String> NEXT =
            List.of(
                    "client data",
                    "client ACK",
                    "client FIN",
                    "client RST",
                    "client SYN+ACK",
                    "client refusal",
                    "server SYN",
                    "server SYN+ACK",
                    "server data",
                    "server ACK",
                    "server FIN",
                    "server RST",
                    "deadline");

    @SuppressWarnings("unused") // by @FieldSource
    private static final List<String> PHASES = Scene.PHASES;

    @ParameterizedTest
    @FieldSource("PHASES")
    void whatIsNotExactMovesNothing(String phase) {
        movesNothing(() -> Scene.of(phase), scene -> attack(scene, phase), NEXT);
    }

    /** Whatever comes next has the effect that it has in a session that nobody attacked. */
    private static <P extends Play> void movesNothing(
            Supplier<P> begun, Consumer<P> attack, List<String> nexts) {
        for (String next : nexts) {
            P attacked = begun.get();
            P left = begun.get();
            String before = state(attacked.stage());

            attack.accept(attacked);

            assertThat(state(attacked.stage())).as("attacked").isEqualTo(before);
            attacked.happen(next);
            left.happen(next);
            assertThat(attacked.stage().packets())
                    .as("then %s", next)
                    .isEqualTo(left.stage().packets());
            assertThat(state(attacked.stage())).as("then %s", next).isEqualTo(state(left.stage()));
        }
    }

    /** All of it, one after the other. What passes on, its receiver judges as it would have without us. */
    private static void attack(Scene scene, String phase) {
        for (TestPackets.TcpBuilder forged : inTheServersName(scene)) {
            scene.stage().network(forged.build());
            scene.stage().flush();
        }
        for (TestPackets.TcpBuilder forged : inTheClientsName(scene, phase)) {
            scene.stage().client(forged.build());
            scene.stage().flush();
        }
        for (int offset : new int[] {-70_000, -9_999, 9, 70_000, 1 << 30, Integer.MIN_VALUE}) {
            for (int code :
                    new int[] {Icmp.CODE_HOST_UNREACHABLE, Icmp.CODE_FRAGMENTATION_NEEDED}) {
                scene.stage().network(scene.error(code, offset).build());
                assertThat(scene.stage().framesToClient()).as("an ICMP error passes").isZero();
                scene.stage().flush();
            }
        }
    }

    private static List<TestPackets.TcpBuilder> inTheServersName(Scene scene) {
        List<TestPackets.TcpBuilder> forged = new ArrayList<>();
        for (int offset : NEAR) {
            forged.add(server(scene, offset, 0).flags("R"));
            forged.add(server(scene, offset, offset).flags("R."));
        }
        for (int offset : FAR) {
            forged.add(server(scene, offset, 0).flags("R"));
            forged.add(server(scene, offset, offset).flags("R."));
            forged.add(server(scene, offset, 0).flags("S"));
            forged.add(server(scene, offset, offset).flags("S."));
            forged.add(server(scene, offset, offset).flags("F."));
            forged.add(server(scene, offset, 0).flags("P.").payload("forged"));
            forged.add(server(scene, 0, offset).flags("P.").payload("forged"));
            forged.add(server(scene, offset, offset));
        }
        return forged;
    }

    private static List<TestPackets.TcpBuilder> inTheClientsName(Scene scene, String phase) {
        List<TestPackets.TcpBuilder> forged = new ArrayList<>();
        for (int offset : NEAR) {
            forged.add(client(scene, offset, 0).flags("R"));
        }
        boolean connected = !NOT_CONNECTED.contains(phase);
        for (int offset : FAR) {
            if (connected) {
                forged.add(client(scene, offset, 0).flags("S"));
            }
            forged.add(client(scene, offset, 0).flags("R"));
            forged.add(client(scene, offset, offset).flags("R."));
            forged.add(client(scene, offset, offset).flags("F."));
            forged.add(client(scene, offset, offset).flags("P.").payload("forged"));
            forged.add(client(scene, offset, offset));
        }
        return forged;
    }

    private static TestPackets.TcpBuilder server(Scene scene, int beyond, int acked) {
        return scene.server(beyond).ack(ISN + scene.acked() + acked);
    }

    private static TestPackets.TcpBuilder client(Scene scene, int beyond, int ack) {
        return scene.client(beyond).ack(scene.ack() + ack);
    }

    private static final List<String> GUESSES =
            List.of(
                    "answer of a server that was not asked",
                    "answer of a host that is no server",
                    "answer of another port",
                    "answer to another port",
                    "unreachable, of another length",
                    "unreachable, to another port",
                    "unreachable, from another port",
                    "unreachable, a server that was not asked",
                    "unreachable, damaged",
                    "too big, of another length");

    private static final List<String> NEXT_DATAGRAM =
            List.of("client datagram", "answer", "unreachable", "too big", "deadline");

    @SuppressWarnings("unused") // by @FieldSource
    private static final List<String> DATAGRAM_PHASES = DatagramScene.PHASES;

    /** A datagram has no number to be guessed: addresses, ports, and in an error the length of what was said (RFC 5927 §4.1). */
    @ParameterizedTest
    @FieldSource("DATAGRAM_PHASES")
    void whatIsNotAnswerToADatagramMovesNothing(String phase) {
        movesNothing(() -> DatagramScene.of(phase), OffPathTest::guess, NEXT_DATAGRAM);
    }

    private static void guess(DatagramScene scene) {
        for (String guess : GUESSES) {
            scene.happen(guess);
            assertThat(scene.stage().framesToNetwork()).as(guess).isZero();
        }
        scene.stage().flush();
    }

    private static String state(Stage stage) {
        return stage.snapshot().sessions().stream()
                .map(
                        s ->
                                s.phase()
                                        + " "
                                        + s.server()
                                        + " "
                                        + s.clientState()
                                        + " "
                                        + s.serverState()
                                        + " delta "
                                        + s.delta()
                                        + " moves "
                                        + s.hidden()
                                        + " up "
                                        + s.bytesUp()
                                        + " down "
                                        + s.bytesDown()
                                        + " stored "
                                        + s.storedPackets())
                .toList()
                .toString();
    }
}

package dev.understudy.tui;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.dispatcher.control.TracedPacket;
import dev.understudy.stack.wire.Endpoint;
import dev.understudy.tui.ladder.ArrowText;
import dev.understudy.tui.ladder.Ladder;
import dev.understudy.tui.ladder.Row;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The ladders of what a real dispatcher does, held against FIG. 5 to 8 and the patent's description of them: the same lanes, the
 * same packets in the same order. Lines that the figures have not got, because they draw no acknowledgements and no resets of
 * what is left, are named where they stand. Together with the stored pictures of {@link GoldenScreenTest}, which are of
 * the same play, this is what a lecturer puts beside the figures.
 */
class PatentFiguresTest {
    private static final Map<Endpoint, String> LETTERS =
            Map.of(FakeControl.A, "A", FakeControl.B, "B", FakeControl.C, "C");

    /** The rows of a ladder in words: {@code client>A SYN}, {@code B>client 200 OK}, {@code A>| RST+ACK} for what was held back. */
    private static List<String> arrows(FakeControl control) {
        return ladder(control).rows().stream()
                .filter(Row.Arrow.class::isInstance)
                .map(row -> arrow(((Row.Arrow) row).packet()))
                .toList();
    }

    private static Ladder ladder(FakeControl control) {
        return Ladder.of(
                control.events(0, 1_000).stream()
                        .filter(event -> event.session() == FakeControl.TALKED)
                        .toList(),
                control.packets(FakeControl.TALKED, 0, 1_000),
                LETTERS::get);
    }

    private static String arrow(TracedPacket packet) {
        String server = packet.server() == null ? "" : LETTERS.get(packet.server());
        String near = packet.touchesClient() ? "client" : "";
        String far = packet.touchesServer() ? server : "";
        String from = packet.up() ? near : far;
        String to = packet.up() ? far : near;
        String what = ArrowText.words(packet).orElse(ArrowText.flags(packet));
        return (from.isEmpty() ? "|" : from) + ">" + (to.isEmpty() ? "|" : to) + " " + what;
    }

    private static List<String> decisions(FakeControl control) {
        return ladder(control).rows().stream()
                .filter(Row.Decision.class::isInstance)
                .map(row -> ((Row.Decision) row).sentence())
                .toList();
    }

    private static List<String> lanes(FakeControl control) {
        return ladder(control).lanes().stream().map(lane -> lane.name()).toList();
    }

    @Test
    void figure5() {
        FakeControl figure = PatentFigures.fig5();

        assertThat(lanes(figure)).containsExactly("client", "Understudy", "A", "B");
        assertThat(arrows(figure))
                .containsExactly(
                        // "the packet is not altered and is passed down"
                        "client>A SYN",
                        // "intercepts the RST packet"
                        "A>| RST+ACK",
                        // "the SYN packet is retrieved from the local packet storage"
                        "|>B SYN",
                        "B>client SYN+ACK",
                        "client>B ACK",
                        "client>B GET /index.html",
                        "B>client ACK",
                        "B>client 200 OK",
                        "client>B ACK",
                        // "a four-way handshake series of FIN and ACK"
                        "client>B FIN+ACK",
                        "B>client FIN+ACK",
                        "client>B ACK");
        TracedPacket syn = figure.packets(FakeControl.TALKED, 0, 1).get(0);
        assertThat(syn.after()).as("the client's SYN, unaltered").isEqualTo(syn.before());
        assertThat(decisions(figure))
                .containsSubsequence(
                        "A refused: asking B (first in the list)",
                        "hidden from the client: A refused (cost 310 µs, 0 bytes)",
                        "B answers first and plays the part, 730 µs after the client's SYN");
    }

    @Test
    void figure6WithAnErrorMessage() {
        FakeControl figure = PatentFigures.fig6();

        assertThat(lanes(figure)).containsExactly("client", "Understudy", "A", "B");
        assertThat(arrows(figure))
                .containsExactly(
                        "client>A SYN",
                        "A>client SYN+ACK",
                        "client>A ACK",
                        "client>A GET /index.html",
                        // "error packets are intercepted"
                        "A>| 404 Not Found",
                        "|>B SYN",
                        // "also intercepted and not passed up to the client application"
                        "B>| SYN+ACK",
                        "|>B ACK",
                        "|>B GET /index.html",
                        "B>client 200 OK",
                        // Not in the figure: A's answer was kept until B had a better one (P22), so
                        // that A is left only now, by a reset (P23).
                        "|>A RST",
                        "client>B ACK");
    }

    @Test
    void figure6WithAReset() {
        FakeControl figure = PatentFigures.fig6Reset();

        assertThat(arrows(figure))
                .containsExactly(
                        "client>A SYN",
                        "A>client SYN+ACK",
                        "client>A ACK",
                        "client>A GET /index.html",
                        "A>| RST+ACK",
                        "|>B SYN",
                        "B>| SYN+ACK",
                        "|>B ACK",
                        "|>B GET /index.html",
                        "B>client 200 OK",
                        "client>B ACK");
        List<TracedPacket> packets = figure.packets(FakeControl.TALKED, 0, 1_000);
        assertThat(packets.subList(0, 4))
                .as("while the original is well, nothing is altered")
                .allSatisfy(packet -> assertThat(packet.after()).isEqualTo(packet.before()));
        assertThat(packets.get(9).delta()).as("delta of B").isNotZero();
    }

    @Test
    void figure7() {
        FakeControl figure = PatentFigures.fig7();

        assertThat(lanes(figure)).containsExactly("client", "Understudy", "C");
        assertThat(arrows(figure))
                .containsExactly(
                        // "the SYN packet is not sent"
                        "client>| SYN",
                        // "a faked TCP packet is instead generated"
                        "|>client SYN+ACK",
                        "client>| ACK",
                        "client>| GET /index.html",
                        // "the first packet transmitted over network 30"
                        "|>C SYN",
                        "C>| SYN+ACK",
                        "|>C ACK",
                        "|>C GET /index.html",
                        "C>client 200 OK",
                        "client>C ACK");
        assertThat(decisions(figure))
                .containsExactly(
                        "the client asks for 203.0.113.10:80",
                        "answered here, in the original's name: the request decides who serves it",
                        "the client asks GET shop.example /index.html",
                        "asking C (route /index.html names it; first in the list)",
                        "C is bound, 800 µs after the request");
    }

    @Test
    void figure8() {
        FakeControl figure = PatentFigures.fig8();

        assertThat(lanes(figure)).containsExactly("client", "Understudy", "A", "B", "C");
        assertThat(arrows(figure))
                .containsExactly(
                        // "multiple copies of the SYN packet"
                        "client>A SYN",
                        "|>B SYN",
                        "|>C SYN",
                        // "server 52 is the first to respond"
                        "B>client SYN+ACK",
                        // "transmits reset RST packets to them"
                        "|>A RST",
                        "|>C RST",
                        "client>B ACK",
                        "client>B GET /index.html",
                        // Not in the figure: an answer that was under way already (P40).
                        "C>| SYN+ACK",
                        "|>C RST",
                        "B>client 200 OK",
                        "client>B ACK");
    }
}

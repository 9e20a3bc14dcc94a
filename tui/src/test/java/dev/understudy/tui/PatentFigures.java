package dev.understudy.tui;

import static dev.understudy.tui.Talk.ACK;
import static dev.understudy.tui.Talk.FIN;
import static dev.understudy.tui.Talk.PSH;
import static dev.understudy.tui.Talk.RST;
import static dev.understudy.tui.Talk.SYN;

import dev.understudy.dispatcher.control.Event.Kind;
import dev.understudy.stack.wire.Endpoint;

/** What FIG. 5 to 8 of the patent show, packet for packet. */
public final class PatentFigures {
    static final Endpoint A = FakeControl.A;
    static final Endpoint B = FakeControl.B;
    static final Endpoint C = FakeControl.C;

    private static final String CLIENT = "10.111.0.1:40110";
    private static final String REQUEST =
            "GET /index.html HTTP/1.1\r\nHost: shop.example\r\nAccept: */*\r\n\r\n";
    private static final String ANSWER =
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 12\r\n\r\nHello world\n";
    private static final String MISSING = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";

    private PatentFigures() {}

    /** The original refuses the SYN; its RST is held back, and the SYN goes to another server. */
    static FakeControl fig5() {
        FakeControl control = FakeControl.empty();
        talk(control)
                .seen(B)
                .says(Kind.OPENED, A, 0, "shop")
                .asks(A, "first in the list")
                .up(A, SYN, "")
                .after(0.31)
                .downHeld(A, RST | ACK, "")
                .says(Kind.FAILED, A, 0, "refused")
                .asks(B, "next in the list")
                .upMade(B, SYN, "", 0)
                .after(0.42)
                .down(B, SYN | ACK, "")
                .hides(A, 310_000, "refused", 0)
                .says(Kind.WON, B, 730_000, "")
                .after(0.05)
                .up(B, ACK, "")
                .after(0.02)
                .up(B, PSH | ACK, REQUEST)
                .after(0.6)
                .down(B, ACK, "")
                .down(B, PSH | ACK, ANSWER)
                .after(0.1)
                .up(B, ACK, "")
                .after(0.2)
                .up(B, FIN | ACK, "")
                .after(0.4)
                .down(B, FIN | ACK, "")
                .after(0.03)
                .up(B, ACK, "")
                .says(Kind.CLOSED, B, ANSWER.length(), "");
        return control;
    }

    /** The original answers the handshake, then fails the request; SYN and request are replayed elsewhere. */
    public static FakeControl fig6() {
        FakeControl control = FakeControl.empty();
        talk(control)
                .seen(A)
                .says(Kind.OPENED, A, 0, "shop")
                .asks(A, "first in the list")
                .up(A, SYN, "")
                .after(0.4)
                .down(A, SYN | ACK, "")
                .says(Kind.WON, A, 400_000, "")
                .after(0.04)
                .up(A, ACK, "")
                .up(A, PSH | ACK, REQUEST)
                .after(0.5)
                .downHeld(A, PSH | ACK, MISSING)
                .says(Kind.RELOCATING, A, 0, "http 404")
                .upMade(A, RST, "", 1)
                .asks(B, "next in the list")
                .upMade(B, SYN, "", 0)
                .after(0.6)
                .downHeld(B, SYN | ACK, "")
                .says(Kind.RELOCATED, B, 620_000, "")
                .upMade(B, ACK, "", 1)
                .upMade(B, PSH | ACK, REQUEST, 1)
                .after(0.7)
                .down(B, PSH | ACK, ANSWER)
                .hides(A, 1_300_000, "http 404", REQUEST.length())
                .after(0.06)
                .up(B, ACK, "");
        return control;
    }

    /** The handshake is faked; the first packet on the network is sent when the URL is known. */
    static FakeControl fig7() {
        FakeControl control = FakeControl.empty();
        talk(control)
                .says(Kind.OPENED, A, 0, "shop")
                .upHeld(SYN, "")
                .downMade(SYN | ACK, "")
                .after(0.05)
                .upHeld(ACK, "")
                .upHeld(PSH | ACK, REQUEST)
                .says(Kind.ASKED, null, 0, "GET /index.html")
                .asks(C, "route /index.html names it; first in the list")
                .upMade(C, SYN, "", 0)
                .after(0.8)
                .downHeld(C, SYN | ACK, "")
                .says(Kind.WON, C, 850_000, "")
                .upMade(C, ACK, "", 1)
                .upMade(C, PSH | ACK, REQUEST, 1)
                .after(0.9)
                .down(C, PSH | ACK, ANSWER)
                .after(0.07)
                .up(C, ACK, "");
        return control;
    }

    /** One SYN becomes three; the first answer wins, the others are reset. */
    static FakeControl fig8() {
        FakeControl control = FakeControl.empty();
        talk(control)
                .seen(B)
                .says(Kind.OPENED, A, 0, "shop")
                .asks(A, "all are asked at once")
                .asks(B, "all are asked at once")
                .asks(C, "all are asked at once")
                .up(A, SYN, "")
                .upMade(B, SYN, "", 0)
                .upMade(C, SYN, "", 0)
                .after(0.9)
                .down(B, SYN | ACK, "")
                .says(Kind.WON, B, 900_000, "")
                .upMade(A, RST, "", 1)
                .upMade(C, RST, "", 1)
                .after(0.05)
                .up(B, ACK, "")
                .up(B, PSH | ACK, REQUEST)
                .after(0.1)
                .downHeld(C, SYN | ACK, "")
                .upMade(C, RST, "", 1)
                .after(0.7)
                .down(B, PSH | ACK, ANSWER)
                .after(0.06)
                .up(B, ACK, "");
        return control;
    }

    /** The issue's own sentence: B did not answer in 250 ms, so C is raced; a SYN is sent again meanwhile. */
    static FakeControl staggered() {
        FakeControl control = FakeControl.empty();
        talk(control)
                .seen(C)
                .says(Kind.OPENED, A, 0, "shop")
                .asks(B, "first in the list")
                .up(B, SYN, "")
                .after(250)
                .asks(C, "next in the list")
                .upMade(C, SYN, "", 0)
                .after(1.2)
                .down(C, SYN | ACK, "")
                .hides(B, 251_200_000, "slow", 0)
                .says(Kind.WON, C, 251_200_000, "")
                .upMade(B, RST, "", 1)
                .after(0.05)
                .up(C, ACK, "")
                .up(C, PSH | ACK, REQUEST)
                .after(201)
                .upAgain(C, PSH | ACK)
                .after(0.7)
                .down(C, PSH | ACK, ANSWER)
                .after(0.06)
                .up(C, ACK, "");
        return control;
    }

    private static Talk talk(FakeControl control) {
        return new Talk(control, FakeControl.TALKED, CLIENT, A);
    }
}

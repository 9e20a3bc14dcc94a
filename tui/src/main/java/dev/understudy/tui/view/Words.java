package dev.understudy.tui.view;

import java.util.List;

/** Words of the screen that need a sentence. */
final class Words {
    static final List<String> OF_THE_MONITOR =
            List.of(
                    "original  the server address and port that the client asked for",
                    "server  the machine that plays the original's part; A is its service's first",
                    "hidden  failures that the client did not see, because another server took"
                            + " over",
                    "seen  failures that reached a client: every server had failed",
                    "moved  live sessions that went on with another server",
                    "CLI-LEG  TCP state of the client leg: client to Understudy",
                    "SRV-LEG  TCP state of the server leg: Understudy to server",
                    "DELTA  server's sequence number minus the one that the client sees",
                    "UP, DOWN  bytes from the client, bytes to the client (K = 1024)",
                    "RTT  how long the server took to answer the SYN");

    private Words() {}
}

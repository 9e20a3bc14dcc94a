package dev.understudy.dispatcher.session.sim;

import static dev.understudy.dispatcher.session.sim.Ask.get;
import static dev.understudy.dispatcher.session.sim.Ask.post;

import dev.understudy.dispatcher.session.sim.Scenario.Turn;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.net.ssl.SNIHostName;

/** Every way of dispatching, each in the shortest conversation that shows all of it. */
final class Scenarios {
    private static final String SERVERS =
            """
            servers: ["<1>:80", "<2>:80", "<3>:80"]
            """;
    private static final String READING =
            SERVERS
                    + """
                    connect: {strategy: in-order}
                    recover: {on: [reset, unreachable, timeout, fin, http 404], resume: verified}
                    """;
    private static final String BY_URL =
            READING
                    + """
                    bind: url
                    accept: %s
                    routes:
                      - {path: /images/**, servers: ["<2>:80", "<3>:80"]}
                      - {path: /old/**, servers: ["<1>:80", "<3>:80"], rewrite: /a/much/newer/place/**}
                      - {path: /away/**, redirect: "http://10.20.0.9/x"}
                      - {path: /safe/**, replay: safe}
                    """;

    private Scenarios() {}

    private static String byUrl(String accept) {
        return BY_URL.formatted(accept);
    }

    /** Requests that are read along; the client may get an error. */
    static Scenario reading(String name, Ask... asks) {
        return Scenario.http(name, READING, Pages.TAGGED, asks).honest();
    }

    /** Requests whose servers are chosen by their URLs; the client may get an error. */
    static Scenario byUrl(String name, String accept, Ask... asks) {
        return Scenario.http(name, byUrl(accept), Pages.TAGGED, asks).honest();
    }

    /** All of them over a family of addresses. */
    static List<Scenario> all(Family family) {
        return all().stream().map(scenario -> scenario.over(family)).toList();
    }

    private static List<Scenario> all() {
        return List.of(
                Scenario.plain(
                        "plain, staggered", SERVERS, said("GET /1/4000 HTTP/1.1\r\n\r\n", 4_000)),
                Scenario.plain(
                        "plain, race",
                        SERVERS + "connect: {strategy: race}\n",
                        said("GET /1/900 HTTP/1.1\r\n\r\n", 900),
                        said("GET /2/900 HTTP/1.1\r\n\r\n", 900)),
                Scenario.plain("server first", READING, said("", 20), said("HELO shop\r\n", 500)),
                Scenario.plain(
                        "server first, bound late",
                        byUrl("instant"),
                        said("", 20),
                        said("HELO shop\r\n", 500)),
                Scenario.http(
                        "keep-alive",
                        READING,
                        Pages.TAGGED,
                        get("/1/500"),
                        get("/2/3000"),
                        get("/3/0")),
                Scenario.http(
                                "pipelined",
                                READING,
                                Pages.TAGGED,
                                get("/1/500"),
                                get("/2/3000"),
                                get("/3/0"))
                        .pipelining(),
                Scenario.http(
                        "bound at once by URL",
                        byUrl("instant"),
                        Pages.TAGGED,
                        get("/images/1/500"),
                        get("/images/2/3000")),
                Scenario.http(
                        "bound honestly by URL",
                        byUrl("honest"),
                        Pages.TAGGED,
                        get("/images/1/500"),
                        get("/images/2/3000")),
                Scenario.http(
                        "next URL elsewhere",
                        byUrl("instant"),
                        Pages.TAGGED,
                        get("/page/1/500"),
                        get("/images/2/3000"),
                        get("/page/3/500")),
                Scenario.http(
                        "rewritten",
                        byUrl("instant"),
                        Pages.TAGGED,
                        get("/old/1/500"),
                        get("/old/2/3000"),
                        get("/page/3/500")),
                Scenario.http(
                                "redirected",
                                byUrl("instant"),
                                Pages.TAGGED,
                                get("/page/1/500"),
                                get("/away/2/0"))
                        .honest(),
                Scenario.http(
                        "404 hidden",
                        READING,
                        new Pages(Speech.Proof.ETAG, 0),
                        get("/1/500"),
                        get("/2/3000")),
                Scenario.http("resumed by validator", READING, Pages.TAGGED, get("/1/9000")),
                Scenario.http("resumed by digest", READING, Pages.NONE, get("/1/9000")),
                Scenario.http("chunked", READING, Pages.CHUNKED, get("/1/5000"), get("/2/700")),
                Scenario.http("drained", READING, Pages.TAGGED, get("/1/500"), get("/2/3000"))
                        .draining(),
                Scenario.http(
                                "POST",
                                READING,
                                Pages.TAGGED,
                                get("/1/500"),
                                post("/2/300", 3_000),
                                get("/3/500"))
                        .honest(),
                Scenario.http(
                                "POST declared safe",
                                byUrl("instant"),
                                Pages.TAGGED,
                                post("/safe/1/300", 3_000),
                                post("/safe/2/300", 10))
                        .honest(),
                Scenario.plain(
                        "by TLS name",
                        SERVERS
                                + """
                                bind: sni
                                accept: instant
                                routes:
                                  - {host: shop.example, servers: ["<2>:80", "<3>:80"]}
                                """,
                        new Turn(hello("shop.example"), 3_000),
                        said("finished", 1_000)));
    }

    private static Turn said(String text, int answered) {
        return new Turn(text, answered);
    }

    /** The smallest TLS 1.2 hello that names a server (RFC 8446 §4.1.2, RFC 6066 §3). */
    private static String hello(String name) {
        byte[] host = new SNIHostName(name).getEncoded();
        int names = host.length + 3;
        int extension = names + 2;
        int body = 2 + 32 + 1 + 2 + 2 + 2 + 2 + 4 + extension;
        ByteBuffer out = ByteBuffer.allocate(5 + 4 + body);
        out.put((byte) 22).putShort((short) 0x0301).putShort((short) (4 + body));
        out.put((byte) 1).put((byte) 0).putShort((short) body);
        out.putShort((short) 0x0303).put(new byte[32]).put((byte) 0);
        out.putShort((short) 2).putShort((short) 0xC02F);
        out.put((byte) 1).put((byte) 0);
        out.putShort((short) (4 + extension));
        out.putShort((short) 0).putShort((short) extension).putShort((short) names);
        out.put((byte) 0).putShort((short) host.length).put(host);
        return new String(out.array(), StandardCharsets.ISO_8859_1);
    }
}

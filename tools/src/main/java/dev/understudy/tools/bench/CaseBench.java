package dev.understudy.tools.bench;

import dev.understudy.tools.net.Host;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What a failure costs: a request of curl's through each rescuer while all servers are well, then the same one while the
 * first server fails. Each failure is the first that the rescuer meets, for what it has learned is taken from it before;
 * and they take turns in meeting it first.
 */
final class CaseBench {
    /** Longer than any rescuer may take. */
    private static final int PATIENCE_SECONDS = 10;

    private static final int CHANCES = 5;

    /**
     * One row.
     *
     * @param undisturbed seconds of the requests while all were well
     * @param disturbed seconds of those requests that succeeded in spite of the failure
     * @param lost requests that failed
     */
    record Row(
            FailoverCase what,
            String path,
            String note,
            List<Double> undisturbed,
            List<Double> disturbed,
            int lost) {
        int requests() {
            return disturbed.size() + lost;
        }

        double undisturbedMicros() {
            return percentile(undisturbed, 50) * 1e6;
        }

        /** How much longer than the median undisturbed request; NaN if there is none to tell. */
        double addedMicros(int percent) {
            return percentile(disturbed, percent) * 1e6 - undisturbedMicros();
        }

        private static double percentile(List<Double> seconds, int percent) {
            if (seconds.isEmpty()) {
                return Double.NaN;
            }
            List<Double> sorted = seconds.stream().sorted().toList();
            return sorted.get((int) Math.ceil(percent / 100.0 * sorted.size()) - 1);
        }
    }

    private static final class Tally {
        private final List<Double> undisturbed = new ArrayList<>();
        private final List<Double> disturbed = new ArrayList<>();
        private int lost;

        Row row(FailoverCase what, Rescuer rescuer) {
            return new Row(what, rescuer.name(), rescuer.note(what), undisturbed, disturbed, lost);
        }
    }

    private final FailoverNetwork network;
    private final Map<Rescuer, String> rescuers;
    private final int requests;
    private final Consumer<String> progress;

    /**
     * @param rescuers with the addresses that the client asks for
     * @param requests of each kind
     */
    CaseBench(
            FailoverNetwork network,
            Map<Rescuer, String> rescuers,
            int requests,
            Consumer<String> progress) {
        this.network = network;
        this.rescuers = rescuers;
        this.requests = requests;
        this.progress = progress;
    }

    List<Row> run(List<FailoverCase> cases) throws IOException {
        List<FaultyServer> servers = new ArrayList<>();
        List<Row> rows = new ArrayList<>();
        try {
            for (Host host : network.servers()) {
                servers.add(new FaultyServer(network, host));
            }
            for (FailoverCase what : cases) {
                rows.addAll(measure(what, servers.get(0)));
            }
        } finally {
            for (FaultyServer server : servers) {
                server.close();
            }
        }
        return rows;
    }

    private List<Row> measure(FailoverCase what, FaultyServer first) throws IOException {
        List<Rescuer> order = new ArrayList<>(rescuers.keySet());
        Map<Rescuer, Tally> tallies = new LinkedHashMap<>();
        order.forEach(rescuer -> tallies.put(rescuer, new Tally()));
        List<Rescuer> named = List.copyOf(order);
        for (int i = 0; i < requests; i++) {
            progress.accept(what.word() + ", " + (i + 1) + " of " + requests);
            Collections.rotate(order, 1);
            for (Rescuer rescuer : order) {
                rescuer.forget();
                tallies.get(rescuer).undisturbed.add(undisturbed(rescuer));
            }
            first.inflict(what);
            try {
                for (Rescuer rescuer : order) {
                    double seconds = ask(rescuers.get(rescuer));
                    if (Double.isNaN(seconds)) {
                        tallies.get(rescuer).lost++;
                    } else {
                        tallies.get(rescuer).disturbed.add(seconds);
                    }
                }
            } finally {
                first.heal();
            }
        }
        return named.stream().map(rescuer -> tallies.get(rescuer).row(what, rescuer)).toList();
    }

    /** One request while all servers are well; on an overloaded machine a rescuer may need another chance. */
    private double undisturbed(Rescuer rescuer) throws IOException {
        for (int i = 0; i < CHANCES; i++) {
            double seconds = ask(rescuers.get(rescuer));
            if (!Double.isNaN(seconds)) {
                return seconds;
            }
        }
        throw new IOException(rescuer.name() + " does not deliver while all servers are well");
    }

    /** One request on a connection of its own: how many seconds it took, NaN if the page did not come. */
    private double ask(String address) throws IOException {
        Path got = network.bench().directory().resolve("got");
        Files.deleteIfExists(got);
        Process curl =
                network.client()
                        .namespace()
                        .start(
                                "curl",
                                "-s",
                                "-m",
                                Integer.toString(PATIENCE_SECONDS),
                                "-o",
                                got.toString(),
                                "-w",
                                "%{http_code} %{time_total}",
                                "http://" + address + ":" + FailoverNetwork.CASES_PORT + "/page");
        String said = new String(curl.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        boolean right =
                Programs.ended(curl) == 0
                        && said.startsWith("200 ")
                        && FaultyServer.isPage(Files.readAllBytes(got));
        return right ? Double.parseDouble(said.substring(4)) : Double.NaN;
    }
}

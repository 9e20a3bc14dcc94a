package dev.understudy.tools.lab.scenario;

import dev.understudy.dispatcher.control.Control;
import dev.understudy.dispatcher.control.EventText;
import dev.understudy.tools.Json;
import dev.understudy.tools.lab.LabNetwork;
import dev.understudy.tools.net.TapDispatcher;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Plays one scenario from the setting up to the last claim. */
public final class Playbill {
    private final Scenario scenario;

    public Playbill(Scenario scenario) {
        this.scenario = scenario;
    }

    /**
     * Builds the network, plays, and takes everything away.
     *
     * @param out gets the claims
     * @param err gets what happens meanwhile
     * @param json whether claims are JSON objects, one a line
     * @return whether every claim held
     */
    public boolean play(PrintWriter out, PrintWriter err, boolean json)
            throws IOException, InterruptedException {
        err.println(scenario.name() + ": " + scenario.shows());
        err.flush();
        List<Claim> claims;
        try (LabNetwork network = new LabNetwork();
                TapDispatcher dispatcher = network.connectDispatcher(scenario.services())) {
            Control control = dispatcher.understudy().control();
            try (Scene scene =
                    new Scene(
                            network,
                            control,
                            sentence -> {
                                err.println("  " + sentence);
                                err.flush();
                            })) {
                claims = played(scene);
            }
        }
        boolean held = !claims.isEmpty() && claims.stream().allMatch(Claim::held);
        claims.forEach(claim -> out.println(json ? json(claim) : claim.toString()));
        out.flush();
        return held;
    }

    /** A client that sees an error ends the scene, and that is a claim which does not hold. */
    private List<Claim> played(Scene scene) throws InterruptedException {
        try {
            scenario.play(scene);
        } catch (IOException e) {
            scene.claim("no client sees an error", false, e);
        }
        if (!scene.claims().stream().allMatch(Claim::held)) {
            scene.tell("What the dispatcher decided:");
            scene.events().forEach(event -> scene.tell(EventText.line(event)));
        }
        return scene.claims();
    }

    private String json(Claim claim) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("scenario", scenario.name());
        fields.put("claim", claim.sentence());
        fields.put("holds", claim.held());
        fields.put("seen", claim.seen());
        return Json.object(fields);
    }
}

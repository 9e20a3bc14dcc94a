package dev.understudy.tools.lab.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import dev.understudy.stack.link.Kernel;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The scenes of the lab, as a newcomer plays them. */
final class ScenarioTest {
    @ParameterizedTest
    @Tag("kernel")
    @ValueSource(
            strings = {
                "fig5", "fig6", "fig7", "fig8", "resume", "drain", "ftp", "dns", "sni", "gateway"
            })
    void everyClaimHolds(String name) throws IOException, InterruptedException {
        Kernel.requireTap();
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();

        boolean held =
                new Playbill(Scenarios.find(name).orElseThrow())
                        .play(new PrintWriter(out), new PrintWriter(err), false);

        assertThat(held).as("%s%n%s", out, err).isTrue();
        assertThat(out.toString()).startsWith("holds ").doesNotContain("FAILS");
    }

    @Test
    void everyScenarioHasANameAndASentence() {
        assertThat(Scenarios.all())
                .extracting(Scenario::name)
                .doesNotHaveDuplicates()
                .allMatch(name -> name.matches("[a-z0-9]+"));
        assertThat(Scenarios.all()).extracting(Scenario::shows).allMatch(s -> s.endsWith("."));
        assertThat(Scenarios.list().lines()).hasSize(Scenarios.all().size());
        assertThat(Scenarios.find("FIG6")).isPresent();
        assertThat(Scenarios.find("fig99")).isEmpty();
    }

    @Test
    void noScenarioAsksForWhatTheConfigurationWouldRefuse() {
        for (Scenario scenario : Scenarios.all()) {
            List<String> names =
                    scenario.services().stream().map(service -> service.name()).toList();
            assertThat(names).as(scenario.name()).isNotEmpty().doesNotHaveDuplicates();
        }
    }
}

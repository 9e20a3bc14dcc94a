package dev.understudy.tools.script;

import dev.understudy.tools.script.language.Action;
import dev.understudy.tools.script.language.Event;
import dev.understudy.tools.script.language.Script;
import dev.understudy.tools.script.language.SyntaxException;
import java.util.Map;

/**
 * Runs the text of one script and says how it ended.
 *
 * @param ipVersion {@code ipv4}, {@code ipv6}, or empty for what the script says
 * @param strict see {@link SegmentCheck} and {@link ScriptRun}
 */
public record ScriptFile(String name, String text, String ipVersion, boolean strict) {
    /** Runs it; returns why it did not end well, or an empty string. */
    public String failure(Map<String, String> defines) {
        return run(defines, Trace.NONE).reason().orElse("");
    }

    ScriptResult run(Map<String, String> defines, Trace trace) {
        Script script;
        try {
            script = Script.parse(text, defines);
        } catch (SyntaxException e) {
            return new ScriptResult(
                    name,
                    ScriptResult.Verdict.UNREADABLE,
                    e.position().line(),
                    e.getMessage(),
                    Integer.toString(e.position().column()));
        }
        try {
            Map<String, String> overrides =
                    ipVersion.isEmpty() ? Map.of() : Map.of("ip_version", ipVersion);
            Settings settings = Settings.of(script, overrides);
            for (Event event : script.events()) {
                if (event.action() instanceof Action.ShellCommand command) {
                    settings = settings.after(command.text());
                }
            }
            new ScriptRun(script, settings, strict || script.option("strict").isPresent(), trace)
                    .run();
            return ScriptResult.ok(name);
        } catch (ScriptEnd end) {
            return ScriptResult.of(name, end);
        }
    }
}

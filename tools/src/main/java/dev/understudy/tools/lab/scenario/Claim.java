package dev.understudy.tools.lab.scenario;

/**
 * What a scenario claims, and what was seen.
 *
 * @param sentence the claim
 * @param held whether it was so
 * @param seen what was seen, in a few words
 */
public record Claim(String sentence, boolean held, String seen) {
    @Override
    public String toString() {
        return (held ? "holds   " : "FAILS   ")
                + sentence
                + (seen.isEmpty() ? "" : " (" + seen + ")");
    }
}

package dev.understudy.dispatcher.config;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Bytes to one YAML 1.2 document of positioned nodes. What an author of a hostile or broken file gets is a sentence: the
 * file's size, its encoding, tabs, nesting and aliases are checked before nodes are made, so that neither the stack nor the
 * heap depends on them.
 */
final class YamlFile {
    static final int MOST_BYTES = 1 << 20;

    private static final int MOST_ALIASES = 50;
    private static final int MOST_DEPTH = 32;

    private YamlFile() {}

    /** The document's root, or empty with findings. */
    static Optional<Node> read(byte[] bytes, String name, Findings findings) {
        if (bytes.length > MOST_BYTES) {
            findings.whole("the file is larger than 1 MiB, which no configuration needs.");
            return Optional.empty();
        }
        Optional<String> text = decode(bytes, findings);
        if (text.isEmpty() || tabs(text.get(), findings)) {
            return Optional.empty();
        }
        LoadSettings settings =
                LoadSettings.builder()
                        .setLabel(name)
                        .setUseMarks(true)
                        .setCodePointLimit(MOST_BYTES)
                        .setMaxAliasesForCollections(MOST_ALIASES)
                        .setParseComments(false)
                        .setAllowNonScalarKeys(true)
                        .setAllowRecursiveKeys(true)
                        .build();
        try {
            return bounded(text.get(), settings, findings)
                    ? root(text.get(), settings, findings)
                    : Optional.empty();
        } catch (MarkedYamlEngineException e) {
            String context = e.getContext() == null ? "" : " (" + e.getContext() + ")";
            findings.at(e.getProblemMark(), "this is not YAML: " + e.getProblem() + context + ".");
        } catch (YamlEngineException e) {
            findings.whole("this is not YAML: " + Scalars.shorten(e.getMessage()) + ".");
        }
        return Optional.empty();
    }

    private static Optional<Node> root(String text, LoadSettings settings, Findings findings) {
        List<Node> documents = new ArrayList<>();
        new Compose(settings).composeAllFromString(text).forEach(documents::add);
        if (documents.isEmpty()) {
            findings.whole(
                    "the file is empty; `understudy config template` prints one to begin with.");
            return Optional.empty();
        }
        if (documents.size() > 1) {
            findings.at(documents.get(1), "the file holds a second document (---); expected one.");
            return Optional.empty();
        }
        return Optional.of(documents.get(0));
    }

    /** The parser is a state machine and needs no stack; what is built from its events does. */
    private static boolean bounded(String text, LoadSettings settings, Findings findings) {
        int depth = 0;
        int aliases = 0;
        for (Event event : new Parse(settings).parseString(text)) {
            if (event instanceof CollectionStartEvent && ++depth > MOST_DEPTH) {
                findings.at(event.getStartMark(), "nested deeper than " + MOST_DEPTH + " levels.");
                return false;
            }
            if (event instanceof CollectionEndEvent) {
                depth--;
            }
            if (event instanceof AliasEvent && ++aliases > MOST_ALIASES) {
                findings.at(
                        event.getStartMark(), "more than " + MOST_ALIASES + " aliases (*name).");
                return false;
            }
        }
        return true;
    }

    private static Optional<String> decode(byte[] bytes, Findings findings) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length + 1);
        CoderResult result = decoder.decode(in, out, true);
        out.flip();
        String text = out.toString();
        if (result.isError()) {
            int line = (int) text.chars().filter(c -> c == '\n').count() + 1;
            int column = text.length() - text.lastIndexOf('\n');
            findings.at(
                    line,
                    column,
                    String.format(
                            "the file is not UTF-8: byte 0x%02X cannot stand here.",
                            bytes[in.position()]));
            return Optional.empty();
        }
        return Optional.of(text.startsWith("\uFEFF") ? text.substring(1) : text);
    }

    /** YAML forbids tabs in indentation, and its parsers' own words for that are famously unhelpful. */
    private static boolean tabs(String text, Findings findings) {
        int line = 1;
        boolean found = false;
        int column = 1;
        boolean indent = true;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\n') {
                line++;
                column = 1;
                indent = true;
                continue;
            }
            if (indent && c == '\t') {
                findings.at(
                        line, column, "the line is indented with a tab; YAML takes spaces only.");
                found = true;
                indent = false;
            } else if (c != ' ') {
                indent = false;
            }
            column++;
        }
        return found;
    }
}

package dev.understudy.dispatcher.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * One map of the file, read key by key. Its reader states every key that it knows when it makes the section, so that
 * unknown and repeated keys are found at once and the nearest valid one can be named.
 */
final class Section {
    private final String name;
    private final Node node;
    private final Findings findings;
    private final Map<String, NodeTuple> entries = new LinkedHashMap<>();

    /**
     * @param name as sentences name it: {@code services[0]}; empty for the file itself
     * @param keys the keys that are valid
     * @param later keys of later versions, refused with a sentence of their own
     */
    Section(String name, Node node, Findings findings, List<String> keys, List<String> later) {
        this.name = name;
        this.node = node;
        this.findings = findings;
        if (!(node instanceof MappingNode map)) {
            findings.at(
                    node,
                    "expected a map with "
                            + Nearest.oneOf(keys)
                            + in()
                            + ", found "
                            + Scalars.kind(node)
                            + ".");
            return;
        }
        TreeSet<String> all = new TreeSet<>(keys);
        all.addAll(later);
        for (NodeTuple tuple : map.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode keyNode)) {
                findings.at(
                        tuple.getKeyNode(),
                        "expected a key"
                                + in()
                                + ", found "
                                + Scalars.kind(tuple.getKeyNode())
                                + ".");
                continue;
            }
            String key = keyNode.getValue();
            if (later.contains(key)) {
                notYet(keyNode, "'" + key + "'" + in());
            } else if (!keys.contains(key)) {
                findings.at(
                        keyNode,
                        "unknown key '"
                                + Scalars.shorten(key)
                                + "'"
                                + in()
                                + "; "
                                + Nearest.hint(key, all));
            } else if (entries.containsKey(key)) {
                int line =
                        entries.get(key)
                                .getKeyNode()
                                .getStartMark()
                                .map(m -> m.getLine() + 1)
                                .orElse(0);
                findings.at(
                        keyNode,
                        "'"
                                + key
                                + "' stands twice"
                                + in()
                                + "; the first is in line "
                                + line
                                + ".");
            } else {
                entries.put(key, tuple);
            }
        }
    }

    void notYet(Node at, String what) {
        findings.at(at, what + " is not supported yet.");
    }

    Node node() {
        return node;
    }

    /** Whether the map has the key, with or without a value. */
    boolean has(String key) {
        return entries.containsKey(key);
    }

    /** Where a sentence about a key points: its value, or the map if it has none. */
    Node where(String key) {
        return has(key) ? entries.get(key).getValueNode() : node;
    }

    Optional<Node> optional(String key) {
        return Optional.ofNullable(entries.get(key)).map(NodeTuple::getValueNode);
    }

    Optional<Node> required(String key, String expected) {
        Optional<Node> value = optional(key);
        if (value.isEmpty() && node instanceof MappingNode) {
            findings.at(node, "'" + key + "' is missing" + in() + "; expected " + expected + ".");
        }
        return value;
    }

    /** The items of a list; a single value counts as a list of one. An empty list is a finding. */
    List<Node> items(String key, Node value, String expected) {
        if (!(value instanceof SequenceNode list)) {
            return List.of(value);
        }
        if (list.getValue().isEmpty()) {
            findings.at(
                    list,
                    "the list '" + key + "'" + in() + " is empty; expected " + expected + ".");
        }
        return list.getValue();
    }

    private String in() {
        return name.isEmpty() ? "" : " in " + name;
    }
}

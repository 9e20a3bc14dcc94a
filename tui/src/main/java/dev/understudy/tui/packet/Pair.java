package dev.understudy.tui.packet;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A field as it came and as it left.
 *
 * @param came empty if only the packet that left has it
 * @param left empty if only the packet that came has it
 */
public record Pair(Optional<Part> came, Optional<Part> left) {

    /** Two packets field by field, in their order; what only one of them has stands where it would be. */
    public static List<Pair> of(List<Part> came, List<Part> left) {
        List<Pair> pairs = new ArrayList<>();
        int next = 0;
        for (Part part : came) {
            int match = find(left, next, part);
            if (match < 0) {
                pairs.add(new Pair(Optional.of(part), Optional.empty()));
                continue;
            }
            for (; next < match; next++) {
                pairs.add(new Pair(Optional.empty(), Optional.of(left.get(next))));
            }
            pairs.add(new Pair(Optional.of(part), Optional.of(left.get(next++))));
        }
        for (; next < left.size(); next++) {
            pairs.add(new Pair(Optional.empty(), Optional.of(left.get(next))));
        }
        return pairs;
    }

    private static int find(List<Part> parts, int from, Part wanted) {
        for (int i = from; i < parts.size(); i++) {
            if (parts.get(i).name().equals(wanted.name())
                    && parts.get(i).depth() == wanted.depth()) {
                return i;
            }
        }
        return -1;
    }

    public Part any() {
        return came.or(() -> left).orElseThrow();
    }

    /** Whether both have it, with different values. */
    public boolean changed() {
        return came.isPresent()
                && left.isPresent()
                && !came.get().value().equals(left.get().value());
    }

    /** Whether only one of them has it. */
    public boolean oneSided() {
        return came.isEmpty() || left.isEmpty();
    }
}

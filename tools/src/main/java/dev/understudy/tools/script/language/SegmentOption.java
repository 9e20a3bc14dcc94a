package dev.understudy.tools.script.language;

import java.util.List;
import java.util.stream.Collectors;

/** A TCP option as it is written in a segment. */
public sealed interface SegmentOption {
    record Nop() implements SegmentOption {
        @Override
        public String toString() {
            return "nop";
        }
    }

    record EndOfList() implements SegmentOption {
        @Override
        public String toString() {
            return "eol";
        }
    }

    record Mss(int value) implements SegmentOption {
        @Override
        public String toString() {
            return "mss " + value;
        }
    }

    record WindowScale(int shift) implements SegmentOption {
        @Override
        public String toString() {
            return "wscale " + shift;
        }
    }

    record SackPermitted() implements SegmentOption {
        @Override
        public String toString() {
            return "sackOK";
        }
    }

    record Sack(List<Block> blocks) implements SegmentOption {
        @Override
        public String toString() {
            return blocks.stream()
                    .map(block -> block.left() + ":" + block.right())
                    .collect(Collectors.joining(" ", "sack ", ""));
        }
    }

    /** {@code [left, right)}, relative as all sequence numbers of a script. */
    record Block(long left, long right) {}

    record Timestamps(long val, long ecr) implements SegmentOption {
        @Override
        public String toString() {
            return "TS val " + val + " ecr " + ecr;
        }
    }
}

package dev.understudy.tui.filter;

import java.util.Optional;

/** How a field is compared with a value. */
enum Comparison {
    EQUAL("="),
    NOT_EQUAL("!="),
    LESS("<"),
    AT_MOST("<="),
    MORE(">"),
    AT_LEAST(">="),
    HAS("~"),
    HAS_NOT("!~");

    private final String sign;

    Comparison(String sign) {
        this.sign = sign;
    }

    static Optional<Comparison> of(String sign) {
        for (Comparison comparison : values()) {
            if (comparison.sign.equals(sign)) {
                return Optional.of(comparison);
            }
        }
        return sign.equals("==") ? Optional.of(EQUAL) : Optional.empty();
    }

    boolean isOrder() {
        return this == LESS || this == AT_MOST || this == MORE || this == AT_LEAST;
    }

    boolean isText() {
        return this == HAS || this == HAS_NOT;
    }

    boolean negative() {
        return this == NOT_EQUAL || this == HAS_NOT;
    }

    /** Whether it holds for two numbers of which {@link Integer#signum} of the difference is given. */
    boolean holds(int sign) {
        return switch (this) {
            case EQUAL, HAS -> sign == 0;
            case NOT_EQUAL, HAS_NOT -> sign != 0;
            case LESS -> sign < 0;
            case AT_MOST -> sign <= 0;
            case MORE -> sign > 0;
            case AT_LEAST -> sign >= 0;
        };
    }

    @Override
    public String toString() {
        return sign;
    }
}

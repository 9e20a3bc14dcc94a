package dev.understudy.tools.script.matrix;

/** Where in the window a segment begins. */
enum Edge {
    FAR_LEFT,
    LEFT_OF_IT,
    LEFT,
    INSIDE,
    RIGHT,
    RIGHT_OF_IT,
    FAR_RIGHT;

    /** The sequence number, counted from the peer's initial one. */
    int seq(Stage stage) {
        return switch (this) {
            case FAR_LEFT -> stage.rcvNxt() - 1_000_000;
            case LEFT_OF_IT -> stage.rcvNxt() - 1;
            case LEFT -> stage.rcvNxt();
            case INSIDE -> stage.rcvNxt() + 100;
            case RIGHT -> Stage.WINDOW_EDGE - 1;
            case RIGHT_OF_IT -> Stage.WINDOW_EDGE;
            case FAR_RIGHT -> Stage.WINDOW_EDGE + 1_000_000;
        };
    }
}

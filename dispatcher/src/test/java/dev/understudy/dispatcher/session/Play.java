package dev.understudy.dispatcher.session;

/** A session in some phase, on a {@link Stage}, to which things happen. */
interface Play {
    Stage stage();

    /** What comes next, by its name in the tables. */
    void happen(String event);
}

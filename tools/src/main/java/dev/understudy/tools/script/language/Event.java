package dev.understudy.tools.script.language;

/** Something that happens, or is expected to happen, at a time. */
public record Event(int line, Timing timing, Action action) {}

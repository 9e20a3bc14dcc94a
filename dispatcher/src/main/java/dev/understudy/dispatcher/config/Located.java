package dev.understudy.dispatcher.config;

import org.snakeyaml.engine.v2.nodes.Node;

/** A value together with where it stands, for checks that compare values of different places. */
record Located<T>(T value, Node node) {}

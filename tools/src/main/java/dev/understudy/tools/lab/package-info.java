/** The lab: a small network with real servers that die on a schedule, and real clients that should not notice. */
package dev.understudy.tools.lab;

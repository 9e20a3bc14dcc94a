/** Every state of TCP × every kind of segment × every edge of the window, as generated scripts with an oracle from the RFCs. */
package dev.understudy.tools.script.matrix;

/** {@code understudy bench}: measurements beside peers, in one run, on networks of our own. */
package dev.understudy.tools.bench;

/** {@code understudy host}: a complete host on a TAP device, with servers to talk to, and clients that use our own stack. */
package dev.understudy.tools.host;

/** A complete IP host on a link, and Netty channels on top of it. */
package dev.understudy.stack.host;

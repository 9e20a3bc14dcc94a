/** The control API: HTTP and JSON on a socket, and the client that makes a {@code Control} of it again. */
package dev.understudy.dispatcher.control.api;

/** Reading what the client asks for, and what it is answered: HTTP, the TLS hello. Bytes in, facts out; no I/O. */
package dev.understudy.dispatcher.protocol;

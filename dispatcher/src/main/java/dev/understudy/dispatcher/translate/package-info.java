/** What is rewritten in a packet: addresses, ports, sequence maps, options, checksums. */
package dev.understudy.dispatcher.translate;

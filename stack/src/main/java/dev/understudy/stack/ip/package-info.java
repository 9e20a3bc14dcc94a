/** Neighbours, fragmentation and reassembly, ICMP: sans-I/O machines below TCP and UDP. */
package dev.understudy.stack.ip;

/** UDP: ports, sockets, and who hears of what comes for nobody. */
package dev.understudy.stack.udp;

/** A deterministic simulation: clients, servers and bad links around a dispatcher, from a seed, in virtual time. */
package dev.understudy.dispatcher.session.sim;

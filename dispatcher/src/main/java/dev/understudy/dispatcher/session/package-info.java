/** Sessions, their table with its two indexes, phases, limits and time-outs. */
package dev.understudy.dispatcher.session;

/** Choosing and opening a server: strategies, races, attempts. */
package dev.understudy.dispatcher.bind;

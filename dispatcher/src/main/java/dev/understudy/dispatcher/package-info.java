/** Sessions, and everything that decides about them; {@link Understudy} puts the parts together. */
package dev.understudy.dispatcher;

/** Events out, commands in. */
package dev.understudy.dispatcher.control;

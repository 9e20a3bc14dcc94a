/** What counts as a failure, and moving a session to another server. */
package dev.understudy.dispatcher.recover;

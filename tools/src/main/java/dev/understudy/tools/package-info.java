/** The understudy command. */
package dev.understudy.tools;

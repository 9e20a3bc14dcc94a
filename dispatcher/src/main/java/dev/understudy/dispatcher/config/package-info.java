/** YAML in, checked records out. */
package dev.understudy.dispatcher.config;

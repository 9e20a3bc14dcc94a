/** One packet for people to read: its headers as a tree, and its bytes. */
package dev.understudy.tui.packet;

/** {@code understudy script}: runs packetdrill's scripts against our own TCP on a virtual clock. */
package dev.understudy.tools.script;

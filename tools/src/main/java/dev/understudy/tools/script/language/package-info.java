/** packetdrill's language, as far as it speaks of TCP: from text to checked events. Knows nothing of running them. */
package dev.understudy.tools.script.language;

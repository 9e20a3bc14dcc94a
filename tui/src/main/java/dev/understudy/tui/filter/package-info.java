/** The filter language: {@code state=relocating and rtt>50ms and not server=10.0.0.5}. */
package dev.understudy.tui.filter;

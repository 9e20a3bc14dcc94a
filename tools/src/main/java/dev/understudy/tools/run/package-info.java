/** Running a dispatcher on this host: from a configuration file to packets, and back to a clean machine. */
package dev.understudy.tools.run;

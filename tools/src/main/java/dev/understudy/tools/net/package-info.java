/** Networks of namespaces on this machine, for the lab, the benchmarks and the tests against the kernel. */
package dev.understudy.tools.net;

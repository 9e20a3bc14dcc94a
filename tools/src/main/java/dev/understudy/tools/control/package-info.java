/** Commands that speak to a running dispatcher over its control socket. */
package dev.understudy.tools.control;

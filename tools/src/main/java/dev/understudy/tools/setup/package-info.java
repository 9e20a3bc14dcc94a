/** The kernel's side of a routed dispatcher: addresses, rules, forwarding and masquerade, and how they are undone. */
package dev.understudy.tools.setup;

/** How the two sides meet the network: routed or inline. */
package dev.understudy.dispatcher.attach;

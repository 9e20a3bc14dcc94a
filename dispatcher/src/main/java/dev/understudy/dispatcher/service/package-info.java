/** Services and servers, their health and measured round trips. */
package dev.understudy.dispatcher.service;

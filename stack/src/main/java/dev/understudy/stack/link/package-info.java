/** Where frames come from and go to, and what sits on a link: capture, impairment, segmentation. */
package dev.understudy.stack.link;

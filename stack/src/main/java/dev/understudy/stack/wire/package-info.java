/** Headers as views on bytes, options and checksums: bytes only, no state and no I/O. */
package dev.understudy.stack.wire;

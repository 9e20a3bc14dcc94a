package dev.understudy.dispatcher.recover;

import io.netty.buffer.ByteBuf;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * A running digest of a response body as it was delivered, so that another server's can be compared with it although
 * neither is kept (DESIGN 7.5). SHA-256: equal digests of equal length are equal bytes.
 */
public final class Proof {
    private final MessageDigest digest;
    private Object subject;
    private long length;

    public Proof() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Begins anew, for the body of {@code answer}. */
    public void begin(Object answer) {
        digest.reset();
        subject = answer;
        length = 0;
    }

    /** Whether it is this answer's, from the body's first byte on. */
    public boolean of(Object answer) {
        return subject == answer;
    }

    /** Adds the next bytes of the body. */
    public void add(ByteBuf bytes, int index, int count) {
        digest.update(bytes.nioBuffer(index, count));
        length += count;
    }

    /** Bytes added so far. */
    public long length() {
        return length;
    }

    /** Whether both have seen the same bytes. Either may go on afterwards. */
    public boolean sameAs(Proof other) {
        return length == other.length && MessageDigest.isEqual(value(), other.value());
    }

    private byte[] value() {
        try {
            return ((MessageDigest) digest.clone()).digest();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("every Java platform's SHA-256 can be copied", e);
        }
    }
}

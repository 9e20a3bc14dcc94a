package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.protocol.HttpResponse;
import dev.understudy.dispatcher.recover.Proof;
import io.netty.buffer.ByteBuf;

/** Digests the answer that is being delivered, where only its own bytes can prove another's to be the same ({@link Resumption}). */
final class Proving {
    private final Conversation conversation;

    /** Null if nothing is ever resumed. */
    private final Proof proof;

    /** The newest answer that needs no digest: it is not looked at again for every segment. */
    private HttpResponse unproved;

    Proving(Conversation conversation, boolean resumes) {
        this.conversation = conversation;
        this.proof = resumes ? new Proof() : null;
    }

    /** The digest; only if answers are resumed. */
    Proof proof() {
        return proof;
    }

    /** Part of an answer's body has been read. */
    void add(HttpResponse answer, ByteBuf bytes, int index, int length) {
        if (wants(answer)) {
            proof.add(bytes, index, length);
        }
    }

    /** Whether this answer, or null, is one that is digested. The digest begins when that is asked for the first time. */
    boolean wants(HttpResponse answer) {
        if (proof == null || answer == null || answer == unproved) {
            return false;
        }
        if (proof.of(answer)) {
            return true;
        }
        if (conversation.isOnlyProvedByBytes(answer)) {
            proof.begin(answer);
            return true;
        }
        unproved = answer;
        return false;
    }
}

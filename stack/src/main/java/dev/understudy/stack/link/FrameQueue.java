package dev.understudy.stack.link;

import io.netty.buffer.ByteBuf;

/**
 * Frames on their way and when each is due, first in, first out, up to a limit. Two arrays that grow to what is needed
 * and are then used round and round, so that a queue at work allocates nothing. Owns the references it holds.
 */
final class FrameQueue {
    private static final int FIRST_CAPACITY = 64;

    private final int limit;
    private ByteBuf[] frames = new ByteBuf[FIRST_CAPACITY];
    private long[] due = new long[FIRST_CAPACITY];
    private int head;
    private int size;

    FrameQueue(int limit) {
        this.limit = limit;
    }

    boolean isEmpty() {
        return size == 0;
    }

    boolean isFull() {
        return size >= limit;
    }

    /** Takes over the frame's reference; not to be called when full. */
    void add(ByteBuf frame, long dueAt) {
        if (size == frames.length) {
            grow();
        }
        int tail = head + size & frames.length - 1;
        frames[tail] = frame;
        due[tail] = dueAt;
        size++;
    }

    /** When the first frame is due; there must be one. */
    long nextDue() {
        return due[head];
    }

    /** The first frame, with its reference; there must be one. */
    ByteBuf remove() {
        ByteBuf frame = frames[head];
        frames[head] = null;
        head = head + 1 & frames.length - 1;
        size--;
        return frame;
    }

    void releaseAll() {
        while (size > 0) {
            remove().release();
        }
    }

    private void grow() {
        ByteBuf[] moreFrames = new ByteBuf[frames.length * 2];
        long[] moreDue = new long[frames.length * 2];
        for (int i = 0; i < size; i++) {
            int from = head + i & frames.length - 1;
            moreFrames[i] = frames[from];
            moreDue[i] = due[from];
        }
        frames = moreFrames;
        due = moreDue;
        head = 0;
    }
}

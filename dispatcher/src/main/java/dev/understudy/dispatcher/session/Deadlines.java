package dev.understudy.dispatcher.session;

import java.util.Arrays;

/**
 * Sessions by their next deadline: a binary heap whose positions the sessions themselves hold, so that moving one is
 * O(log n) and allocates nothing. A session whose deadline only ever moves away (idle time) is not touched per packet:
 * its phase looks again when the old deadline comes and re-arms.
 */
final class Deadlines {
    private Session[] heap = new Session[64];
    private int size;

    /** Sets a session's deadline, whatever it was before. */
    void set(Session session, long at) {
        session.deadline = at;
        if (session.heapIndex < 0) {
            if (size == heap.length) {
                heap = Arrays.copyOf(heap, size * 2);
            }
            session.heapIndex = size;
            heap[size++] = session;
            up(session.heapIndex);
        } else {
            up(session.heapIndex);
            down(session.heapIndex);
        }
    }

    /** Sets a session's deadline if it is earlier than what it has. */
    void setIfEarlier(Session session, long at) {
        if (session.heapIndex < 0 || at - session.deadline < 0) {
            set(session, at);
        }
    }

    void remove(Session session) {
        int index = session.heapIndex;
        if (index < 0) {
            return;
        }
        session.heapIndex = -1;
        Session last = heap[--size];
        heap[size] = null;
        if (last != session) {
            heap[index] = last;
            last.heapIndex = index;
            up(index);
            down(last.heapIndex);
        }
    }

    /** Takes out and returns a session whose deadline has come, or null. */
    Session poll(long now) {
        if (size == 0 || now - heap[0].deadline < 0) {
            return null;
        }
        Session first = heap[0];
        remove(first);
        return first;
    }

    /** The earliest deadline, {@code Long.MAX_VALUE} if there is none. */
    long next() {
        return size == 0 ? Long.MAX_VALUE : heap[0].deadline;
    }

    int size() {
        return size;
    }

    private void up(int index) {
        Session session = heap[index];
        int i = index;
        while (i > 0) {
            int parent = i - 1 >>> 1;
            if (session.deadline - heap[parent].deadline >= 0) {
                break;
            }
            put(i, heap[parent]);
            i = parent;
        }
        put(i, session);
    }

    private void down(int index) {
        Session session = heap[index];
        int i = index;
        while (true) {
            int child = 2 * i + 1;
            if (child >= size) {
                break;
            }
            if (child + 1 < size && heap[child + 1].deadline - heap[child].deadline < 0) {
                child++;
            }
            if (heap[child].deadline - session.deadline >= 0) {
                break;
            }
            put(i, heap[child]);
            i = child;
        }
        put(i, session);
    }

    private void put(int index, Session session) {
        heap[index] = session;
        session.heapIndex = index;
    }
}

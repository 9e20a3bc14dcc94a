package dev.understudy.stack.tcp;

/**
 * One deadline for all connections: a binary heap of the times at which each wants to be looked at. A deadline that moves
 * later is left where it is and found out when its old time comes, so that the retransmission timer, which moves with every
 * acknowledgement, costs nothing; only one that moves earlier moves in the heap.
 */
final class DeadlineHeap {
    private TcpConnection[] heap = new TcpConnection[16];
    private int size;

    /** Looks at a connection at {@code at}, which is earlier than what it is scheduled for. */
    void schedule(TcpConnection connection, long at) {
        connection.scheduledAt = at;
        if (connection.heapIndex < 0) {
            if (size == heap.length) {
                TcpConnection[] larger = new TcpConnection[2 * size];
                System.arraycopy(heap, 0, larger, 0, size);
                heap = larger;
            }
            connection.heapIndex = size++;
        }
        up(connection, connection.heapIndex);
    }

    void remove(TcpConnection connection) {
        int hole = connection.heapIndex;
        if (hole < 0) {
            return;
        }
        connection.heapIndex = -1;
        connection.scheduledAt = Long.MAX_VALUE;
        TcpConnection last = heap[--size];
        heap[size] = null;
        if (hole < size) {
            last.heapIndex = hole;
            heap[hole] = last;
            up(last, hole);
            down(last, last.heapIndex);
        }
    }

    /** Takes out the first connection whose time has come, or null. */
    TcpConnection poll(long now) {
        if (size == 0 || heap[0].scheduledAt > now) {
            return null;
        }
        TcpConnection first = heap[0];
        remove(first);
        return first;
    }

    long nextDeadline() {
        return size == 0 ? Long.MAX_VALUE : heap[0].scheduledAt;
    }

    private void up(TcpConnection connection, int from) {
        int at = from;
        while (at > 0) {
            int parent = at - 1 >>> 1;
            if (heap[parent].scheduledAt <= connection.scheduledAt) {
                break;
            }
            put(heap[parent], at);
            at = parent;
        }
        put(connection, at);
    }

    private void down(TcpConnection connection, int from) {
        int at = from;
        while (2 * at + 1 < size) {
            int child = 2 * at + 1;
            if (child + 1 < size && heap[child + 1].scheduledAt < heap[child].scheduledAt) {
                child++;
            }
            if (heap[child].scheduledAt >= connection.scheduledAt) {
                break;
            }
            put(heap[child], at);
            at = child;
        }
        put(connection, at);
    }

    private void put(TcpConnection connection, int at) {
        heap[at] = connection;
        connection.heapIndex = at;
    }
}

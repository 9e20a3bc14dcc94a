package dev.understudy.dispatcher.control;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * Which sessions are watched, and their packets. The loop writes, any thread reads. Limited in sessions and in packets of
 * each ({@link Watch}). The session that was watched first goes first, but one in which something failed or moved goes after
 * those in which nothing did, as long as such ones fill no more than half of the room: they are what people look for, and
 * most sessions are over before anybody has looked. Packets of a session that is over stay until then.
 */
public final class PacketBook {
    private final ConcurrentSkipListMap<Long, PacketLog> logs = new ConcurrentSkipListMap<>();
    private final Set<Long> eventful = new HashSet<>();
    private volatile Watch watch = Watch.NONE;
    private boolean on;

    /** Whether anything is being watched: all that a packet pays for when nothing is. On the loop. */
    public boolean on() {
        return on;
    }

    public Watch watch() {
        return watch;
    }

    /** Puts another watch in force. What is on record stays as far as it is within the new limits. On the loop. */
    public void watch(Watch next) {
        watch = next;
        makeRoom(next.sessions());
        on = next.all() || !logs.isEmpty();
    }

    /** Watches one session from now on. On the loop. */
    public PacketLog open(long session) {
        PacketLog log = logs.get(session);
        if (log == null) {
            makeRoom(watch.sessions() - 1);
            log = new PacketLog(watch.packets());
            logs.put(session, log);
            on = true;
        }
        return log;
    }

    private void makeRoom(int most) {
        while (logs.size() > most) {
            long leaving = eventful.size() > watch.sessions() / 2 ? logs.firstKey() : firstToGo();
            logs.remove(leaving);
            eventful.remove(leaving);
        }
    }

    private long firstToGo() {
        for (long session : logs.keySet()) {
            if (!eventful.contains(session)) {
                return session;
            }
        }
        return logs.firstKey();
    }

    /** Something failed or moved in a session. On the loop. */
    public void eventful(long session) {
        if (logs.containsKey(session)) {
            eventful.add(session);
        }
    }

    /** Lets go of one session; false if it was not watched. On the loop. */
    public boolean close(long session) {
        boolean was = logs.remove(session) != null;
        eventful.remove(session);
        on = watch.all() || !logs.isEmpty();
        return was;
    }

    /** The log of a session, or null if it is not watched. */
    public PacketLog find(long session) {
        return logs.get(session);
    }

    public boolean holds(long session) {
        return logs.containsKey(session);
    }

    /** The watched sessions, oldest first. */
    public List<Long> sessions() {
        return new ArrayList<>(logs.keySet());
    }

    /** As {@link Control#packets}. */
    public List<TracedPacket> packets(long session, long after, int most) {
        PacketLog log = logs.get(session);
        return log == null ? List.of() : log.after(after, most);
    }
}

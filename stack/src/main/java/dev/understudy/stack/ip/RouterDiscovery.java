package dev.understudy.stack.ip;

import dev.understudy.stack.wire.Ndp;
import dev.understudy.stack.wire.NdpPrefix;
import dev.understudy.stack.wire.Packet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * What a host learns from routers on its link (RFC 4861 §6.3, RFC 4862 §5.5): default routers, which prefixes are on the
 * link, addresses of our own under them, and the MTU.
 *
 * <p>Asks for advertisements up to three times, four seconds apart, after a random delay of up to a second, until one has
 * come. An address is made of each prefix of 64 bits that says so, with the interface identifier of our MAC, and goes
 * through Duplicate Address Detection like any other.
 *
 * <p><b>Limits.</b> Eight routers and eight prefixes: more are counted and not believed, so that a flood of forged
 * advertisements costs no memory and cannot push a genuine router out. An advertisement cannot shorten the life of an
 * address below two hours at one stroke (RFC 4862 §5.5.3 e), and an MTU below 1,280 or above the link's is ignored.
 */
public final class RouterDiscovery implements Timed {
    public static final int MAX_ROUTERS = 8;
    public static final int MAX_PREFIXES = 8;
    public static final int SOLICITATIONS = 3;
    public static final long SOLICITATION_NANOS = 4_000_000_000L;
    public static final long MAX_DELAY_NANOS = 1_000_000_000L;

    private static final int PREFIX_BITS = 64;
    private static final int MIN_MTU = 1280;
    private static final long SECOND = 1_000_000_000L;
    private static final long TWO_HOURS = 7200 * SECOND;
    private static final long FOREVER_SECONDS = 0xFFFF_FFFFL;
    private static final long NEVER = Long.MAX_VALUE;

    private enum Count {
        SOLICITATIONS,
        ADVERTISEMENTS,
        NOT_BELIEVED_ROUTER,
        NOT_BELIEVED_PREFIX
    }

    private static final class Router {
        private final long hi;
        private final long lo;
        private long until;

        private Router(long hi, long lo) {
            this.hi = hi;
            this.lo = lo;
        }
    }

    private static final class OnLink {
        private final long hi;
        private final long lo;
        private final int length;
        private long until;

        private OnLink(long hi, long lo, int length) {
            this.hi = hi;
            this.lo = lo;
            this.length = length;
        }
    }

    private final ByteBufAllocator allocator;
    private final FrameOutput output;
    private final long mac;
    private final NdpHost host;
    private final RandomGenerator random;
    private final Tally<Count> tally = new Tally<>("router discovery", Count.class);
    private final List<Router> routers = new ArrayList<>(1);
    private final List<OnLink> prefixes = new ArrayList<>(1);
    private boolean listening;
    private int mtu;
    private int autoconfigured;
    private int asked;
    private long askAt = NEVER;

    RouterDiscovery(
            ByteBufAllocator allocator,
            FrameOutput output,
            long mac,
            NdpHost host,
            RandomGenerator random) {
        this.allocator = allocator;
        this.output = output;
        this.mac = mac;
        this.host = host;
        this.random = random;
    }

    /** Begins to listen to routers and asks them to speak. Before, advertisements are ignored. */
    public void start(long now) {
        listening = true;
        asked = 0;
        askAt = now + 1 + random.nextLong(MAX_DELAY_NANOS);
    }

    /** Whether there is a default router; {@link #routerHi} and {@link #routerLo} tell it. Reachable ones come first. */
    public boolean hasRouter() {
        return !routers.isEmpty();
    }

    public long routerHi() {
        return routers.get(0).hi;
    }

    public long routerLo() {
        return routers.get(0).lo;
    }

    /** The default router does not answer: another one, if there is one, has its turn (RFC 4861 §6.3.6). */
    public void unreachable(long hi, long lo) {
        for (int i = 0; i < routers.size() - 1; i++) {
            Router router = routers.get(i);
            if (router.lo == lo && router.hi == hi) {
                routers.add(routers.remove(i));
                return;
            }
        }
    }

    /** A node said that it is not a router any more (RFC 4861 §7.2.5). */
    void noLonger(long hi, long lo) {
        if (!routers.isEmpty()) {
            routers.removeIf(router -> router.lo == lo && router.hi == hi);
        }
    }

    /** Whether an advertised prefix says that an address is on the link. */
    public boolean isOnLink(long hi, long lo) {
        for (int i = 0; i < prefixes.size(); i++) {
            OnLink prefix = prefixes.get(i);
            if (Prefix.matches(hi, lo, prefix.hi, prefix.lo, prefix.length)) {
                return true;
            }
        }
        return false;
    }

    /** The MTU that routers advertise, 0 if they do not. */
    public int mtu() {
        return mtu;
    }

    /** Reads a valid router advertisement. */
    void advertised(Packet packet, long now) {
        if (!listening) {
            return;
        }
        tally.count(Count.ADVERTISEMENTS);
        ByteBuf frame = packet.frame();
        router(packet, Ndp.routerLifetime(frame, packet.l4()), now);
        long source = Ndp.linkAddress(packet, Ndp.SOURCE_LINK_ADDRESS);
        if (source != 0) {
            host.neighbours().add(packet.srcHi(), packet.srcLo(), source, now);
        }
        int mtuOption = Ndp.option(packet, Ndp.MTU, 0);
        if (mtuOption >= 0) {
            long advised = Ndp.mtu(frame, mtuOption);
            mtu = advised >= MIN_MTU && advised <= 0xFFFF ? (int) advised : mtu;
        }
        for (int option = Ndp.option(packet, Ndp.PREFIX_INFORMATION, 0);
                option >= 0;
                option = Ndp.option(packet, Ndp.PREFIX_INFORMATION, option)) {
            prefix(frame, option, now);
        }
    }

    private void router(Packet packet, int lifetime, long now) {
        if (lifetime == 0) {
            noLonger(packet.srcHi(), packet.srcLo());
            return;
        }
        askAt = NEVER;
        Router router = null;
        for (Router known : routers) {
            if (known.lo == packet.srcLo() && known.hi == packet.srcHi()) {
                router = known;
            }
        }
        if (router == null) {
            if (routers.size() >= MAX_ROUTERS) {
                tally.count(Count.NOT_BELIEVED_ROUTER);
                return;
            }
            router = new Router(packet.srcHi(), packet.srcLo());
            routers.add(router);
        }
        router.until = now + lifetime * SECOND;
    }

    private void prefix(ByteBuf frame, int option, long now) {
        long hi = NdpPrefix.hi(frame, option);
        long lo = NdpPrefix.lo(frame, option);
        int length = NdpPrefix.length(frame, option);
        if (length > 128 || Ndp.isLinkLocal(hi) || Ndp.isMulticast(hi)) {
            return;
        }
        long valid = NdpPrefix.validSeconds(frame, option);
        if (NdpPrefix.onLink(frame, option)) {
            onLink(hi, lo, length, until(valid, now), now);
        }
        long preferred = NdpPrefix.preferredSeconds(frame, option);
        if (NdpPrefix.autonomous(frame, option) && length == PREFIX_BITS && preferred <= valid) {
            autoconfigure(hi, until(preferred, now), until(valid, now), now);
        }
    }

    private static long until(long seconds, long now) {
        return seconds == FOREVER_SECONDS ? NEVER : now + seconds * SECOND;
    }

    private void onLink(long hi, long lo, int length, long until, long now) {
        for (OnLink prefix : prefixes) {
            if (prefix.length == length && Prefix.matches(hi, lo, prefix.hi, prefix.lo, length)) {
                prefix.until = until;
                expire(now);
                return;
            }
        }
        if (until <= now) {
            return;
        }
        if (prefixes.size() >= MAX_PREFIXES) {
            tally.count(Count.NOT_BELIEVED_PREFIX);
            return;
        }
        OnLink prefix = new OnLink(hi, lo, length);
        prefix.until = until;
        prefixes.add(prefix);
    }

    private void autoconfigure(long hi, long preferredUntil, long validUntil, long now) {
        long lo = Ndp.interfaceId(mac);
        NdpAddress known = host.find(hi, lo);
        if (known == null) {
            if (validUntil <= now) {
                return;
            }
            if (autoconfigured >= MAX_PREFIXES) {
                tally.count(Count.NOT_BELIEVED_PREFIX);
                return;
            }
            if (host.add(hi, lo, true, preferredUntil, validUntil, now)) {
                autoconfigured++;
            }
            return;
        }
        if (known.validUntil == NEVER && known.preferredUntil == NEVER && validUntil != NEVER) {
            // Configured by hand, or advertised for ever: nobody's lifetime ends it at one stroke.
            return;
        }
        known.preferredUntil = preferredUntil;
        if (validUntil > now + TWO_HOURS || validUntil > known.validUntil) {
            known.validUntil = validUntil;
        } else if (known.validUntil > now + TWO_HOURS) {
            known.validUntil = now + TWO_HOURS;
        }
    }

    /** An address of ours that a router's prefix had given has come to its end. */
    void addressExpired() {
        autoconfigured = Math.max(0, autoconfigured - 1);
    }

    private void expire(long now) {
        routers.removeIf(router -> router.until <= now);
        prefixes.removeIf(prefix -> prefix.until <= now);
    }

    @Override
    public long nextDeadline() {
        long next = askAt;
        for (int i = 0; i < routers.size(); i++) {
            next = Math.min(next, routers.get(i).until);
        }
        for (int i = 0; i < prefixes.size(); i++) {
            next = Math.min(next, prefixes.get(i).until);
        }
        return next;
    }

    @Override
    public void onDeadline(long now) {
        expire(now);
        if (now >= askAt) {
            tally.count(Count.SOLICITATIONS);
            asked++;
            askAt = asked < SOLICITATIONS ? now + SOLICITATION_NANOS : NEVER;
            boolean known = host.selectSource(Ndp.LINK_LOCAL, 0, now);
            output.write(
                    Ndp.routerSolicitation(
                            allocator,
                            mac,
                            known ? host.sourceHi() : 0,
                            known ? host.sourceLo() : 0));
        }
    }

    /** Adds the counters to a map. */
    public void counters(Map<String, Long> all) {
        tally.addTo(all);
    }
}

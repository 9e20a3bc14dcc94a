package dev.understudy.dispatcher.attach;

import dev.understudy.dispatcher.config.Subnet;
import dev.understudy.stack.ip.IcmpResponder;
import dev.understudy.stack.wire.Ethernet;
import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Ndp;
import dev.understudy.stack.wire.Packet;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Who is where, as a bump in the wire learns it from the frames that pass:
 *
 * <ul>
 *   <li>each client's MAC and VLAN tags, from what it sends;
 *   <li>by which MAC the client reaches an address, from the frames it addresses;
 *   <li>by which MAC an address reaches the client, from the frames that come for it;
 *   <li>the gateway's MAC: where the client sends what is not on the link.
 * </ul>
 *
 * <p><b>What is on the link</b> is known if configuration gives the client's address with its prefix. Otherwise it is
 * guessed: a /24 at first; wider once the client asks by ARP for something outside, since only neighbours are asked for;
 * narrower once the client sends something inside to the known gateway. In IPv6 it is the /64 of what the client solicits, the
 * last {@value #LINK_PREFIXES} of them, and link-local addresses.
 *
 * <p>Anybody on the link can pretend to be somebody else here, as he can to the client itself by ARP.
 */
final class InlineTopology {
    private static final int SETS = 1024;
    private static final int FIRST_PREFIX = 24;
    private static final int MIN_PREFIX = 8;
    private static final int MAX_PREFIX = 30;
    private static final int LINK_PREFIXES = 8;

    private final Optional<Subnet> configured;
    private final long ourMac;
    private final MacTable clients;
    private final MacTable chosenByClient;
    private final MacTable remotes;
    private long clientMac;
    private int clientAddress;
    private long gatewayMac;
    private long gateway6Mac;
    private int prefix = FIRST_PREFIX;

    /** High halves; 0 where there is none. */
    private final long[] linkPrefixes = new long[LINK_PREFIXES];

    private int nextLinkPrefix;

    /** {@code ourMac} is what is told for dead originals: no frame that bears it teaches anything. */
    InlineTopology(Optional<Subnet> configured, long ourMac, RandomGenerator random) {
        this.configured = configured.filter(subnet -> subnet.address().isIpv4());
        this.ourMac = ourMac;
        clients = new MacTable(SETS, random.nextLong());
        chosenByClient = new MacTable(SETS, random.nextLong());
        remotes = new MacTable(SETS, random.nextLong());
        this.configured.ifPresent(subnet -> clientAddress = subnet.address().ipv4());
    }

    // ---- learning

    /** An IP packet of the client passes. */
    void fromClient(Packet packet) {
        long mac = packet.srcMac();
        if (mac == 0 || Ethernet.isGroup(mac) || !isHost(packet.srcHi(), packet.srcLo())) {
            return;
        }
        learnClient(packet.srcHi(), packet.srcLo(), mac, VlanTags.of(packet));
        long to = packet.dstMac();
        if (Ethernet.isGroup(to) || !isHost(packet.dstHi(), packet.dstLo())) {
            return;
        }
        chosenByClient.learn(packet.dstHi(), packet.dstLo(), to, 0);
        if (to == ourMac) {
            return;
        }
        boolean onLink = isOnLink(packet.dstHi(), packet.dstLo());
        if (packet.isIpv6()) {
            gateway6Mac = onLink ? gateway6Mac : to;
        } else if (!onLink) {
            gatewayMac = to;
        } else if (to == gatewayMac && configured.isEmpty()) {
            prefix = Math.min(MAX_PREFIX, common(clientAddress, (int) packet.dstLo()) + 1);
        }
    }

    /** An ARP packet of the client passes. */
    void arpFromClient(int sender, long mac, long tags, int target) {
        if (sender == 0) {
            return;
        }
        learnClient(0, IpAddress.mapped(sender), mac, tags);
        if (configured.isEmpty() && target != sender) {
            prefix = Math.max(MIN_PREFIX, Math.min(prefix, common(sender, target)));
        }
    }

    /** The client solicits an address with this high half, which it does only for neighbours. */
    void solicitedByClient(long targetHi) {
        if (targetHi != 0 && !isOnLink6(targetHi)) {
            linkPrefixes[nextLinkPrefix] = targetHi;
            nextLinkPrefix = (nextLinkPrefix + 1) % LINK_PREFIXES;
        }
    }

    private void learnClient(long hi, long lo, long mac, long tags) {
        clients.learn(hi, lo, mac, tags);
        clientMac = mac;
        if (IpAddress.isMapped(hi, lo)) {
            clientAddress = (int) lo;
        }
    }

    /** Something from the network passes: IP, or an ARP packet's sender. */
    void fromNetwork(long hi, long lo, long mac) {
        if (mac != 0 && !Ethernet.isGroup(mac) && mac != ourMac && isHost(hi, lo)) {
            remotes.learn(hi, lo, mac, 0);
        }
    }

    private static boolean isHost(long hi, long lo) {
        return IpAddress.isMapped(hi, lo)
                ? IcmpResponder.isHost(hi, lo)
                : hi >>> 56 != 0xFF && (hi | lo) != 0;
    }

    private static int common(int a, int b) {
        return Integer.numberOfLeadingZeros(a ^ b);
    }

    // ---- asking; 0 means unknown

    /** The MAC of a client, or of the one that was last heard. */
    long clientMac(long hi, long lo) {
        return clientMac(hi, lo, clientMac);
    }

    /** The MAC of a client, or another where it is not known. */
    long clientMac(long hi, long lo, long otherwise) {
        int known = clients.find(hi, lo);
        return known == MacTable.NONE ? otherwise : clients.mac(known);
    }

    /** The VLAN tags that a client's frames bear. */
    long clientTags(long hi, long lo) {
        int known = clients.find(hi, lo);
        return known == MacTable.NONE ? 0 : clients.tags(known);
    }

    /** By which MAC the client itself reaches an address; may be ours, where we gave it for a dead original. */
    long chosenByClient(long hi, long lo) {
        int known = chosenByClient.find(hi, lo);
        return known == MacTable.NONE ? 0 : chosenByClient.mac(known);
    }

    /** The MAC that frames of an address came from. */
    long remoteMac(long hi, long lo) {
        int known = remotes.find(hi, lo);
        return known == MacTable.NONE ? 0 : remotes.mac(known);
    }

    long gatewayMac(boolean ipv6) {
        return ipv6 ? gateway6Mac : gatewayMac;
    }

    boolean isOnLink(long hi, long lo) {
        return IpAddress.isMapped(hi, lo) ? isOnLink((int) lo) : isOnLink6(hi);
    }

    private boolean isOnLink6(long hi) {
        boolean known = Ndp.isLinkLocal(hi);
        for (long linkPrefix : linkPrefixes) {
            known |= linkPrefix != 0 && linkPrefix == hi;
        }
        return known;
    }

    private boolean isOnLink(int address) {
        return configured.isPresent()
                ? configured.get().contains(0, IpAddress.mapped(address))
                : clientAddress != 0 && common(clientAddress, address) >= prefix;
    }

    /** Our own MAC, which is told for dead originals. */
    long ourMac() {
        return ourMac;
    }
}

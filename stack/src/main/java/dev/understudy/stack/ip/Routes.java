package dev.understudy.stack.ip;

import dev.understudy.stack.wire.IpAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Where a packet goes next (RFC 1122 §3.3.1): to its destination, if that is on the link, or to a gateway. The longest prefix
 * wins. A handful of entries, kept longest first and looked through in order; a look-up allocates nothing.
 */
public final class Routes {
    private record Route(long hi, long lo, int bits, long gatewayHi, long gatewayLo) {
        boolean onLink() {
            return (gatewayHi | gatewayLo) == 0;
        }
    }

    private final List<Route> routes = new ArrayList<>();
    private long hopHi;
    private long hopLo;

    /** Addresses of a network are on the link. */
    public void onLink(Prefix network) {
        add(network, 0, 0);
    }

    /** Addresses of a network are behind a gateway, which is on the link. */
    public void via(Prefix network, IpAddress gateway) {
        if (network.address().isIpv4() != gateway.isIpv4()) {
            throw new IllegalArgumentException(network + " cannot be reached by way of " + gateway);
        }
        add(network, gateway.hi(), gateway.lo());
    }

    /** Everything of the gateway's family that no other route knows is behind it. */
    public void defaultVia(IpAddress gateway) {
        String all = gateway.isIpv4() ? "0.0.0.0/0" : "::/0";
        via(Prefix.parse(all), gateway);
    }

    private void add(Prefix network, long gatewayHi, long gatewayLo) {
        routes.add(
                new Route(
                        network.address().hi(),
                        network.address().lo(),
                        network.bits(),
                        gatewayHi,
                        gatewayLo));
        routes.sort(Comparator.comparingInt(Route::bits).reversed());
    }

    /** Finds the next hop, which {@link #hopHi} and {@link #hopLo} then tell; false if there is no way. */
    public boolean find(long hi, long lo) {
        for (int i = 0; i < routes.size(); i++) {
            Route route = routes.get(i);
            if (Prefix.matches(hi, lo, route.hi, route.lo, route.bits)
                    && (route.bits > 0 || !IpAddress.isMapped(hi, lo))) {
                hopHi = route.onLink() ? hi : route.gatewayHi;
                hopLo = route.onLink() ? lo : route.gatewayLo;
                return true;
            }
        }
        return false;
    }

    public long hopHi() {
        return hopHi;
    }

    public long hopLo() {
        return hopLo;
    }
}

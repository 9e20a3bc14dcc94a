package dev.understudy.dispatcher.session.sim;

import dev.understudy.stack.wire.IpAddress;
import dev.understudy.stack.wire.Packet;

/** A machine on the client side. */
interface Caller {
    IpAddress address();

    void receive(Packet packet);

    /** Does what its application does next. */
    void step();
}

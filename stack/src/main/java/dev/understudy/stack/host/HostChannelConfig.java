package dev.understudy.stack.host;

import dev.understudy.stack.tcp.TcpConnection;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.WriteBufferWaterMark;
import java.util.Map;

/**
 * The options of a {@link HostChannel}: Netty's own, and
 *
 * <table>
 * <caption>Options of TCP</caption>
 * <tr><th>option</th><th>default</th><th></th></tr>
 * <tr><td>{@code TCP_NODELAY}</td><td>true</td><td>Nagle's algorithm off, as Netty's own channels have it</td></tr>
 * <tr><td>{@code SO_KEEPALIVE}</td><td>false</td><td>with the times of the host's TCP configuration</td></tr>
 * <tr><td>{@code SO_SNDBUF}, {@code SO_RCVBUF}</td><td>the host's</td><td>bytes; the window scale is agreed on with the SYN, so
 * that a receive buffer is best set before</td></tr>
 * <tr><td>{@code SO_LINGER}</td><td>-1</td><td>0: close resets. Other values are accepted, and do nothing: closing never waits</td></tr>
 * <tr><td>{@code ALLOW_HALF_CLOSURE}</td><td>false</td><td>the peer's FIN is an event, and does not close</td></tr>
 * </table>
 */
final class HostChannelConfig extends DefaultChannelConfig {
    private final HostChannel owner;
    private boolean noDelay = true;
    private boolean keepAlive;
    private boolean halfClosure;
    private int linger = -1;
    private int sendBuffer;
    private int receiveBuffer;

    HostChannelConfig(HostChannel channel) {
        super(channel);
        owner = channel;
        setWriteBufferWaterMark(WriteBufferWaterMark.DEFAULT);
    }

    boolean allowHalfClosure() {
        return halfClosure;
    }

    /** Gives a new connection what was set before it existed. */
    void apply(TcpConnection connection) {
        connection.noDelay(noDelay);
        if (keepAlive) {
            connection.keepAlive(true);
        }
        if (linger == 0) {
            connection.lingerZero(true);
        }
        if (sendBuffer > 0) {
            connection.sendBuffer(sendBuffer);
        }
        if (receiveBuffer > 0) {
            connection.receiveBuffer(receiveBuffer);
        }
    }

    @Override
    public Map<ChannelOption<?>, Object> getOptions() {
        return getOptions(
                super.getOptions(),
                ChannelOption.TCP_NODELAY,
                ChannelOption.SO_KEEPALIVE,
                ChannelOption.SO_SNDBUF,
                ChannelOption.SO_RCVBUF,
                ChannelOption.SO_LINGER,
                ChannelOption.ALLOW_HALF_CLOSURE);
    }

    @Override
    @SuppressWarnings("unchecked") // an option's type is the one it was declared with
    public <T> T getOption(ChannelOption<T> option) {
        if (option.equals(ChannelOption.TCP_NODELAY)) {
            return (T) Boolean.valueOf(noDelay);
        }
        if (option.equals(ChannelOption.SO_KEEPALIVE)) {
            return (T) Boolean.valueOf(keepAlive);
        }
        if (option.equals(ChannelOption.ALLOW_HALF_CLOSURE)) {
            return (T) Boolean.valueOf(halfClosure);
        }
        if (option.equals(ChannelOption.SO_LINGER)) {
            return (T) Integer.valueOf(linger);
        }
        if (option.equals(ChannelOption.SO_SNDBUF)) {
            return (T) Integer.valueOf(sendBuffer);
        }
        if (option.equals(ChannelOption.SO_RCVBUF)) {
            return (T) Integer.valueOf(receiveBuffer);
        }
        return super.getOption(option);
    }

    @Override
    public <T> boolean setOption(ChannelOption<T> option, T value) {
        if (option.equals(ChannelOption.TCP_NODELAY)) {
            noDelay = (Boolean) value;
            owner.withConnection(connection -> connection.noDelay(noDelay));
        } else if (option.equals(ChannelOption.SO_KEEPALIVE)) {
            keepAlive = (Boolean) value;
            owner.withConnection(connection -> connection.keepAlive(keepAlive));
        } else if (option.equals(ChannelOption.ALLOW_HALF_CLOSURE)) {
            halfClosure = (Boolean) value;
        } else if (option.equals(ChannelOption.SO_LINGER)) {
            linger = (Integer) value;
            owner.withConnection(connection -> connection.lingerZero(linger == 0));
        } else if (option.equals(ChannelOption.SO_SNDBUF)) {
            sendBuffer = (Integer) value;
            owner.withConnection(connection -> connection.sendBuffer(sendBuffer));
        } else if (option.equals(ChannelOption.SO_RCVBUF)) {
            receiveBuffer = (Integer) value;
            owner.withConnection(connection -> connection.receiveBuffer(receiveBuffer));
        } else {
            return super.setOption(option, value);
        }
        return true;
    }
}

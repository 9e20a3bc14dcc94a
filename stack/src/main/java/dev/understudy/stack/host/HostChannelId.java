package dev.understudy.stack.host;

import io.netty.channel.ChannelId;
import java.util.concurrent.ThreadLocalRandom;

/** Not Netty's own kind, which looks the machine's hardware addresses up when the first one is made, and is ten times larger. */
record HostChannelId(long value) implements ChannelId {
    private static final long serialVersionUID = 1L;

    static HostChannelId random() {
        return new HostChannelId(ThreadLocalRandom.current().nextLong());
    }

    @Override
    public String asShortText() {
        return Long.toHexString(value);
    }

    @Override
    public String asLongText() {
        return asShortText();
    }

    @Override
    public int compareTo(ChannelId other) {
        return asLongText().compareTo(other.asLongText());
    }
}

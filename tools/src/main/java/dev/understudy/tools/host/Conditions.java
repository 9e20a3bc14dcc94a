package dev.understudy.tools.host;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.OptionalLong;

/** The conditions of a request (RFC 9110 §13), as far as a file server needs them. */
final class Conditions {
    private Conditions() {}

    /** Whether what the client has is still what there is: If-None-Match, else If-Modified-Since. */
    static boolean notModified(HttpHeaders asked, FileStore.Entry entry) {
        String tags = asked.get(HttpHeaderNames.IF_NONE_MATCH);
        if (tags != null) {
            for (String tag : tags.split(",", -1)) {
                String bare = tag.strip();
                if (bare.equals("*")
                        || (bare.startsWith("W/") ? bare.substring(2) : bare)
                                .equals(entry.etag())) {
                    return true;
                }
            }
            return false;
        }
        String since = asked.get(HttpHeaderNames.IF_MODIFIED_SINCE);
        if (since == null) {
            return false;
        }
        OptionalLong then = HttpDates.parse(since);
        return then.isPresent() && entry.modifiedMillis() / 1000 <= then.getAsLong() / 1000;
    }

    /** Whether a range may be sent: there is no If-Range, or it names the very file that there is. */
    static boolean rangeHolds(HttpHeaders asked, FileStore.Entry entry) {
        String condition = asked.get(HttpHeaderNames.IF_RANGE);
        if (condition == null) {
            return true;
        }
        if (condition.startsWith("\"")) {
            return condition.equals(entry.etag());
        }
        OptionalLong then = HttpDates.parse(condition);
        return then.isPresent() && then.getAsLong() / 1000 == entry.modifiedMillis() / 1000;
    }
}

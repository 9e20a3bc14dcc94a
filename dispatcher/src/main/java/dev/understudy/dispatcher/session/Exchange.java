package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.protocol.HttpRequest;
import dev.understudy.dispatcher.protocol.HttpResponse;
import dev.understudy.dispatcher.service.Server;
import java.util.List;
import java.util.Optional;

/** One request of a {@link Conversation}, and its answer as far as that has come. */
final class Exchange {
    final HttpRequest request;

    /** The servers that hold what it asks for, best first; empty if any server of the service will do. */
    final Optional<List<Server>> holders;

    /** The final response; null while its status is not known. */
    HttpResponse answer;

    /** Its answer is the client's, whatever it says: no other server is asked any more. */
    boolean settled;

    Exchange(HttpRequest request, Optional<List<Server>> holders) {
        this.request = request;
        this.holders = holders;
    }

    /** Whether the last byte of its answer has come, as far as its framing tells. */
    boolean complete(long offset) {
        return answer != null && answer.bodyEnd() >= 0 && offset >= answer.bodyEnd();
    }

    /** Whether the request may be executed twice (RFC 9110 §9.2.2). */
    boolean repeatable() {
        return request.idempotent();
    }

    /** Whether a server can play this part. */
    boolean fits(Server server) {
        return holders.isEmpty() || holders.get().contains(server);
    }
}

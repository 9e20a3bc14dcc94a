package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.config.Route;
import dev.understudy.dispatcher.protocol.HttpRequest;
import dev.understudy.dispatcher.protocol.HttpResponse;
import dev.understudy.dispatcher.service.Server;
import java.util.List;
import java.util.Optional;

/** One request of a {@link Conversation}, who is to serve it, and its answer as far as that has come. */
final class Exchange {
    final HttpRequest request;

    /** Whether it is known who holds what it asks for; until then it waits. */
    private boolean decided;

    /** The servers that hold what it asks for, best first; empty if any server of the service will do. */
    private Optional<List<Server>> holders = Optional.empty();

    private Optional<Route> route = Optional.empty();

    /** Its head has gone out altered (P35). */
    boolean rewritten;

    /** The final response; null while its status is not known. */
    HttpResponse answer;

    /** Its answer is the client's, whatever it says: no other server is asked any more. */
    boolean settled;

    Exchange(HttpRequest request) {
        this.request = request;
    }

    /** Any server of the service will do. */
    void decideForAny() {
        decided = true;
    }

    /** These servers hold it, by that route if by any. */
    void decide(List<Server> servers, Optional<Route> by) {
        holders = Optional.of(servers);
        route = by;
        decided = true;
    }

    boolean decided() {
        return decided;
    }

    Optional<List<Server>> holders() {
        return holders;
    }

    Optional<Route> route() {
        return route;
    }

    /** Whether the dispatcher answers it itself (P36). */
    boolean redirected() {
        return route.isPresent() && route.get().redirect().isPresent();
    }

    /** Whether it must not go out as it is, and has not gone out otherwise yet. */
    boolean awaitsRewriting() {
        return !rewritten && route.isPresent() && route.get().rewrite().isPresent();
    }

    /** Whether a server may have it as it is. */
    boolean fits(Server server) {
        return decided && !redirected() && (holders.isEmpty() || holders.get().contains(server));
    }

    /** The head that goes out in place of the client's. */
    byte[] rewrite(byte[] head) {
        return route.flatMap(r -> r.rewrite().map(w -> w.apply(head, request, r.pattern())))
                .orElse(head);
    }

    /** Whether the last byte of its answer has come, as far as its framing tells. */
    boolean complete(long offset) {
        return answer != null && answer.bodyEnd() >= 0 && offset >= answer.bodyEnd();
    }

    /** Whether the request may be executed twice (RFC 9110 §9.2.2), or is declared to be safe. */
    boolean repeatable() {
        return request.idempotent() || route.isPresent() && route.get().replaySafe();
    }
}

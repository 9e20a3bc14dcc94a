package dev.understudy.dispatcher.protocol;

import java.util.Optional;

/** Asks for the rest of a response that broke off (RFC 9110 §13.1.5, §14.2). */
public final class RangeRequest {
    private RangeRequest() {}

    /**
     * What the rest may be asked for by: a strong ETag, else a Last-Modified that is strong, which it is if the response is
     * dated at least a second later (RFC 9110 §8.8.2.2). Without one, nothing proves that the two halves belong together.
     */
    public static Optional<String> validator(HttpResponse response) {
        return response.strongEtag().or(() -> HttpDate.strongLastModified(response));
    }

    /** Whether the rest of a response can be asked for: a 200 of known validator, with byte ranges, to a plain GET. */
    public static boolean possible(HttpRequest request, HttpResponse response) {
        return request.method().equals("GET")
                && !request.range()
                && response.status() == 200
                && response.acceptsRanges()
                && validator(response).isPresent();
    }

    /**
     * The stored head with the two fields added.
     *
     * @param head of a request without a Range of its own, complete
     * @param from content bytes that the client has, or will have
     */
    public static byte[] of(byte[] head, long from, String validator) {
        return new HeadEdit(head)
                .remove("If-Range")
                .remove("Range")
                .add("Range", "bytes=" + from + "-")
                .add("If-Range", validator)
                .bytes();
    }

    /**
     * Whether an answer is the rest of an earlier one: a 206 from exactly there to the end, of the same length in all and with
     * the same validator and coding.
     */
    public static boolean continues(
            HttpResponse first, HttpResponse rest, long from, String validator) {
        Optional<ContentRange> range = rest.contentRange().flatMap(ContentRange::parse);
        boolean same =
                validator.startsWith("\"")
                        ? rest.strongEtag().equals(Optional.of(validator))
                        : rest.lastModified().equals(Optional.of(validator));
        return rest.status() == 206
                && same
                && range.isPresent()
                && range.get().first() == from
                && range.get().last() == range.get().whole() - 1
                && (first.framing() != Framing.LENGTH || range.get().whole() == first.bodyLength())
                && first.contentEncoding().equals(rest.contentEncoding());
    }
}

package dev.understudy.dispatcher.session;

import dev.understudy.dispatcher.translate.LegOptions;
import dev.understudy.dispatcher.translate.SequenceMap;
import dev.understudy.dispatcher.translate.Translation;
import dev.understudy.dispatcher.translate.TranslationDrops;

/** How a client's leg and that of another server than it began with are joined: what differs, by which all is translated. */
final class Joining {
    private Joining() {}

    /**
     * A server that has got the oldest request: its first byte is the client leg's {@link Session#downBase}.
     *
     * @param said the TSval of its SYN+ACK; what is to be echoed to the client if it has no timestamps
     * @param growth how much longer the request is on its leg
     * @return null if nothing but addresses and ports differs
     */
    static Translation replayed(
            Session session,
            ServerLeg leg,
            int said,
            int growth,
            TranslationDrops drops,
            long now) {
        LegOptions clientLeg = session.clientOptions;
        int delta = SequenceMap.delta(leg.received, session.downBase);
        boolean twoClocks = clientLeg.timestamps() && leg.options.timestamps();
        if (growth == 0 && !Translation.needed(clientLeg, leg.options, delta, twoClocks)) {
            return null;
        }
        SequenceMap down = new SequenceMap(delta);
        if (session.downBase != session.serverIsn + 1) {
            down.splice(leg.received, session.downBase, session.downNxt);
        }
        return joined(session, leg, growth, down, said, drops, now);
    }

    /** A server that goes on in the middle of an answer: its byte {@code position} is the client leg's {@code image}. */
    static Translation spliced(
            Session session,
            ServerLeg leg,
            int growth,
            int position,
            int image,
            TranslationDrops drops,
            long now) {
        SequenceMap down = new SequenceMap(0);
        down.splice(position, image, session.downNxt);
        int said = leg.options.timestamps() ? leg.tsVal : session.conversation.clientTsVal;
        return joined(session, leg, growth, down, said, drops, now);
    }

    private static Translation joined(
            Session session,
            ServerLeg leg,
            int growth,
            SequenceMap down,
            int said,
            TranslationDrops drops,
            long now) {
        SequenceMap up = new SequenceMap(-growth);
        return new Translation(session.clientOptions, leg.options, up, down, drops)
                .timestamps(session.lastTsVal, said, now);
    }
}

package dev.understudy.dispatcher.attach;

import dev.understudy.stack.ip.Timed;
import dev.understudy.stack.wire.IpAddress;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Which neighbours the client asks for, by ARP or NDP, and who is answered for because he does not do so himself (proxy ARP,
 * RFC 1027; RFC 4861 §7.2.8): an original for which nobody answers within {@link #PATIENCE_NANOS}, or at once if it is known
 * to be dead or was answered for before. A word of the original itself ends that.
 *
 * <p>At most {@value #LIMIT} questions and as many answered originals are remembered; the oldest goes.
 */
final class ClientQuestions implements Timed {
    /** Shorter than the second after which a client asks again. */
    static final long PATIENCE_NANOS = 900_000_000L;

    static final int LIMIT = 256;
    static final int ASKED_SECONDS = 3;

    private static final long ASKED_NANOS = ASKED_SECONDS * 1_000_000_000L;
    private static final long NEVER = Long.MAX_VALUE;

    /**
     * A question of the client.
     *
     * @param direct whether only the target was asked, by the MAC that it is believed to have
     */
    record Question(
            IpAddress target, IpAddress sender, long mac, long tags, boolean direct, long at) {}

    private final Consumer<Question> answerer;

    /** The last question for each target, oldest first. */
    private final LinkedHashMap<IpAddress, Question> questions = new LinkedHashMap<>();

    /** Questions for originals that nobody has answered yet, in the order of their deadlines. */
    private final ArrayDeque<Question> unanswered = new ArrayDeque<>();

    /** Originals answered for, oldest first. */
    private final LinkedHashMap<IpAddress, Question> answeredFor = new LinkedHashMap<>();

    private Originals originals;

    /** {@code answerer} tells the client that its target is with us. */
    ClientQuestions(Consumer<Question> answerer) {
        this.answerer = answerer;
    }

    void connect(Originals who) {
        originals = who;
    }

    /** The client asks. */
    void asked(Question question, long now) {
        IpAddress target = question.target;
        questions.remove(target);
        questions.put(target, question);
        dropOldest(questions);
        if (!originals.isOriginal(target.hi(), target.lo())) {
            return;
        }
        if (answeredFor.containsKey(target) || originals.isDead(target.hi(), target.lo(), now)) {
            answer(question);
        } else if (!isWaiting(question) && unanswered.size() < LIMIT) {
            unanswered.add(question);
        }
    }

    /** A client that repeats its question does not wait longer for that. */
    private boolean isWaiting(Question question) {
        for (Question waiting : unanswered) {
            if (waiting.target.equals(question.target) && waiting.sender.equals(question.sender)) {
                return true;
            }
        }
        return false;
    }

    private static void dropOldest(Map<IpAddress, Question> map) {
        if (map.size() > LIMIT) {
            Iterator<IpAddress> oldest = map.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
    }

    private void answer(Question question) {
        answeredFor.remove(question.target);
        answeredFor.put(question.target, question);
        dropOldest(answeredFor);
        answerer.accept(question);
    }

    /** Somebody speaks for himself. */
    void heard(IpAddress who) {
        answeredFor.remove(who);
        unanswered.removeIf(question -> question.target.equals(who));
    }

    /** Whether the client asked for somebody a moment ago. */
    boolean asksFor(IpAddress target, long now) {
        Question question = questions.get(target);
        return question != null && now - question.at <= ASKED_NANOS;
    }

    @Override
    public long nextDeadline() {
        Question first = unanswered.peek();
        return first == null ? NEVER : first.at + PATIENCE_NANOS;
    }

    @Override
    public void onDeadline(long now) {
        for (Question first = unanswered.peek();
                first != null && first.at + PATIENCE_NANOS <= now;
                first = unanswered.peek()) {
            answer(unanswered.remove());
        }
    }
}

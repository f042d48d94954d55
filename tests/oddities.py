"""What a random walk watches in the database: every move of a state, and what must never be found."""

from collections.abc import Mapping

from libs.peer.approvals import rules as approvals
from libs.peer.callouts import rules as callouts
from libs.peer.exchanges import rules as exchanges
from libs.peer.followups import rules as followups
from libs.peer.offers import rules as offers

TABLES: dict[str, Mapping[str, tuple[frozenset[str], str]]] = {
    "callout": {str(act): move for act, move in callouts.MOVES.items()},
    "offer": offers.MOVES,
    "page": offers.PAGE_MOVES,
    "approval": approvals.MOVES,
    "follow_up": followups.MOVES,
    "exchange": exchanges.MOVES,
}
"""Which moves there are, by what moves."""
WATCH = """
    CREATE TABLE public.test_move (kind text, old text, new text);
    CREATE FUNCTION public.test_note_move() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
        $$ BEGIN INSERT INTO public.test_move VALUES (TG_TABLE_NAME, OLD.state, NEW.state); RETURN NULL; END $$;
    CREATE TRIGGER test_watch AFTER UPDATE OF state ON shared.callout FOR EACH ROW
        WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION public.test_note_move();
    CREATE TRIGGER test_watch AFTER UPDATE OF state ON shared.offer FOR EACH ROW
        WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION public.test_note_move();
    CREATE TRIGGER test_watch AFTER UPDATE OF state ON shared.page FOR EACH ROW
        WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION public.test_note_move();
    CREATE TRIGGER test_watch AFTER UPDATE OF state ON shared.approval FOR EACH ROW
        WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION public.test_note_move();
    CREATE TRIGGER test_watch AFTER UPDATE OF state ON shared.follow_up FOR EACH ROW
        WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION public.test_note_move();
    CREATE TRIGGER test_watch AFTER UPDATE OF state ON shared.exchange FOR EACH ROW
        WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION public.test_note_move();
"""
PHONE_ALONE = """
    INSERT INTO shared.own_limits (peer_id, region_id, modalities, wakes_for_now, gender, knows_calls, not_for)
    SELECT id, region_id, '{phone}', false, 'not_said', false, '{}' FROM shared.member WHERE id = ANY($1)
"""
"""These do not meet anybody."""
UNWATCH = """
    DROP TRIGGER test_watch ON shared.callout; DROP TRIGGER test_watch ON shared.offer;
    DROP TRIGGER test_watch ON shared.page; DROP TRIGGER test_watch ON shared.approval;
    DROP TRIGGER test_watch ON shared.follow_up; DROP TRIGGER test_watch ON shared.exchange;
    DROP FUNCTION public.test_note_move; DROP TABLE public.test_move;
"""
ODD = {
    "two winners": """
        SELECT callout_id FROM shared.offer WHERE state = 'accepted' GROUP BY callout_id HAVING count(*) > 1""",
    "a winner that the callout does not know": """
        SELECT c.id FROM shared.callout c WHERE c.state IN ('accepted', 'in_contact') AND NOT EXISTS (
            SELECT FROM shared.offer o
            WHERE o.callout_id = c.id AND o.peer_id = c.accepted_by AND o.state = 'accepted')""",
    "asked without a copy": """
        SELECT c.id FROM shared.callout c JOIN shared.offer o ON o.callout_id = c.id AND o.state = 'open'
        WHERE NOT EXISTS (SELECT FROM shared.copy p WHERE p.callout_id = c.id AND p.peer_id = o.peer_id)""",
    "asked while nobody should be": """
        SELECT c.id FROM shared.callout c JOIN shared.offer o ON o.callout_id = c.id AND o.state = 'open'
        WHERE c.state <> CASE WHEN o.is_hand_over THEN 'accepted' ELSE 'paging' END""",
    "asked in a round that is over": """
        SELECT c.id FROM shared.callout c JOIN shared.offer o ON o.callout_id = c.id AND o.state = 'open'
        WHERE o.epoch <> c.epoch""",
    "paged after the time to answer": """
        SELECT p.id FROM shared.page p JOIN shared.offer o ON o.id = p.offer_id
        WHERE p.handed_over_at > o.expires_at""",
    "a page that waits for an offer that is over": """
        SELECT p.id FROM shared.page p JOIN shared.offer o ON o.id = p.offer_id
        WHERE p.state = 'waiting' AND o.state <> 'open'""",
    "one peer asked for two": """
        SELECT peer_id FROM shared.offer WHERE state = 'open' GROUP BY peer_id HAVING count(*) > 1""",
    "asked after the end": """
        SELECT c.id FROM shared.callout c JOIN shared.offer o ON o.callout_id = c.id WHERE o.offered_at > c.ended_at""",
    "neither a person nor a clock": """
        SELECT c.id FROM shared.callout c WHERE c.state NOT IN ('closed', 'withdrawn', 'declined')
        AND NOT (c.next_at > shared.clock() AND EXISTS (
            SELECT FROM shared.job j
            WHERE j.subject_id = c.id AND j.state = 'waiting' AND j.due_at > shared.clock()))""",
    "asked or in charge while suspended": """
        SELECT m.id FROM shared.member m WHERE m.suspended_on IS NOT NULL AND (
            EXISTS (SELECT FROM shared.offer o WHERE o.peer_id = m.id AND o.state = 'open')
            OR EXISTS (SELECT FROM shared.callout c
                       WHERE c.accepted_by = m.id AND c.state IN ('accepted', 'in_contact')))""",
    "a colleague asked to take over what nobody has, or for ever": """
        SELECT id FROM shared.callout WHERE hand_to IS NOT NULL
        AND (state <> 'accepted' OR hand_to = accepted_by OR hand_until IS NULL OR hand_until <= shared.clock())""",
    "a colleague asked by name who was not named": """
        SELECT o.id FROM shared.offer o JOIN shared.callout c ON c.id = o.callout_id
        WHERE o.state = 'open' AND o.is_hand_over AND o.peer_id IS DISTINCT FROM c.hand_to""",
    "closed as unreached without two attempts that count": """
        SELECT id FROM shared.callout c WHERE end_reason = 'unreached' AND 2 > (
            SELECT count(*) FROM shared.contact_attempt a
            WHERE a.callout_id = c.id AND a.epoch = c.epoch AND a.kind = ANY (ARRAY['message', 'bridged']))""",
    "given up": "SELECT kind FROM shared.job WHERE state = 'failed'",
    "an approval that says otherwise than its callout": """
        SELECT a.id FROM shared.approval a JOIN shared.callout c ON c.approval_id = a.id
        WHERE a.state IN ('approved', 'declined', 'handed_on')
              AND (a.state, a.decided_by) IS DISTINCT FROM (c.decision, c.decided_by)
           OR a.state = 'withdrawn' AND c.state = 'pending_approval'
           OR a.state = 'waiting' AND c.state <> 'pending_approval'""",
    "checked on by somebody who may not know": """
        SELECT f.id FROM shared.follow_up f JOIN shared.callout c ON c.id = f.callout_id
        WHERE f.peer_id IS DISTINCT FROM c.accepted_by AND f.peer_id IS NOT NULL AND f.peer_id <> ALL (f.watchers)""",
    "no way to somebody who is to be checked on": """
        SELECT f.id FROM shared.follow_up f JOIN shared.callout c ON c.id = f.callout_id
        WHERE f.state = 'planned' AND c.home_id IS NULL""",
    "paged before anybody decided": """
        SELECT o.id FROM shared.offer o JOIN shared.callout c ON c.id = o.callout_id
        WHERE c.approval_id IS NOT NULL AND c.decision IS DISTINCT FROM 'approved'""",
    "asked to meet, and does not": """
        SELECT o.id FROM shared.offer o JOIN shared.callout c ON c.id = o.callout_id
        JOIN shared.own_limits l ON l.peer_id = o.peer_id AND 'in_person' <> ALL (l.modalities)
        WHERE o.state = 'open' AND c.channel = 'in_person' AND NOT c.is_remote_only AND 'in_person' <> ALL (c.unmet)""",
    "alive in two regions": """
        SELECT exchange_id FROM shared.callout WHERE exchange_id IS NOT NULL
        AND state NOT IN ('closed', 'withdrawn', 'declined') GROUP BY exchange_id HAVING count(*) > 1""",
    "gone over and in neither region": """
        SELECT x.id FROM shared.exchange x JOIN shared.callout c ON c.exchange_id = x.id AND c.region_id = x.region_id
        WHERE c.decline_reason = 'handed_on' AND (x.outcome IS DISTINCT FROM 'taken' OR NOT EXISTS (
            SELECT FROM shared.callout g WHERE g.region_id = x.helping_id AND g.state <> 'declined'))""",
    "gone over without a yes of the requester's": """
        SELECT c.id FROM shared.callout c JOIN shared.exchange x ON x.id = c.exchange_id AND x.helping_id = c.region_id
        WHERE c.state NOT IN ('closed', 'withdrawn') AND x.outcome IS DISTINCT FROM 'taken'""",
    "another region asked for what waits no longer": """
        SELECT x.id FROM shared.exchange x LEFT JOIN shared.callout c
            ON c.exchange_id = x.id AND c.region_id = x.region_id
        WHERE x.state <> 'closed' AND c.state IS DISTINCT FROM 'pending_approval'""",
    "before the managers of a region that is no longer asked": """
        SELECT a.id FROM shared.approval a JOIN shared.exchange x ON x.id = a.id
        WHERE a.state IN ('waiting', 'applying') AND x.state <> 'requested'""",
    "another region asked in vain for longer than its time": """
        SELECT id FROM shared.exchange WHERE state = 'offered' AND offered_until + interval '2 min' < shared.clock()""",
    "traces of what was withdrawn": """
        SELECT id FROM shared.callout WHERE state = 'withdrawn' AND (home_id IS NOT NULL OR request_id IS NOT NULL)""",
}
"""What must never be found, each with the statement that would find it."""

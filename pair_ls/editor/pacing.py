"""When to send the next edit to an editor whose user may be typing. Pure.

Promise: edits go out at once as long as they are accepted. When they are refused, requests stay within three per
remote change, by waiting for ever longer pauses in the typing; none of them makes anybody wait 300 ms in a pause,
unless the editor itself takes longer than 120 ms to answer.
"""

_RETRY_SECONDS = 0.03  # without a sign of what the user did; twice as long each time, for the buffer may be read-only
_LONGEST_RETRY_SECONDS = 5.0
_LONGEST_PAUSE_SECONDS = 1.0
_PATIENCE_SECONDS = 2.0  # somebody who never pauses still gets the text; twice as long after each request too many
_MOST_DOUBLINGS = 8
_MOST_REQUESTS = 3  # for each change of the shared text


class Pacing:
    """Counts what one binding was asked and what it sent."""

    def __init__(self) -> None:
        self.updates = 0
        self.requests = 0
        self.refusals = 0
        """In a row."""
        self._silent_refusals = 0  # since the last report
        self._changed_at = float("-inf")
        self._not_before = float("-inf")
        self._sent_at = 0.0
        self._answer_seconds = 0.0

    def shared_changed(self) -> None:
        """The shared text has something new for the editor."""
        self.updates += 1

    def editor_changed(self, now: float) -> None:
        """The user did something. Right afterwards is the best moment: what they did before is all known."""
        self._changed_at = self._not_before = now
        self._silent_refusals = 0

    def sent(self, now: float) -> None:
        """A request went out."""
        self.requests += 1
        self._sent_at = now

    def arrived(self) -> None:
        """The edit is in the editor's text."""
        self.refusals = 0

    def went_astray(self) -> None:
        """The edit is in the text at a wrong place: putting it right is one more try, and may go astray as well."""
        self.refusals += 1

    def refused(self, now: float, *, is_overtaken: bool) -> None:
        """The edit came too late. If what overtook it is not known yet, it is on its way: wait for it."""
        self.refusals += 1
        self._answer_seconds = now - self._sent_at
        self._not_before = now
        if not is_overtaken:
            self._not_before += min(_RETRY_SECONDS * 2**self._silent_refusals, _LONGEST_RETRY_SECONDS)
            self._silent_refusals += 1

    def send_at(self, now: float) -> float:
        """When the next request may go out; `now` or earlier means at once."""
        if not self.refusals:
            return now
        patience = _PATIENCE_SECONDS * 2.0 ** min(-min(self.left, 0), _MOST_DOUBLINGS)
        return max(self._not_before, min(self._changed_at + self._pause(), self._sent_at + patience))

    @property
    def left(self) -> int:
        """How many requests may still be made for what has changed."""
        return _MOST_REQUESTS * self.updates - self.requests

    def _pause(self) -> float:
        # An editor that takes long to answer needs a pause as long, or the next key overtakes the edit again.
        answer = min(self._answer_seconds, _LONGEST_PAUSE_SECONDS)
        if self.left <= 1:
            return max(0.25, 2 * answer)  # the last one must not be refused as well
        return max(answer, 0.0 if self.refusals < 20 else 0.06)

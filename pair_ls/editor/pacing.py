"""When to send the next edit to an editor whose user may be typing. Pure.

Promise: edits go out at once as long as they are accepted. When they are refused, requests stay within three per
remote change, by waiting for ever longer pauses in the typing; none of them makes anybody wait 300 ms in a pause.
"""

_RETRY_SECONDS = 0.03  # without a sign of what the user did
_PATIENCE_SECONDS = 2.0  # somebody who never pauses still gets the text
_MOST_REQUESTS = 3  # for each change of the shared text


class Pacing:
    """Counts what one binding was asked and what it sent."""

    def __init__(self) -> None:
        self.updates = 0
        self.requests = 0
        self.refusals = 0
        """In a row."""
        self._changed_at = float("-inf")
        self._not_before = float("-inf")
        self._sent_at = 0.0

    def shared_changed(self) -> None:
        """The shared text has something new for the editor."""
        self.updates += 1

    def editor_changed(self, now: float) -> None:
        """The user did something. Right afterwards is the best moment: what they did before is all known."""
        self._changed_at = self._not_before = now

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
        self._not_before = now if is_overtaken else now + _RETRY_SECONDS

    def send_at(self, now: float) -> float:
        """When the next request may go out; `now` or earlier means at once."""
        if not self.refusals:
            return now
        pause_over = self._changed_at + self._pause()
        return max(self._not_before, min(pause_over, self._sent_at + _PATIENCE_SECONDS))

    @property
    def left(self) -> int:
        """How many requests may still be made for what has changed."""
        return _MOST_REQUESTS * self.updates - self.requests

    def _pause(self) -> float:
        left = self.left
        if left <= 1:
            return 0.25  # the last one must not be refused as well
        return 0.0 if self.refusals < 20 else 0.06

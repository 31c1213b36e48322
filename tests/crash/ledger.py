"""What must be there after a crash, kept outside the server.

A writer says what it is about to change, and what came of it. What was asked for and not answered when the server
died is open: it is settled by what the server shows after the restart, wholly or not at all.
"""

import collections
import threading


class Change:
    """One item by one write: its key, the version before and after (None: no item)."""

    def __init__(self, table, key, before, after):
        self.table, self.key, self.before, self.after = table, key, before, after

    @property
    def item(self):
        return self.table, self.key

    @property
    def event(self):
        if self.before is None:
            return "INSERT"
        return "REMOVE" if self.after is None else "MODIFY"

    def __repr__(self):
        return f"{self.event} {self.table}/{self.key} {self.before} -> {self.after}"


class Write:
    """Changes that were asked for together; `atomic`: all of them or none. `again` repeats it, if that is safe."""

    def __init__(self, changes, atomic=False, again=None):
        self.changes, self.atomic, self.again = changes, atomic, again


class Ledger:
    def __init__(self):
        self.lock = threading.Lock()
        self.state = {}  # (table, key) -> version
        self.history = collections.defaultdict(list)  # (table, key) -> [(event, before, after)]
        self.open = []
        self.acknowledged = 0
        self.shown = set()  # (table, key, version) that a reader was given

    def version(self, table, key):
        return self.state.get((table, key))

    def begin(self, write):
        with self.lock:
            self.open.append(write)

    def acknowledge(self, write):
        with self.lock:
            self.open.remove(write)
            for change in write.changes:
                self._apply(change)
            self.acknowledged += 1

    def refuse(self, write):
        with self.lock:
            self.open.remove(write)

    def show(self, table, key, version):
        with self.lock:
            self.shown.add((table, key, version))

    def _apply(self, change):
        self.history[change.item].append((change.event, change.before, change.after))
        if change.after is None:
            self.state.pop(change.item, None)
        else:
            self.state[change.item] = change.after

    def settle(self, items):
        """Decides what is open by the items that the server has."""
        for write in self.open:
            happened = [items.get(change.item) == change.after for change in write.changes]
            if write.atomic:
                assert all(happened) or not any(happened), f"half of a transaction: {write.changes}, {happened}"
            for change, did in zip(write.changes, happened):
                if did:
                    self._apply(change)
        self.open = []


class QueueLedger:
    """Messages of one queue, told apart by their bodies."""

    def __init__(self):
        self.sent = set()  # and acknowledged, of those that somebody tried to send
        self.maybe_sent = set()
        self.deleted = set()
        self.maybe_deleted = set()

    def check(self, bodies):
        """`bodies` is all that the queue had; it is empty now."""
        lost = self.sent - self.deleted - self.maybe_deleted - set(bodies)
        assert not lost, f"messages lost: {sorted(lost)[:5]}"
        unknown = set(bodies) - self.maybe_sent
        assert not unknown, f"messages that nobody sent: {sorted(unknown)[:5]}"
        back = set(bodies) & self.deleted
        assert not back, f"deleted messages are back: {sorted(back)[:5]}"
        self.deleted = set(self.maybe_sent)  # what was not there now must not come later either


class StreamLedger:
    """Every record that any reader was given, by shard; what was read once must be read the same again."""

    def __init__(self):
        self.lock = threading.Lock()
        self.records = collections.defaultdict(dict)  # shard -> {position: (event id, item, event, before, after)}
        self.trimmed = False  # records may have left the stream since it began

    def last(self, shard):
        with self.lock:
            return max(self.records[shard], default=None)

    def add(self, shard, after, records):
        """Records that follow position `after` (None: the oldest ones) of a shard, without a gap."""
        with self.lock:
            known = self.records[shard]
            last = max(known, default=None)
            position = after
            for record in records:
                found = parse_record(record)
                assert position is None or found[0] == position + 1, f"{shard}: {found[0]} follows {position}"
                position = found[0]
                if last is not None and position <= last:
                    assert known.get(position) == found[1:], (
                        f"{shard} {position} was {known.get(position)} and is now {found[1:]}")
                known[position] = found[1:]

    def check_end(self, shard, first, end):
        """`first` to `end` is what the shard has now (None: nothing)."""
        with self.lock:
            known = self.records[shard]
            last = max(known, default=None)
            if last is not None and not self.trimmed:
                assert end is not None and end >= last, f"{shard} ends at {end}, and {last} has been read"
                assert first == min(known), f"{shard} begins at {first}, and {min(known)} has been read"

    def by_item(self):
        """{(table, key): [(event, before, after)]} in the order of their positions."""
        found = collections.defaultdict(list)
        for records in self.records.values():
            for position, (_, item, event, before, after) in records.items():
                found[item].append((position, event, before, after))
        return {item: [entry[1:] for entry in sorted(entries)] for item, entries in found.items()}

    def event_ids(self):
        """{event id: (item, position)}"""
        return {record[0]: (record[1], position)
                for records in self.records.values() for position, record in records.items()}


def parse_record(record):
    change = record["dynamodb"]
    keys = change["Keys"]
    table = "ordered" if "sk" in keys else "plain"
    key = "/".join(keys[name]["S"] for name in sorted(keys))
    before, after = (int(image["v"]["N"]) if image else None
                     for image in (change.get("OldImage"), change.get("NewImage")))
    return int(change["SequenceNumber"]), record["eventID"], (table, key), record["eventName"], before, after

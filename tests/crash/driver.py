#!/usr/bin/env python3
"""Kills the server again and again while many clients use it; nothing that it acknowledged may be lost.

    python -m tests.crash.driver --kills 1000 --seed 7
    python -m tests.crash.driver --seed 7 --generation 12     # only that one again
    python -m tests.crash.driver --points                     # the places at which it can be made to end

Items, transactions, index rows, stream records, queue messages and the checkpoints of mappings are compared with
ledgers kept outside the server after every kill. A generation is a new data directory with settings of its own and
its share of the kills. MILLRACE_BINARY names the binary; named places and the forgetful disk, on which SIGKILL does
what a power cut would, need one that was built with MILLRACE_CRASH_POINTS, as the dev build is.
"""

import argparse
import collections
import json
import os
import pathlib
import random
import tempfile

from tests.crash.connection import Gone
from tests.crash.workload import Disturber, ItemWriter, QueueClient, Reader
from tests.crash.world import BINARY, World

KILLS_PER_GENERATION = 25
WRITERS = 3
# Writes acknowledged before a kill at a random moment; a named place that is not met until ACKNOWLEDGED_MAX writes
# have been acknowledged is given up for one.
ACKNOWLEDGED = (1, 250)
ACKNOWLEDGED_MAX = 400

# How often a place is passed at most before the server ends there: about as often as it is met in a round.
POINTS = {
    "commit.written": 300, "commit.before-sync": 300, "commit.after-sync": 300, "sync.torn": 300,
    "flush.begun": 8, "table-file.written": 8, "flush.completed": 8, "compaction.completed": 2,
    "open.recovered": 1, "open.begun": 1,
    "trim.begun": 2, "trim.written": 2,
    "split.numbered": 2, "split.assembled": 2, "split.committed": 2,
    "index.step-assembled": 2, "index.stepped": 2, "index.full": 1,
    "checkpoint.begun": 15, "checkpoint.committed": 15,
}


def has_crash_points(binary=BINARY):
    return b"MILLRACE_CRASH_POINT" in pathlib.Path(binary).read_bytes()


class Plan:
    """How one life of the server ends."""

    def __init__(self, chance, points):
        self.point = chance.choice(points) if points and chance.random() < 0.6 else None
        self.passes = chance.randrange(1, POINTS[self.point] + 1) if self.point else 0
        self.acknowledged = ACKNOWLEDGED_MAX if self.point else chance.randrange(*ACKNOWLEDGED)

    def environment(self):
        return {"MILLRACE_CRASH_POINT": f"{self.point}:{self.passes}"} if self.point else {}


class Generation:
    """One data directory and the kills that it lives through."""

    def __init__(self, seed, number, kills, folder, points):
        self.chance = random.Random(f"{seed}/{number}")
        self.kills = kills
        self.deaths = collections.Counter()
        self.points = points
        forgetful = bool(points) and self.chance.random() < 0.7
        memtable = self.chance.choice([1 << 16, 1 << 18])
        disk = f"memtable={memtable}" + (",forgetful" if forgetful else "")
        self.settings = {
            "disk": disk if points else "real",
            "partitions": self.chance.choice([1, 2, 4]),
            # What only the operating system has is lost on the forgetful disk.
            "sync": "always" if forgetful else self.chance.choice(["always", "interval"]),
        }
        self.world = World(folder, number, self.settings)

    def run(self):
        self.world.start()
        self.world.set_up()
        for _ in range(self.kills):
            self.life(Plan(self.chance, self.points))
        self.world.start()
        self.world.compare()
        assert self.world.end() == 0, "the server must stop cleanly"
        return self.deaths

    def life(self, plan):
        """From a start to a kill; what the kill before has left is compared in between."""
        world = self.world
        try:
            world.start(plan.environment())
            world.compare()
            if plan.point and plan.point.startswith("trim"):
                world.let_records_expire()
        except Gone:
            self.deaths[plan.point or "random"] += 1
            assert plan.point, "the server ended by itself"
            world.wait_for_death()
            world.start()
            world.compare()
            return
        self.work(plan)

    def work(self, plan):
        world, chance = self.world, self.chance
        seeds = [random.Random(chance.random()) for _ in range(WRITERS + 3)]
        pause = (5, 40) if plan.point and plan.point.startswith(("split", "index")) else (50, 200)
        clients = [ItemWriter(world, seeds[number], number) for number in range(WRITERS)]
        clients += [Reader(world, seeds[-1]), Disturber(world, seeds[-2], pause), QueueClient(world, seeds[-3])]
        died = world.let_work(clients, plan.acknowledged)
        self.deaths[plan.point if died else "random"] += 1
        assert plan.point or not died, "the server ended by itself"


def run(kills, seed, generations=None, say=print):
    """{place: how often the server ended there}; raises AssertionError for the first difference."""
    points = []
    if has_crash_points():
        points = list(POINTS)
    else:
        say(f"{BINARY} has no crash points: kills at random moments only")
    deaths = collections.Counter()
    count = -(-kills // KILLS_PER_GENERATION)
    for number in generations or range(count):
        share = min(KILLS_PER_GENERATION, kills - number * KILLS_PER_GENERATION)
        folder = tempfile.TemporaryDirectory(prefix="millrace-crash-", ignore_cleanup_errors=True)
        generation = Generation(seed, number, share, pathlib.Path(folder.name), points)
        try:
            deaths += generation.run()
        except BaseException:
            kept = folder._finalizer.detach() and folder.name
            say(f"seed {seed}, generation {number} {generation.settings}: see {kept}")
            raise
        finally:
            generation.world.kill()
        folder.cleanup()
        say(f"generation {number}: {share} kills, {generation.world.ledger.acknowledged} writes acknowledged "
            f"{json.dumps(generation.settings)}")
    return deaths


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--generation", type=int, action="append", help="run only this one; may be repeated")
    parser.add_argument("--points", action="store_true", help="list the named places")
    arguments = parser.parse_args()
    if arguments.points:
        print("\n".join(POINTS))
        return
    print(json.dumps(dict(run(arguments.kills, arguments.seed, arguments.generation)), indent=2))


if __name__ == "__main__":
    main()

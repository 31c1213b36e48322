"""What the suite runs against: clients for an endpoint, and time, as far as the endpoint gives it away.

AWS and most others have only real time: what should happen is polled for, then a quiet period shows that no more
happens. An endpoint with the routes /_millrace/clock, /_millrace/await and /_millrace/status says when nothing is left
to do and lets its clock be moved: then nothing here waits for time to pass.
"""

import http.client
import json
import time
import urllib.parse

import boto3
import botocore.config


# Twice the longest pause of any scenario's mapping: what has not happened by then does not happen.
ADVANCE_SECONDS_MAX = 1800


# How long to let mappings work before looking at them again, and after how many looks without a change they are idle.
LOOK_SECONDS = 0.02
QUIET_LOOKS = 5


class NotSettled(AssertionError):
    """Something was left to do for longer than the suite waits; says what."""


class Watch:
    """Whether mappings get on, from one look at their status to the next."""

    def __init__(self):
        self._before = None
        self.quiet_looks = 0  # in a row, at which no function ran and nothing had changed
        self.is_failing = False

    def look(self, mappings):
        shards = [shard for mapping in mappings for shard in mapping["shards"]]
        running = any(shard["inFlight"] for shard in shards)
        state = [(mapping["state"], mapping["counts"]) for mapping in mappings]
        state.append([shard["handledSequenceNumber"] for shard in shards])
        self.quiet_looks = self.quiet_looks + 1 if state == self._before and not running else 0
        self._before = state
        self.is_failing = any(shard.get("blocked") for shard in shards)


class Target:
    def __init__(self, endpoint=None, region="us-east-1", role="arn:aws:iam::000000000000:role/esm-conformance",
                 credentials=None, function_endpoint=None, restart=None, seconds_max=120, quiet_seconds=5,
                 real_time=False):
        """`endpoint`: a URL; None is AWS. `restart`: restarts the endpoint and returns its URL, if anybody can.
        `seconds_max`: how long to wait for anything. `quiet_seconds`: how long to look for what must not happen. `real_time`: as if the endpoint had no clock."""
        self.endpoint, self.region, self.role = endpoint, region, role
        self.credentials = credentials or {}
        self.function_endpoint = function_endpoint
        self._restart = restart
        self.seconds_max, self.quiet_seconds = seconds_max, quiet_seconds
        self._clients = {}
        controlled = endpoint is not None and not real_time
        self.has_clock = controlled and self._is_there("/_millrace/clock")
        self.has_await = controlled and self._is_there("/_millrace/status")
        self.can_restart = restart is not None

    def client(self, service):
        if service not in self._clients:
            # Scenarios send what no client would let through; retries would hide what an endpoint answers.
            config = botocore.config.Config(
                parameter_validation=False, retries={"max_attempts": 6 if self.endpoint is None else 1},
                read_timeout=120)
            self._clients[service] = boto3.client(
                service, endpoint_url=self.endpoint, region_name=self.region, config=config, **self.credentials)
        return self._clients[service]

    def restart(self):
        self.endpoint = self._restart()
        self._clients.clear()

    # Time.

    def now(self):
        """Seconds since the epoch by the endpoint's clock."""
        if not self.has_clock:
            return time.time()
        moment = self._control("GET", "/_millrace/clock")["now"]
        return time.mktime(time.strptime(moment[:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone

    def freeze(self):
        if self.has_clock:
            self._control("POST", "/_millrace/clock", {"freeze": True})

    def advance(self, seconds):
        if self.has_clock:
            self._control("POST", "/_millrace/clock", {"advanceSeconds": seconds})
        else:
            time.sleep(seconds)

    def poll(self, is_done, what):
        """Until is_done() is true."""
        deadline = time.monotonic() + self.seconds_max
        while not is_done():
            if time.monotonic() > deadline:
                raise NotSettled(f"{what}: not within {self.seconds_max} s")
            self._breathe()

    def _breathe(self):
        # A round trip is pause enough for an endpoint on this machine; others are asked once a second.
        if not self.has_await:
            time.sleep(1)

    def settle(self, stream, is_as_expected):
        """Until the mappings of the stream have handled everything."""
        if self.has_await:
            self._drive(stream, lambda stuck: not stuck, "handling everything")
            return
        try:
            self.poll(is_as_expected, "what is expected")
        except NotSettled:
            return  # the comparison that follows says what is missing
        time.sleep(self.quiet_seconds)

    def drive_until(self, stream, is_done, what):
        """Until is_done(), whether or not everything is handled by then."""
        if self.has_await:
            self._drive(stream, lambda _: is_done(), what)
        else:
            self.poll(is_done, what)

    def idle(self, stream):
        """Until nothing happens any more unless time passes."""
        if not self.has_await:
            time.sleep(self.quiet_seconds)
            return
        watch = Watch()
        deadline = time.monotonic() + self.seconds_max
        while watch.quiet_looks < QUIET_LOOKS and time.monotonic() < deadline:
            self._await(stream, LOOK_SECONDS)
            watch.look(self._mappings(stream))

    def _drive(self, stream, is_done, what):
        """Lets the mappings work, and moves the clock whenever they only wait for it."""
        deadline = time.monotonic() + self.seconds_max
        watch, step, moved = Watch(), 0.25, 0
        while not is_done(stuck := self._await(stream, LOOK_SECONDS)):
            if time.monotonic() > deadline or moved > ADVANCE_SECONDS_MAX:
                raise NotSettled(f"{what}: not after {moved} s of the endpoint's clock; {stuck or 'nothing is stuck'}")
            watch.look(self._mappings(stream))
            if watch.quiet_looks == 0:
                step = 0.25
            # What fails waits for its next attempt; what is merely unread may be about to be read.
            if self.has_clock and watch.quiet_looks >= (1 if watch.is_failing else QUIET_LOOKS):
                self.advance(step)
                moved += step
                step = min(step * 2, 8)

    def _await(self, stream, seconds):
        """What is stuck after that time; nothing if all is handled."""
        answer = self._control("POST", "/_millrace/await", {
            "settle": True, "eventSourceArn": stream, "timeoutSeconds": seconds})
        return answer["stuck"] if not answer["done"] else []

    def _mappings(self, stream):
        mappings = self._control("GET", "/_millrace/status")["mappings"]
        return [mapping for mapping in mappings if mapping["eventSourceArn"] == stream]

    # The routes of endpoints that have them.

    def _is_there(self, path):
        try:
            return self._request("GET", path)[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def _control(self, method, path, body=None):
        status, text = self._request(method, path, body)
        if status not in (200, 504):
            raise RuntimeError(f"{method} {path} was answered with {status}: {text}")
        return json.loads(text)

    def _request(self, method, path, body=None):
        address = urllib.parse.urlsplit(self.endpoint)
        secure = address.scheme == "https"
        connection = (http.client.HTTPSConnection if secure else http.client.HTTPConnection)(
            address.netloc, timeout=self.seconds_max)
        try:
            payload = None if body is None else json.dumps(body)
            connection.request(method, path, payload, {"Content-Type": "application/json"} if payload else {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

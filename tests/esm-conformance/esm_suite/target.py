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


class NotSettled(AssertionError):
    """Something was left to do for longer than the suite waits; says what."""


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
        unchanged, before = 0, None
        deadline = time.monotonic() + self.seconds_max
        while unchanged < 5 and time.monotonic() < deadline:
            self._await(stream, 0.02)
            state = [(one["counts"], one["state"], self._shards(one)) for one in self._mappings(stream)]
            busy = any(shard[1] for _, _, shards in state for shard in shards)
            unchanged = unchanged + 1 if state == before and not busy else 0
            before = state

    def _drive(self, stream, is_done, what):
        """Lets the mappings work, and moves the clock whenever they only wait for it."""
        deadline = time.monotonic() + self.seconds_max
        step, moved = 0.25, 0
        while not is_done(stuck := self._await(stream, 0.02)):
            if time.monotonic() > deadline or moved > ADVANCE_SECONDS_MAX:
                raise NotSettled(f"{what}: not after {moved} s of the endpoint's clock; {stuck or 'nothing is stuck'}")
            running = any(shard[1] for one in self._mappings(stream) for shard in self._shards(one))
            if not running and self.has_clock:
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

    @staticmethod
    def _shards(mapping):
        return [(shard["handledSequenceNumber"], shard["inFlight"]) for shard in mapping["shards"]]

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

"""Starts a Python Lambda handler and calls it for each invocation of the Runtime API.

Usage: bootstrap.py (the handler's name is in _HANDLER, its code in LAMBDA_TASK_ROOT). Needs Python 3.8
and nothing but its standard library. One invocation at a time; error documents, log lines and the
context object have the form that AWS's own client gives them.
"""

import importlib
import json
import logging
import os
import socket
import sys
import time
import traceback
from decimal import Decimal

_API = "/2018-06-01/runtime"


class Fault(Exception):
    """A failure of starting or calling the handler that has a name of its own."""

    def __init__(self, error_type, message, stack_trace=()):
        super().__init__(message)
        self.error_type = error_type
        self.message = message
        self.stack_trace = list(stack_trace)


class RuntimeApi:
    """One keep-alive connection. http.client would cost more than all else that is done here for an
    invocation, and the answers of a Runtime API always carry Content-Length."""

    def __init__(self, address):
        host, _, port = address.partition(":")
        self._address = address
        self._socket = socket.create_connection((host, int(port or 80)))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""
        self._next = self._request("GET", _API + "/invocation/next")

    def _request(self, method, path, body=None, headers=()):
        lines = ["%s %s HTTP/1.1" % (method, path), "Host: " + self._address]
        lines.extend("%s: %s" % header for header in headers)
        if body is not None:
            lines.append("Content-Type: application/json")
            lines.append("Content-Length: %d" % len(body))
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + (body or b"")

    def _receive(self):
        data = self._socket.recv(262144)
        if not data:
            raise ConnectionError("the Runtime API closed the connection")
        return data

    def _answer(self):
        while True:
            end = self._received.find(b"\r\n\r\n")
            if end >= 0:
                break
            self._received += self._receive()
        lines = self._received[:end].decode("latin-1").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        parts = [self._received[end + 4 :]]
        size = len(parts[0])
        length = int(headers.get("content-length", 0))
        while size < length:
            parts.append(self._receive())
            size += len(parts[-1])
        data = b"".join(parts)
        self._received = data[length:]
        return int(lines[0].split(" ", 2)[1]), headers, data[:length]

    def next(self):
        self._socket.sendall(self._next)
        return self._answer()

    def finish_and_next(self, request_id, kind, body, headers=()):
        """Posts an outcome and asks for the next invocation in one packet."""
        path = "%s/invocation/%s/%s" % (_API, request_id, kind)
        self._socket.sendall(self._request("POST", path, body, headers) + self._next)
        self._answer()
        return self._answer()

    def init_error(self, body, error_type):
        header = ("Lambda-Runtime-Function-Error-Type", error_type)
        self._socket.sendall(self._request("POST", _API + "/init/error", body, [header]))
        self._answer()


class _Record:
    """Named attributes, None where the document has none."""

    def __init__(self, names, document):
        for name in names:
            setattr(self, name, document.get(name))


class ClientContext(_Record):
    def __init__(self, document):
        super().__init__(("custom", "env"), document)
        names = ("installation_id", "app_title", "app_version_name", "app_version_code")
        names += ("app_package_name",)
        client = document.get("client")
        self.client = _Record(names, client) if client else None


class CognitoIdentity:
    def __init__(self, document):
        self.cognito_identity_id = document.get("cognitoIdentityId")
        self.cognito_identity_pool_id = document.get("cognitoIdentityPoolId")


class LambdaContext:
    """The handler's second argument."""

    def __init__(self, headers):
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        client_context = headers.get("lambda-runtime-client-context")
        self.client_context = ClientContext(json.loads(client_context)) if client_context else None
        identity = headers.get("lambda-runtime-cognito-identity")
        self.identity = CognitoIdentity(json.loads(identity) if identity else {})
        # The server's clock may have been moved by a test, so the time left is counted from here.
        left = headers.get("millrace-remaining-ms")
        if left is None:
            left = int(headers["lambda-runtime-deadline-ms"]) - time.time() * 1000
        self._deadline = time.monotonic() + float(left) / 1000

    def get_remaining_time_in_millis(self):
        return max(0, int((self._deadline - time.monotonic()) * 1000))

    def log(self, message):
        sys.stdout.write(str(message))

    def __repr__(self):
        return "LambdaContext(%r)" % self.__dict__


_current_request_id = ""


class _RequestIdFilter(logging.Filter):
    def filter(self, record):
        record.aws_request_id = _current_request_id
        return True


class _TextFormatter(logging.Formatter):
    converter = time.gmtime

    def __init__(self):
        layout = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"
        super().__init__(layout, "%Y-%m-%dT%H:%M:%S")


class _JsonFormatter(_TextFormatter):
    def format(self, record):
        document = {
            "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": record.aws_request_id,
        }
        if record.exc_info:
            document["stackTrace"] = traceback.format_tb(record.exc_info[2])
            document["errorType"] = record.exc_info[0].__name__
            document["errorMessage"] = str(record.exc_info[1])
        return json.dumps(document, default=str)


class _OutputHandler(logging.Handler):
    """Writes each record as one line: the platform turns carriage returns back into line feeds."""

    def emit(self, record):
        try:
            sys.stdout.write(self.format(record).replace("\n", "\r") + "\n")
        except Exception:
            self.handleError(record)


def _set_up_logging():
    handler = _OutputHandler()
    as_json = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
    handler.setFormatter(_JsonFormatter() if as_json else _TextFormatter())
    handler.addFilter(_RequestIdFilter())
    root = logging.getLogger()
    root.addHandler(handler)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    names = {"TRACE": "DEBUG", "FATAL": "CRITICAL"}
    if as_json and level:
        root.setLevel(names.get(level, level))


def _handler_frames(tracebacks):
    """What the handler did, without the frames of this file and of the import machinery."""
    frames = traceback.extract_tb(tracebacks)
    own = lambda frame: frame.filename == __file__ or "<frozen importlib" in frame.filename
    skip = 0
    while skip < len(frames) and (
        own(frames[skip]) or frames[skip].filename == importlib.__file__
    ):
        skip += 1
    return traceback.format_list(frames[skip:])


def _error_document(error, request_id):
    if isinstance(error, Fault):
        error_type, message, stack_trace = error.error_type, error.message, error.stack_trace
    else:
        error_type, message = type(error).__name__, str(error)
        stack_trace = _handler_frames(error.__traceback__)
    return {
        "errorMessage": message,
        "errorType": error_type,
        "requestId": request_id,
        "stackTrace": stack_trace,
    }


def _log_error(document):
    if os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON":
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        sys.stdout.write(json.dumps(dict(document, timestamp=now, log_level="ERROR")) + "\n")
        return
    text = "[ERROR] %s: %s" % (document["errorType"], document["errorMessage"])
    if document["stackTrace"]:
        text += "\nTraceback (most recent call last):\n" + "".join(document["stackTrace"])
    sys.stdout.write(text.rstrip("\n").replace("\n", "\r") + "\n")


def _load_handler(name):
    try:
        module_name, function_name = name.rsplit(".", 1)
    except ValueError as error:
        raise Fault("Runtime.MalformedHandlerName", "Bad handler '%s': %s" % (name, error))
    module_name = module_name.replace("/", ".")
    if module_name.split(".")[0] in sys.builtin_module_names:
        message = "Cannot use built-in module %s as a handler module" % module_name
        raise Fault("Runtime.BuiltInModuleConflict", message)
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        message = "Unable to import module '%s': %s" % (module_name, error)
        raise Fault("Runtime.ImportModuleError", message)
    except SyntaxError as error:
        message = "Syntax error in module '%s': %s" % (module_name, error)
        where = '  File "%s" Line %s\n    %s' % (error.filename, error.lineno, error.text)
        raise Fault("Runtime.UserCodeSyntaxError", message, [where])
    try:
        return getattr(module, function_name)
    except AttributeError:
        message = "Handler '%s' missing on module '%s'" % (function_name, module_name)
        raise Fault("Runtime.HandlerNotFound", message)


def _decimal_to_number(value):
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)


def _to_json(value):
    try:
        return json.dumps(value, ensure_ascii=False, default=_decimal_to_number).encode()
    except UnicodeEncodeError:  # lone surrogates
        return json.dumps(value, default=_decimal_to_number).encode()
    except Exception as error:
        raise Fault("Runtime.MarshalError", "Unable to marshal response: %s" % error)


def _call(handler, headers, body):
    """Returns the kind of outcome and its document."""
    request_id = headers["lambda-runtime-aws-request-id"]
    try:
        context = LambdaContext(headers)
        try:
            event = json.loads(body)
        except ValueError as error:
            raise Fault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % error)
        return "response", _to_json(handler(event, context)), ()
    except Exception as error:
        document = _error_document(error, request_id)
        _log_error(document)
        header = ("Lambda-Runtime-Function-Error-Type", "Unhandled")
        return "error", json.dumps(document).encode(), (header,)


def _flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass


def _serve(api, handler):
    global _current_request_id
    status, headers, body = api.next()
    while status == 200:
        _current_request_id = headers["lambda-runtime-aws-request-id"]
        trace_id = headers.get("lambda-runtime-trace-id")
        if trace_id is None:
            os.environ.pop("_X_AMZN_TRACE_ID", None)
        else:
            os.environ["_X_AMZN_TRACE_ID"] = trace_id
        kind, document, error_headers = _call(handler, headers, body)
        _flush()
        status, headers, body = api.finish_and_next(
            _current_request_id, kind, document, error_headers
        )
    sys.exit(1)


def main():
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    sys.stderr.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    _set_up_logging()
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        handler = _load_handler(os.environ["_HANDLER"])
    except Exception as error:
        document = _error_document(error, "")
        _log_error(document)
        _flush()
        api.init_error(json.dumps(document).encode(), document["errorType"])
        sys.exit(1)
    try:
        _serve(api, handler)
    except ConnectionError:
        sys.exit(1)


if __name__ == "__main__":
    main()

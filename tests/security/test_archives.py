"""Function code that means harm: archives that lead out of their folder, or that swell."""

import io
import stat
import zipfile

import botocore.exceptions
import pytest

BROKEN = "Could not unzip uploaded file. Please check your file, then try to upload again."


def archive(*entries):
    """Entries are (name, content, mode)."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content, mode in entries:
            info = zipfile.ZipInfo(name)
            info.create_system = 3
            info.external_attr = mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(info, content)
    return data.getvalue()


def refusal(lambda_client, unique, code):
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        lambda_client.create_function(
            FunctionName=unique,
            Runtime="python3.12",
            Role="arn:aws:iam::000000000000:role/r",
            Handler="index.handler",
            Code={"ZipFile": code},
        )
    with pytest.raises(lambda_client.exceptions.ResourceNotFoundException):
        lambda_client.get_function(FunctionName=unique)
    answer = raised.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


FILE, LINK = stat.S_IFREG | 0o644, stat.S_IFLNK | 0o777


@pytest.mark.parametrize(
    "entries",
    [
        [("../outside.py", "x", FILE)],
        [("a/../../outside.py", "x", FILE)],
        [("/tmp/millrace-outside.py", "x", FILE)],
        [("..\\outside.py", "x", FILE)],
        [("passwords", "/etc/passwd", LINK)],
        [("up", "../..", LINK)],
        [("up", "..", LINK), ("up/outside.py", "x", FILE)],
        [("inside", "folder", LINK), ("inside/file", "x", FILE)],
        [("a", "a", LINK), ("a/file", "x", FILE)],
    ],
)
def test_archives_that_lead_outside(lambda_client, unique, entries):
    code = archive(("index.py", "def handler(event, context): pass", FILE), *entries)
    assert refusal(lambda_client, unique, code) == (400, "InvalidParameterValueException", BROKEN)


def test_archives_that_swell(lambda_client, unique):
    """270 MB of zeros in a few hundred kilobytes."""
    zeros = bytes(9_000_000)
    code = archive(*((f"zeros{i}", zeros, FILE) for i in range(30)))
    assert len(code) < 1_000_000
    assert refusal(lambda_client, unique, code) == (
        400,
        "InvalidParameterValueException",
        "Unzipped size must be smaller than 262144000 bytes",
    )

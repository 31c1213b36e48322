"""SQS through boto3 (JSON), and through raw requests of the query protocol, which older clients speak."""

import hashlib
import json
import subprocess
import threading
import urllib.parse
import urllib.request
import xml.etree.ElementTree

import pytest

from tests.conftest import BINARY

NAMESPACE = "{http://queue.amazonaws.com/doc/2012-11-05/}"
ARN = "arn:aws:sqs:us-east-1:000000000000:"


@pytest.fixture
def queue(sqs, unique):
    url = sqs.create_queue(QueueName=unique)["QueueUrl"]
    yield url
    sqs.delete_queue(QueueUrl=url)


def receive(sqs, url, **options):
    return sqs.receive_message(QueueUrl=url, **options).get("Messages", [])


def bodies(messages):
    return [message["Body"] for message in messages]


def test_a_message_goes_through_its_life(sqs, queue):
    sent = sqs.send_message(
        QueueUrl=queue,
        MessageBody="Grüße\r\n<&>",
        MessageAttributes={
            "city": {"DataType": "String", "StringValue": "Ulm"},
            "picture": {"DataType": "Binary", "BinaryValue": b"\x00\x01\xff"},
        },
    )
    assert sent["MD5OfMessageBody"] == hashlib.md5("Grüße\r\n<&>".encode()).hexdigest()
    [message] = receive(sqs, queue, MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"])
    assert message["Body"] == "Grüße\r\n<&>"
    assert message["MessageId"] == sent["MessageId"]
    assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert message["MessageAttributes"]["picture"]["BinaryValue"] == b"\x00\x01\xff"
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    assert receive(sqs, queue) == [], "it is hidden now"
    sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    [again] = receive(sqs, queue)
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=again["ReceiptHandle"])
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    assert attributes["ApproximateNumberOfMessages"] == "0"
    assert attributes["ApproximateNumberOfMessagesNotVisible"] == "0"


def test_the_largest_message(sqs, queue):
    body = "x" * 1024 * 1024
    sqs.send_message(QueueUrl=queue, MessageBody=body)
    assert bodies(receive(sqs, queue)) == [body]
    with pytest.raises(sqs.exceptions.ClientError, match="Message must be shorter than 1048576 bytes"):
        sqs.send_message(QueueUrl=queue, MessageBody=body + "x")


def test_a_message_sent_wakes_the_receiver(sqs, server, queue):
    received = []

    def wait():
        received.extend(bodies(receive(server.client("sqs"), queue, WaitTimeSeconds=20)))

    waiting = threading.Thread(target=wait)
    waiting.start()
    sqs.send_message(QueueUrl=queue, MessageBody="wake up")
    waiting.join()
    assert received == ["wake up"]


def test_a_deleted_queue_answers_those_who_wait(sqs, server, unique):
    url = sqs.create_queue(QueueName=unique)["QueueUrl"]
    answers = []

    def wait():
        client = server.client("sqs")
        try:
            answers.append(bodies(receive(client, url, WaitTimeSeconds=20)))
        except client.exceptions.QueueDoesNotExist:
            answers.append([])  # the deletion was first

    waiting = threading.Thread(target=wait)
    waiting.start()
    sqs.delete_queue(QueueUrl=url)
    waiting.join()
    assert answers == [[]]


def test_batches(sqs, queue):
    sent = sqs.send_message_batch(
        QueueUrl=queue,
        Entries=[{"Id": f"id{i}", "MessageBody": f"body {i}"} for i in range(9)]
        + [{"Id": "bad", "MessageBody": "\x01"}],
    )
    assert [entry["Id"] for entry in sent["Successful"]] == [f"id{i}" for i in range(9)]
    assert [(entry["Id"], entry["Code"]) for entry in sent["Failed"]] == [("bad", "InvalidMessageContents")]
    messages = receive(sqs, queue, MaxNumberOfMessages=10)
    assert bodies(messages) == [f"body {i}" for i in range(9)]
    entries = [{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(messages)]
    changed = sqs.change_message_visibility_batch(
        QueueUrl=queue, Entries=[{**entry, "VisibilityTimeout": 0} for entry in entries[:2]]
    )
    assert len(changed["Successful"]) == 2
    assert bodies(receive(sqs, queue, MaxNumberOfMessages=10)) == ["body 0", "body 1"]
    assert len(sqs.delete_message_batch(QueueUrl=queue, Entries=entries)["Successful"]) == 9


def test_creating_again(sqs, unique):
    url = sqs.create_queue(QueueName=unique, Attributes={"DelaySeconds": "5"}, tags={"a": "b"})["QueueUrl"]
    assert url == sqs.create_queue(QueueName=unique, Attributes={"DelaySeconds": "5"})["QueueUrl"]
    assert url == sqs.get_queue_url(QueueName=unique)["QueueUrl"]
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"a": "b"}
    with pytest.raises(sqs.exceptions.QueueNameExists) as raised:
        sqs.create_queue(QueueName=unique, Attributes={"DelaySeconds": "6"})
    assert raised.value.response["Error"]["Code"] == "QueueAlreadyExists"
    sqs.delete_queue(QueueUrl=url)
    with pytest.raises(sqs.exceptions.QueueDoesNotExist) as raised:
        sqs.send_message(QueueUrl=url, MessageBody="too late")
    assert raised.value.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert raised.value.response["Error"]["Message"] == "The specified queue does not exist."


def test_fifo_queues_are_refused(sqs, unique):
    for arguments in ({"QueueName": unique + ".fifo"}, {"QueueName": unique, "Attributes": {"FifoQueue": "true"}}):
        with pytest.raises(sqs.exceptions.UnsupportedOperation, match="FIFO queues are not supported"):
            sqs.create_queue(**arguments)


def test_a_message_received_too_often_goes_to_the_dead_letter_queue(sqs, queue, unique):
    dead = sqs.create_queue(QueueName=unique + "-dead")["QueueUrl"]
    sqs.set_queue_attributes(
        QueueUrl=queue,
        Attributes={
            "RedrivePolicy": json.dumps({"deadLetterTargetArn": ARN + unique + "-dead", "maxReceiveCount": "2"})
        },
    )
    assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [queue]
    sqs.send_message(QueueUrl=queue, MessageBody="poison")
    for _ in range(2):
        assert bodies(receive(sqs, queue, VisibilityTimeout=0)) == ["poison"]
    assert receive(sqs, queue, VisibilityTimeout=0) == []
    [message] = receive(sqs, dead, MessageSystemAttributeNames=["All"])
    assert message["Attributes"]["DeadLetterQueueSourceArn"] == ARN + unique
    sqs.delete_queue(QueueUrl=dead)


def test_a_crash_loses_no_message(start_server, tmp_path):
    first = start_server("--data", str(tmp_path))
    sqs = first.client("sqs")
    url = sqs.create_queue(QueueName="jobs", Attributes={"VisibilityTimeout": "0"})["QueueUrl"]
    for i in range(5):
        sqs.send_message(QueueUrl=url, MessageBody=f"body {i}")
    [message] = receive(sqs, url)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    first.kill()
    sqs = start_server("--data", str(tmp_path)).client("sqs")
    # The URL of the first server names another port: its path counts.
    messages = receive(sqs, url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"])
    assert bodies(messages) == ["body 1", "body 2", "body 3", "body 4"]
    assert messages[0]["Attributes"]["ApproximateReceiveCount"] == "1"


def test_a_waiting_receiver_does_not_keep_the_server_from_stopping(start_server):
    running = start_server("--in-memory")
    url = running.client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
    answers = []

    def wait():
        client = running.client("sqs")
        try:
            answers.append(receive(client, url, WaitTimeSeconds=20))
        except Exception as error:  # the server may be gone before the request has reached it
            answers.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    assert running.stop() == 0
    waiting.join()
    assert len(answers) == 1


TEMPLATE = """
Resources:
  Dead: {Type: AWS::SQS::Queue}
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 5
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
      Tags: [{Key: team, Value: blue}]
Outputs:
  Url: {Value: !Ref Jobs}
"""


def test_a_template_makes_queues(server, sqs, unique, tmp_path):
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    subprocess.run(
        [BINARY, "deploy", str(tmp_path / "template.yaml"), "--endpoint", server.endpoint, "--stack-name", unique],
        check=True,
    )
    urls = sqs.list_queues(QueueNamePrefix=unique)["QueueUrls"]
    jobs = next(url for url in urls if "-Jobs-" in url)
    attributes = sqs.get_queue_attributes(QueueUrl=jobs, AttributeNames=["All"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "5"
    assert json.loads(attributes["RedrivePolicy"])["maxReceiveCount"] == 3
    assert sqs.list_queue_tags(QueueUrl=jobs)["Tags"] == {"team": "blue"}


def query(endpoint, path="/", **parameters):
    """A request of the query protocol: (status, XML document)."""
    form = urllib.parse.urlencode({"Version": "2012-11-05", **parameters}).encode()
    request = urllib.request.Request(endpoint + path, data=form)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, xml.etree.ElementTree.fromstring(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, xml.etree.ElementTree.fromstring(error.read())


def texts(document, path):
    return [element.text for element in document.findall("/".join(NAMESPACE + part for part in path.split("/")))]


def test_the_query_protocol(server, unique):
    endpoint = server.endpoint
    status, created = query(
        endpoint,
        Action="CreateQueue",
        QueueName=unique,
        **{"Attribute.1.Name": "VisibilityTimeout", "Attribute.1.Value": "5"},
    )
    assert status == 200
    [url] = texts(created, "CreateQueueResult/QueueUrl")
    assert url == f"{endpoint}/000000000000/{unique}"
    path = urllib.parse.urlparse(url).path
    body = "a\r\n<&> é"
    # To the queue's own URL, and naming it.
    for place, parameters in ((path, {}), ("/", {"QueueUrl": url})):
        status, sent = query(endpoint, place, Action="SendMessage", MessageBody=body, **parameters)
        assert status == 200
        assert texts(sent, "SendMessageResult/MD5OfMessageBody") == [hashlib.md5(body.encode()).hexdigest()]
    status, received = query(
        endpoint,
        path,
        Action="ReceiveMessage",
        MaxNumberOfMessages="10",
        **{"AttributeName.1": "ApproximateReceiveCount"},
    )
    assert texts(received, "ReceiveMessageResult/Message/Body") == [body, body]
    assert texts(received, "ReceiveMessageResult/Message/Attribute/Value") == ["1", "1"]
    handles = texts(received, "ReceiveMessageResult/Message/ReceiptHandle")
    status, deleted = query(
        endpoint,
        path,
        Action="DeleteMessageBatch",
        **{
            f"DeleteMessageBatchRequestEntry.{i}.{name}": value
            for i, handle in enumerate(handles, 1)
            for name, value in (("Id", f"id{i}"), ("ReceiptHandle", handle))
        },
    )
    assert texts(deleted, "DeleteMessageBatchResult/DeleteMessageBatchResultEntry/Id") == ["id1", "id2"]
    status, attributes = query(endpoint, path, Action="GetQueueAttributes", **{"AttributeName.1": "VisibilityTimeout"})
    assert texts(attributes, "GetQueueAttributesResult/Attribute/Name") == ["VisibilityTimeout"]
    assert texts(attributes, "GetQueueAttributesResult/Attribute/Value") == ["5"]
    assert query(endpoint, path, Action="DeleteQueue")[0] == 200
    status, error = query(endpoint, path, Action="SendMessage", MessageBody="too late")
    assert status == 400
    assert texts(error, "Error/Code") == ["AWS.SimpleQueueService.NonExistentQueue"]
    assert texts(error, "Error/Message") == ["The specified queue does not exist."]
    status, error = query(endpoint, "/", Action="DeleteMessage", QueueUrl=url)
    assert status == 400

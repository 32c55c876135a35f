"""Presigned uploads made and used by boto3, against a server that takes them.

Reads one JSON object from standard input: where the server is, its keys, and what the project's own code has signed.
Prints one JSON object: the status and code of each try.
"""

import json
import sys
import urllib.parse
import urllib.request
import uuid
import xml.etree.ElementTree as tree

import boto3
from botocore.client import Config


def send(method, url, body=None, headers=None):
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, "", answer.read()
    except urllib.error.HTTPError as error:
        text = error.read()
        return error.code, tree.fromstring(text).findtext("Code"), text


def send_form(url, fields, content):
    mark = uuid.uuid4().hex
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    body = b"".join(parts) + head.encode() + content + f"\r\n--{mark}--\r\n".encode()
    return send("POST", url, body, {"Content-Type": f"multipart/form-data; boundary={mark}"})


def main():
    given = json.load(sys.stdin)
    client = boto3.client(
        "s3", endpoint_url=given["endpoint"], region_name="us-east-1", aws_access_key_id=given["key"],
        aws_secret_access_key=given["secret"], config=Config(signature_version="s3v4", s3={"addressing_style": "path"}))
    stranger = boto3.client(
        "s3", endpoint_url=given["endpoint"], region_name="us-east-1", aws_access_key_id=given["key"],
        aws_secret_access_key="another", config=Config(signature_version="s3v4", s3={"addressing_style": "path"}))
    bucket, results = given["bucket"], {}

    def note(name, answer):
        results[name] = [answer[0], answer[1]]

    def put(signer, key, **more):
        return signer.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": key, **more}, ExpiresIn=60)

    jpeg = {"Content-Type": "image/jpeg"}
    binary = {"Content-Type": "application/octet-stream"}
    note("put", send("PUT", put(client, "boto/put.jpg"), b"boto put", binary))
    typed = put(client, "boto/typed.jpg", ContentType="image/jpeg")
    note("put, other type", send("PUT", typed, b"x", binary))
    note("put, type", send("PUT", typed, b"boto typed", jpeg))
    note("put, stranger", send("PUT", put(stranger, "boto/no"), b"x", binary))
    get = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "boto/put.jpg"}, ExpiresIn=60)
    answer = send("GET", get)
    note("get", answer)
    results["content"] = answer[2].decode()

    def post(signer, key, least, most):
        return signer.generate_presigned_post(
            bucket, key, Fields={"Content-Type": "image/jpeg", "success_action_status": "201"},
            Conditions=[["starts-with", "$Content-Type", "image"], {"success_action_status": "201"},
                        ["content-length-range", least, most]], ExpiresIn=60)

    form = post(client, "boto/post.jpg", 1, 1000)
    note("post", send_form(form["url"], form["fields"], b"boto post"))
    note("post, too large", send_form(form["url"], form["fields"], b"x" * 1001))
    note("post, other key", send_form(form["url"], {**form["fields"], "key": "boto/no"}, b"x"))
    form = post(stranger, "boto/no", 1, 1000)
    note("post, stranger", send_form(form["url"], form["fields"], b"x"))

    # What the project signed, sent by somebody else's code, and compared with what boto3 signs.
    note("our put", send("PUT", given["put"], b"our put", jpeg))
    note("our post", send_form(given["post"]["url"], given["post"]["fields"], b"our post"))
    ours = urllib.parse.urlsplit(given["put"])
    theirs = urllib.parse.urlsplit(put(client, "ours/put.jpg", ContentType="image/jpeg"))
    names = [sorted(urllib.parse.parse_qs(url.query)) for url in (ours, theirs)]
    results["same shape"] = ours.path == theirs.path and names[0] == names[1]
    expected = client.generate_presigned_post(bucket, "ours/post.jpg", Fields={"Content-Type": "image/jpeg"}, ExpiresIn=60)
    results["same form"] = [given["post"]["url"] == expected["url"], list(given["post"]["fields"]) == list(expected["fields"])]
    json.dump(results, sys.stdout)


main()

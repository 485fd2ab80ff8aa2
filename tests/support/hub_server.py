#!/usr/bin/env python3
"""A local Hugging Face hub that can inject faults. Needs only Python's standard library.

    hub_server.py FOLDER

FOLDER/repos/[ORG/]NAME/ holds the files of a model. Two servers start on free ports, the hub and the
store of large files, which the real hub has on two hosts; their ports are printed on one line. They
stop when standard input ends. Each request is logged as a line of FOLDER/log.jsonl:
{"server", "method", "path", "range", "authorization"}.

FOLDER/faults.json, read again for each request, is a list of faults. A fault has conditions, all of
which must hold:
    "server": "hub" or "store"; "method"; "file": the last part of the path; "times": how often
and one of these effects:
    "status": N, with "headers": {...}    answer with that status and nothing else
    "cut": N                              close the connection after N bytes of the body
    "spoil": true                         send the bytes with the first one changed
    "content": "text"                     send other bytes
    "drip": SECONDS                       send one byte, then nothing for that time
    "silence": SECONDS                    send nothing for that time
    "redirect": "URL"                     redirect; {hub} and {store} are replaced
    "set": {"Header": "value" or null}    change the headers of an ordinary answer
    "ignore_range": true                  send the whole file even if a range was requested
"""

import hashlib
import json
import os
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LARGE = (".safetensors", ".bin")

folder = sys.argv[1]
lock = threading.Lock()
used = {}  # number of uses of each fault, by its text


def files_of(repo):
    path = os.path.join(folder, "repos", repo)
    if not os.path.isdir(path):
        return None
    result = {}
    for name in sorted(os.listdir(path)):
        with open(os.path.join(path, name), "rb") as file:
            result[name] = file.read()
    return result


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def git_sha1(data):
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def commit_of(files):
    return hashlib.sha1(json.dumps([(n, sha256(d)) for n, d in files.items()]).encode()).hexdigest()


def etag_of(name, data):
    return sha256(data) if name.endswith(LARGE) else git_sha1(data)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_HEAD(self):
        self.serve()

    def do_GET(self):
        self.serve()

    def serve(self):
        # One request per connection, so that a fault affects the intended request.
        self.close_connection = True
        url = urllib.parse.urlsplit(self.path)
        with lock, open(os.path.join(folder, "log.jsonl"), "a") as log:
            log.write(json.dumps({
                "server": self.server.role, "method": self.command, "path": url.path,
                "range": self.headers.get("Range"),
                "authorization": self.headers.get("Authorization")}) + "\n")
        self.fault = self.find_fault(url.path.rsplit("/", 1)[-1])
        if "silence" in self.fault:
            time.sleep(self.fault["silence"])
            return
        if "status" in self.fault:
            return self.answer(self.fault["status"], self.fault.get("headers", {}))
        if "redirect" in self.fault:
            return self.answer(302, {"Location": self.put_in(self.fault["redirect"])})
        if self.server.role == "store":
            return self.serve_store(url)
        self.serve_hub(url)

    def find_fault(self, file):
        try:
            with open(os.path.join(folder, "faults.json")) as stream:
                faults = json.load(stream)
        except FileNotFoundError:
            return {}
        actual = {"server": self.server.role, "method": self.command, "file": file}
        for fault in faults:
            if any(fault.get(key, value) != value for key, value in actual.items()):
                continue
            text = json.dumps(fault)
            with lock:
                used[text] = used.get(text, 0) + 1
                if used[text] <= fault.get("times", 1 << 30):
                    return fault
        return {}

    def put_in(self, text):
        for role, port in ports.items():
            text = text.replace("{%s}" % role, "http://127.0.0.1:%d" % port)
        return text

    def serve_hub(self, url):
        parts = [urllib.parse.unquote(part) for part in url.path.strip("/").split("/")]
        if parts[:2] == ["api", "resolve-cache"]:
            # api/resolve-cache/models/[ORG/]NAME/COMMIT/FILE
            return self.serve_small("/".join(parts[3:-2]), parts[-2], parts[-1])
        if parts[:2] == ["api", "models"]:
            return self.serve_api(parts[2:])
        if "resolve" not in parts:
            return self.answer(404, {})
        at = parts.index("resolve")
        self.serve_resolve("/".join(parts[:at]), parts[at + 1], "/".join(parts[at + 2:]))

    def find(self, repo, revision):
        """Returns the files and the commit, or answers with an error and returns None."""
        files = files_of(repo)
        if files is None:
            self.answer(401, {"X-Error-Code": "RepoNotFound",
                              "X-Error-Message": "Invalid username or password."})
            return None
        commit = commit_of(files)
        if revision not in ("main", "v1.0", "refs/pr/1", commit):
            self.answer(404, {"X-Error-Code": "RevisionNotFound",
                              "X-Error-Message": "Invalid rev id: " + revision})
            return None
        return files, commit

    def serve_resolve(self, repo, revision, name):
        found = self.find(repo, revision)
        if found is None:
            return
        files, commit = found
        headers = {"X-Repo-Commit": commit}
        if name not in files:
            headers.update({"X-Error-Code": "EntryNotFound", "X-Error-Message": "Entry not found"})
            return self.answer(404, headers)
        data = files[name]
        headers.update({"X-Linked-Size": str(len(data)),
                        "X-Linked-Etag": '"%s"' % etag_of(name, data)})
        if name.endswith(LARGE):
            headers["Location"] = self.put_in("{store}/%s/%s?signature=x" % (repo, name))
            return self.answer(302, headers)
        headers["Location"] = "/api/resolve-cache/models/%s/%s/%s" % (repo, commit, name)
        self.answer(307, headers)

    def serve_small(self, repo, commit, name):
        data = files_of(repo)[name]
        self.send_file(data, {"X-Repo-Commit": commit, "ETag": '"%s"' % git_sha1(data)})

    def serve_store(self, url):
        repo, name = urllib.parse.unquote(url.path.strip("/")).rsplit("/", 1)
        if self.headers.get("Authorization"):
            return self.answer(400, {})  # as a signed URL does
        self.send_file(files_of(repo)[name], {"ETag": '"of-the-store"'})

    # Further requests of huggingface_hub's snapshot_download.
    def serve_api(self, parts):
        word = next((word for word in ("revision", "tree") if word in parts), None)
        at = parts.index(word) if word else len(parts)
        repo, revision = "/".join(parts[:at]), (parts[at + 1] if word else "main")
        found = self.find(repo, revision)
        if found is None:
            return
        files, commit = found
        if word == "tree":
            body = []
            for name, data in files.items():
                entry = {"type": "file", "oid": git_sha1(data), "size": len(data), "path": name}
                if name.endswith(LARGE):
                    entry["lfs"] = {"oid": sha256(data), "size": len(data), "pointerSize": 134}
                body.append(entry)
        else:
            body = {"id": repo, "modelId": repo, "sha": commit, "private": False, "tags": [],
                    "downloads": 0, "likes": 0, "siblings": [{"rfilename": n} for n in files]}
        self.send_file(json.dumps(body).encode(), {"Content-Type": "application/json"})

    def answer(self, status, headers):
        self.send_response(status)
        headers = dict(headers)
        headers.update(self.fault.get("set", {}))
        headers.setdefault("Content-Length", "0")
        for name, value in headers.items():
            if value is not None:
                self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()

    def send_file(self, data, headers):
        headers = dict(headers)
        if "content" in self.fault:
            data = self.fault["content"].encode()
        if self.fault.get("spoil"):
            data = bytes([data[0] ^ 1]) + data[1:]
        begin, status = 0, 200
        asked = self.headers.get("Range")
        if asked and not self.fault.get("ignore_range"):
            begin = int(asked.removeprefix("bytes=").split("-")[0])
            if begin >= len(data):
                return self.answer(416, {"Content-Range": "bytes */%d" % len(data)})
            status = 206
            headers["Content-Range"] = "bytes %d-%d/%d" % (begin, len(data) - 1, len(data))
        body = data[begin:]
        headers["Content-Length"] = str(len(body))
        self.answer(status, headers)
        if self.command == "HEAD":
            return
        if "drip" in self.fault:
            self.wfile.write(body[:1])
            self.wfile.flush()
            time.sleep(self.fault["drip"])
            return
        self.wfile.write(body[:self.fault.get("cut", len(body))])


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # tests close connections on purpose


servers = {}
for role in ("hub", "store"):
    servers[role] = Server(("127.0.0.1", 0), Handler)
    servers[role].role = role
ports = {role: server.server_address[1] for role, server in servers.items()}
for server in servers.values():
    threading.Thread(target=server.serve_forever, daemon=True).start()
print(ports["hub"], ports["store"], flush=True)
sys.stdin.read()

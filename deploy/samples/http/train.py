#!/usr/bin/env python3
"""Trains a small classifier over the HTTP API, follows it, and fetches its weights.

train.py PICTURES ID FILE.safetensors

PICTURES is where the silo sees a data set, ID names the run and its data. PGM_API is the API's address (http://127.0.0.1:8081),
PGM_API_KEY a key where one is asked for. Needs nothing but Python 3.8. The same command again goes on with the same run.
"""

import hashlib
import json
import os
import sys
import time
import urllib.error
import urllib.request

API = os.environ.get("PGM_API", "http://127.0.0.1:8081") + "/api/v1"
AT_REST = ("completed", "failed", "cancelled", "paused", "parked")


def ask(method, path, body=None, headers=None):
    """Calls the API. Its refusals say in one line what to do."""
    headers = dict(headers or {})
    if "PGM_API_KEY" in os.environ:
        headers["Authorization"] = "Bearer " + os.environ["PGM_API_KEY"]
    data = None
    if body is not None:
        headers["Content-Type"] = "application/json"
        data = json.dumps(body).encode()
    request = urllib.request.Request(API + path, data=data, headers=headers, method=method)
    try:
        return urllib.request.urlopen(request, timeout=60)
    except urllib.error.HTTPError as error:
        sys.exit(json.load(error)["detail"])


def follow(path):
    """Yields the states of a job until it is at rest; where the connection breaks, from the state that was seen last."""
    seen = None
    while True:
        try:
            with ask("GET", path + "/events", headers={"Last-Event-ID": seen} if seen else None) as stream:
                if stream.status == 204:
                    return
                for line in stream:
                    name, _, value = line.decode().rstrip("\n").partition(": ")
                    if name == "id":
                        seen = value
                    elif name == "data":
                        state = json.loads(value)
                        yield state
                        if state["phase"] in AT_REST:
                            return
        except OSError as error:
            print(f"again in a second: {error}", file=sys.stderr)
            time.sleep(1)


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    pictures, run, file = sys.argv[1:]
    data = run + "-data"
    registered = json.load(ask("PUT", f"/datasets/{data}", {"location": pictures, "validationImages": 1000}))
    if registered.get("job"):
        for _ in follow(f"/registrations/{registered['job']}"):
            pass
    ask("PUT", f"/runs/{run}", {"preset": "classifier-smoke", "dataset": data, "set": {"training.steps": "40"}})
    for state in follow(f"/runs/{run}"):
        progress = state["progress"]
        print(f"{run}: {state['phase']}, step {progress['done']} of {progress['total']}", flush=True)
    result = json.load(ask("GET", f"/runs/{run}/result"))["result"]
    weights = result["weights"]
    content = ask("GET", f"/artifacts/{weights['sha256']}/{weights['size']}/{weights['name']}").read()
    if hashlib.sha256(content).hexdigest() != weights["sha256"]:
        sys.exit(f"{weights['name']}: other bytes than the run wrote. Fetch it again.")
    with open(file, "wb") as out:
        out.write(content)
    print(f"loss {result['finalLoss']:.4f}, weights {result['weightsSha256'][:12]}, they are in {file}")


main()

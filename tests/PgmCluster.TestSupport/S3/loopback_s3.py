"""OpenStack Swift with its S3 API on loopback: one process, one directory, one account. Ends with its standard input.

Usage: loopback_s3.py DIRECTORY. Prints one line, the port of the S3 API, when it answers.
"""
import os
import socket
import sys

from swift.common import utils

directory = sys.argv[1]
for name in ("devices/d", "conf"):
    os.makedirs(os.path.join(directory, name))
conf = os.path.join(directory, "conf")
with open(os.path.join(conf, "swift.conf"), "w") as file:
    file.write("[swift-hash]\nswift_hash_path_prefix = pgm\nswift_hash_path_suffix = pgm\n")
utils.set_swift_dir(conf)

import eventlet  # noqa: E402
import eventlet.patcher  # noqa: E402
import eventlet.wsgi  # noqa: E402
from swift.common import wsgi  # noqa: E402
from swift.common.ring import RingBuilder  # noqa: E402

eventlet.hubs.use_hub(utils.get_hub())
utils.eventlet_monkey_patch()

COMMON = """[DEFAULT]
swift_dir = {conf}
devices = {directory}/devices
mount_check = false
bind_ip = 127.0.0.1
fallocate_reserve = 0
disable_fallocate = true
log_level = ERROR
"""

SERVER = """[pipeline:main]
pipeline = {name}-server
[app:{name}-server]
use = egg:swift#{name}
"""

PROXY = """[pipeline:main]
pipeline = catch_errors gatekeeper cache listing_formats s3api tempauth copy slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:{memcached}
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
s3_acl = false
check_bucket_owner = false
min_segment_size = 5242880
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
"""


def serve(name, text, listening):
    path = os.path.join(conf, name + "-server.conf")
    with open(path, "w") as out:
        out.write(COMMON.format(conf=conf, directory=directory) + text)
    app = wsgi.loadapp(path, global_conf={"log_name": name})
    eventlet.spawn(eventlet.wsgi.server, listening, app, log=open(os.devnull, "w"), max_size=256)


sockets = {}
for name in ("account", "container", "object"):
    sockets[name] = eventlet.listen(("127.0.0.1", 0))
    builder = RingBuilder(4, 1, 0)
    builder.add_dev({"region": 1, "zone": 1, "weight": 1, "ip": "127.0.0.1", "port": sockets[name].getsockname()[1],
                     "replication_ip": "127.0.0.1", "replication_port": sockets[name].getsockname()[1], "device": "d"})
    builder.rebalance()
    builder.get_ring().save(os.path.join(conf, name + ".ring.gz"))
for name, listening in sockets.items():
    serve(name, SERVER.format(name=name), listening)
# Bound to the end and never listening: nothing is cached, so what is asked is what is stored.
nobody = socket.socket()
nobody.bind(("127.0.0.1", 0))
memcached = nobody.getsockname()[1]
front = eventlet.listen(("127.0.0.1", 0))
serve("proxy", PROXY.format(memcached=memcached), front)


def leash():
    """Ends with whoever started this: on a thread of the system's, which nothing that is served holds up."""
    eventlet.patcher.original("os").read(0, 1)
    os._exit(0)


eventlet.patcher.original("threading").Thread(target=leash, daemon=True).start()
print(front.getsockname()[1], flush=True)
while True:
    eventlet.sleep(3600)

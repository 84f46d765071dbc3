"""Fetches a .torrent or magnet link from one peer with libtorrent. Usage: WHAT FOLDER HOST PORT [LEVEL]

With LEVEL (plaintext, rc4 or both) it speaks obfuscated handshakes alone, and offers that for what follows.
"""

import sys
import time

import libtorrent as lt

what, folder, host, port = sys.argv[1:5]
level = sys.argv[5] if len(sys.argv) > 5 else None
policy = int(lt.enc_policy.disabled if level is None else lt.enc_policy.forced)
session = lt.session(
    {
        "listen_interfaces": "127.0.0.1:0",
        "enable_dht": False,
        "enable_lsd": False,
        "enable_upnp": False,
        "enable_natpmp": False,
        "enable_outgoing_utp": False,
        "enable_incoming_utp": False,
        "out_enc_policy": policy,
        "in_enc_policy": policy,
        "allowed_enc_level": int(getattr(lt.enc_level, level or "both")),
        "allow_multiple_connections_per_ip": True,
    }
)
if what.startswith("magnet:"):
    params = lt.parse_magnet_uri(what)
else:
    params = lt.add_torrent_params()
    params.ti = lt.torrent_info(what)
params.save_path = folder
handle = session.add_torrent(params)
deadline = time.monotonic() + 60
asked = 0.0
while not handle.status().is_seeding:
    if time.monotonic() > deadline:
        status = handle.status()
        sys.exit(f"not complete: {status.state} {status.progress:.3f} {status.num_peers} peers")
    if time.monotonic() > asked + 1:
        handle.connect_peer((host, int(port)))
        asked = time.monotonic()
    time.sleep(0.05)
session.pause()
print("complete")

"""Seeds or fetches one torrent with libtorrent. Usage: HOST:PORT tcp|tuned|obfuscated|rc4

Says "ready", reads a line of JSON from stdin (torrent: path or magnet, folder, peers, trackers), and says "complete"
once it has everything and everything was written. Ends with its input.
"""

import json
import sys
import threading

import libtorrent as lt

# Seconds after which a peer that could not be reached is dialled again.
DIAL_AGAIN = 1

QUIET = {
    "enable_dht": False,
    "enable_lsd": False,
    "enable_upnp": False,
    "enable_natpmp": False,
    "enable_outgoing_utp": False,
    "enable_incoming_utp": False,
    "out_enc_policy": int(lt.enc_policy.disabled),
    "in_enc_policy": int(lt.enc_policy.enabled),
    "allow_multiple_connections_per_ip": True,
    # A client may close its first connections, when it is not ready: dial again soon.
    "min_reconnect_time": 1,
    "max_failcount": 100,
    # A tracker on loopback or in a test's network is not reached through other interfaces.
    "ssrf_mitigation": False,
    "alert_mask": lt.alert.category_t.error_notification
    | lt.alert.category_t.connect_notification
    | lt.alert.category_t.peer_notification
    | lt.alert.category_t.status_notification
    | lt.alert.category_t.storage_notification
    | lt.alert.category_t.tracker_notification,
}

TUNED = {
    "aio_threads": 2,
    "hashing_threads": 2,
    "max_queued_disk_bytes": 64 << 20,
    "send_buffer_low_watermark": 1 << 20,
    "send_buffer_watermark": 8 << 20,
    "send_buffer_watermark_factor": 150,
    "max_out_request_queue": 4000,
    "max_allowed_in_request_queue": 8000,
    "request_queue_time": 10,
    "whole_pieces_threshold": 20,
    "recv_socket_buffer_size": 4 << 20,
    "send_socket_buffer_size": 4 << 20,
    "max_rejects": 10,
    "unchoke_slots_limit": -1,
    "choking_algorithm": int(lt.choking_algorithm_t.fixed_slots_choker),
    "seed_choking_algorithm": int(lt.seed_choking_algorithm_t.fastest_upload),
    "close_redundant_connections": False,
    "torrent_connect_boost": 255,
    "connection_speed": 500,
}

OBFUSCATED = {
    "out_enc_policy": int(lt.enc_policy.forced),
    "in_enc_policy": int(lt.enc_policy.forced),
    "allowed_enc_level": int(lt.enc_level.both),
    "prefer_rc4": False,
}

TUNINGS = {
    "tcp": {},
    "tuned": TUNED,
    "obfuscated": OBFUSCATED,
    "rc4": {**OBFUSCATED, "allowed_enc_level": int(lt.enc_level.rc4)},
}


def parameters(task):
    if task["torrent"].startswith("magnet:"):
        params = lt.parse_magnet_uri(task["torrent"])
    else:
        params = lt.add_torrent_params()
        params.ti = lt.torrent_info(task["torrent"])
    params.save_path = task["folder"]
    params.trackers = task["trackers"]
    # It would wait up to a second for its queue's next look.
    params.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
    return params


def dial(handle, peers):
    for peer in peers:
        host, port = peer.rsplit(":", 1)
        handle.connect_peer((host, int(port)))


def run(session, task):
    handle = session.add_torrent(parameters(task))
    dial(handle, task["peers"])
    is_complete = False
    while True:
        if session.wait_for_alert(DIAL_AGAIN * 1000) is None:
            if not is_complete and handle.status().num_peers < len(task["peers"]):
                dial(handle, task["peers"])
        for alert in session.pop_alerts():
            if isinstance(alert, lt.torrent_finished_alert):
                handle.flush_cache()
            elif isinstance(alert, lt.cache_flushed_alert) and handle.status().is_seeding and not is_complete:
                is_complete = True
                print("complete", flush=True)
            elif not is_complete:
                print(alert.message(), file=sys.stderr)


def main():
    address, tuning = sys.argv[1:3]
    session = lt.session({**QUIET, **TUNINGS[tuning], "listen_interfaces": address})
    print("ready", flush=True)
    task = json.loads(sys.stdin.readline())
    threading.Thread(target=run, args=(session, task), daemon=True).start()
    sys.stdin.read()


main()

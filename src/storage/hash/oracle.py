"""What libtorrent makes of a .torrent, and the .torrent that it makes of a path: the oracle of libtorrent.test.ts."""

import json
import os
import sys

import libtorrent

FORMATS = {
    "hybrid": libtorrent.create_torrent.canonical_files_no_tail_padding,
    "padded": 0,
    "v1": libtorrent.create_torrent.v1_only,
    "v2": libtorrent.create_torrent.v2_only,
}


def inspect(path):
    torrent = libtorrent.torrent_info(path)
    files = torrent.files()
    hashes = torrent.info_hashes()
    return {
        "v1": str(hashes.v1) if hashes.has_v1() else None,
        "v2": str(hashes.v2) if hashes.has_v2() else None,
        "name": torrent.name(),
        "pieceLength": torrent.piece_length(),
        "private": torrent.priv(),
        "trackers": [tracker.url for tracker in torrent.trackers()],
        "webSeeds": [seed["url"] for seed in torrent.web_seeds()],
        "magnet": libtorrent.make_magnet_uri(torrent),
        "files": [
            {
                "path": files.file_path(index).split("/"),
                "size": files.file_size(index),
                "root": str(files.root(index)) if files.v2() else None,
            }
            for index in range(files.num_files())
            if not files.file_flags(index) & libtorrent.file_storage.flag_pad_file
        ],
    }


def create(path, form, piece_length, out):
    files = libtorrent.file_storage()
    libtorrent.add_files(files, path)
    torrent = libtorrent.create_torrent(files, piece_length, FORMATS[form])
    libtorrent.set_piece_hashes(torrent, os.path.dirname(path))
    with open(out, "wb") as file:
        file.write(libtorrent.bencode(torrent.generate()))
    return inspect(out)


jobs = json.load(sys.stdin)
calls = {"inspect": inspect, "create": create}
json.dump([calls[job[0]](*job[1:]) for job in jobs], sys.stdout)

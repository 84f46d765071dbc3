"""Writes a .torrent of v1 alone as other programs make them: no padding, any piece length. Usage: FOLDER OUT LENGTH"""

import hashlib
import os
import sys

import libtorrent as lt

folder, out, length = sys.argv[1], sys.argv[2], int(sys.argv[3])
paths = sorted(
    os.path.relpath(os.path.join(parent, name), folder) for parent, _, names in os.walk(folder) for name in names
)
stream = b""
files = []
for path in paths:
    with open(os.path.join(folder, path), "rb") as file:
        data = file.read()
    stream += data
    files.append({b"length": len(data), b"path": [part.encode() for part in path.split(os.sep)]})
pieces = b"".join(hashlib.sha1(stream[at : at + length]).digest() for at in range(0, len(stream), length))
info = {b"files": files, b"name": os.path.basename(folder).encode(), b"piece length": length, b"pieces": pieces}
with open(out, "wb") as file:
    file.write(lt.bencode({b"info": info}))

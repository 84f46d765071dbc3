"""The smallest client of Shoal's JSON protocol: one request a connection, no newline, one read an answer.

    simpleClient.py TRACKER_PORT list
    simpleClient.py TRACKER_PORT get TORRENT_ID FILE
    simpleClient.py TRACKER_PORT share FILE NAME [whole|closes|bare|padded]
"""
import base64, json, socket, sys

def ask(port, **request):
    with socket.create_connection(("127.0.0.1", int(port))) as connection:
        connection.sendall(json.dumps(request).encode())
        return json.loads(connection.recv(24576))

def answer(request, chunks, kind):
    if request["OP_CODE"] == 195:
        reply = {"CHUNK_IDX": request["CHUNK_IDX"], "CHUNK_DATA": base64.b64encode(chunks[request["CHUNK_IDX"]]).decode()}
        return reply if kind == "bare" else {"OP_CODE": 195, "RET_CODE": 200, **reply}
    return {"OP_CODE": 180, "RET_CODE": 200} if request["OP_CODE"] == 150 and kind == "whole" else None

tracker, verb, *words = sys.argv[1:]
server = socket.create_server(("127.0.0.1", 0))
me = {"IP_ADDRESS": "127.0.0.1", "PORT": str(server.getsockname()[1]), "PEER_ID": "5" * 32}
if verb == "list":
    print(json.dumps(ask(tracker, OP_CODE=100, **me)["TORRENT_LIST"]))
elif verb == "get":
    torrent = ask(tracker, OP_CODE=110, TORRENT_ID=int(words[0]), **me)["TORRENT_OBJECT"]
    seeder = list(torrent["SEEDER_LIST"].values())[0]["PORT"]
    with open(words[1], "wb") as file:
        for index in range(torrent["NUM_OF_CHUNKS"]):
            chunk = ask(seeder, OP_CODE=195, TORRENT_ID=torrent["TORRENT_ID"], CHUNK_IDX=index, **me)
            file.write(base64.b64decode(chunk["CHUNK_DATA"]))
else:
    data, kind = open(words[0], "rb").read(), words[2]
    chunks = [data[at:at + 16384] for at in range(0, len(data), 16384)]
    print(ask(tracker, OP_CODE=140, FILE_NAME=words[1], NUM_OF_CHUNKS=len(chunks), **me)["TORRENT_ID"], flush=True)
    before, after = (" \n\n", " \n ") if kind == "padded" else ("", "")
    while True:
        connection, _ = server.accept()
        with connection:
            request = connection.recv(24576)
            reply = answer(json.loads(request), chunks, kind) if request else None
            if reply:
                connection.sendall((before + json.dumps(reply) + after).encode())

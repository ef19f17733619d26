# SPDX-License-Identifier: Apache-2.0
"""A name server that says nothing holds no stop: test_silent_dns.py CHITON. In namespaces of its own the test is root, the
network is this machine's loopback alone, and its name server is here; where the system allows none it is skipped."""
import fcntl
import json
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import tempfile

PATIENCE_S = 60
RESOLVER_S = 30  # for each of two tries of the C library
STOP_S = 10
GET_FLAGS, SET_FLAGS, UP = 0x8913, 0x8914, 1
INSIDE = "CT_TEST_INSIDE"


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def enter():
    """Runs this again inside; does not come back."""
    command = ["unshare", "--map-root-user", "--net", "--mount"]
    try:
        allowed = subprocess.run([*command, "true"], capture_output=True, text=True)
    except OSError as error:
        skip(f"unshare cannot be run: {error}")
    if allowed.returncode:
        skip(f"the system allows no namespaces: {allowed.stderr.strip()}")
    os.execvpe(command[0], [*command, sys.executable, *sys.argv], {**os.environ, INSIDE: "1"})


def cover(path, text, folder):
    """Lays a file over one of the system's."""
    other = pathlib.Path(folder, path.name)
    other.write_text(text, encoding="utf-8")
    done = subprocess.run(["mount", "--bind", other, path], capture_output=True, text=True)
    if done.returncode:
        skip(f"{path} cannot be laid over: {done.stderr.strip()}")


def silent_server(folder):
    cover(pathlib.Path("/etc/resolv.conf"), f"nameserver 127.0.0.1\noptions timeout:{RESOLVER_S} attempts:2\n", folder)
    if os.path.exists("/etc/nsswitch.conf"):
        cover(pathlib.Path("/etc/nsswitch.conf"), "hosts: files dns\n", folder)
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    flags = struct.unpack("16sh", fcntl.ioctl(server, GET_FLAGS, struct.pack("16sh", b"lo", 0)))[1]
    fcntl.ioctl(server, SET_FLAGS, struct.pack("16sh", b"lo", flags | UP))
    server.bind(("127.0.0.1", 53))
    server.settimeout(PATIENCE_S)
    return server


def check(server, command, number, code):
    """Starts a command, waits until it asks, and stops it."""
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    try:
        server.recvfrom(512)
        process.send_signal(number)
        said = process.communicate(timeout=STOP_S)[1]
    finally:
        process.kill()
    assert process.returncode == code, f"{command}: ended with {process.returncode}: {said}"
    server.setblocking(False)
    try:
        while True:
            server.recvfrom(512)
    except BlockingIOError:
        server.settimeout(PATIENCE_S)


def main():
    if not os.environ.get(INSIDE):
        enter()
    program = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        server = silent_server(folder)
        os.chdir(folder)
        model = pathlib.Path(folder, "det.json")
        model.write_text('{"chiton_fake":1,"detector":{}}', encoding="utf-8")
        for address in "rtsp://camera.example/1", "http://camera.example/snapshot":
            camera = {"inputs": [{"path": address}], "detect": {"model": str(model)}, "outputs": ["null:"]}
            pathlib.Path("fleet.yaml").write_text(json.dumps({"cameras": {"door": camera}}), encoding="utf-8")
            check(server, [program, "run", "fleet.yaml"], signal.SIGTERM, 0)
            check(server, [program, "detect", address, "-m", str(model), "-o", "null:"], signal.SIGINT, 130)
        check(server, [program, "models", "pull", "u2netp", "--model-dir", folder], signal.SIGINT, 130)
    print("ok")


if __name__ == "__main__":
    main()

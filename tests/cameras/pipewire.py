#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Starts a PipeWire server with its session manager, a bus and a folder of their own, and runs test_pipewire there."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

NEEDED = ["dbus-run-session", "pipewire", "wireplumber"]


def wait_for(path, limit_s=120):
    end = time.monotonic() + limit_s
    while not path.exists():
        if time.monotonic() > end:
            sys.exit(f"{path} did not appear")
        time.sleep(0.05)


def stop(process):
    process.kill()
    process.wait()


def inside(test, player):
    """Within the session: the servers, then the test."""
    folder = pathlib.Path(os.environ["XDG_RUNTIME_DIR"])
    with open(folder / "log", "wb") as log:
        server = subprocess.Popen(["pipewire"], stdout=log, stderr=log)
        try:
            wait_for(folder / "pipewire-0")
            manager = subprocess.Popen(["wireplumber"], stdout=log, stderr=log)
            try:
                return subprocess.run([test, player, str(server.pid)], check=False).returncode
            finally:
                stop(manager)
        finally:
            stop(server)


def main():
    if sys.argv[1] == "--inside":
        return inside(*sys.argv[2:])
    missing = [name for name in NEEDED if not shutil.which(name)]
    if missing:
        print("skipped: not installed:", ", ".join(missing))
        return 77
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o700)
        environment = dict(os.environ, XDG_RUNTIME_DIR=folder, HOME=folder, XDG_CONFIG_HOME=folder, XDG_STATE_HOME=folder)
        environment.pop("PIPEWIRE_REMOTE", None)
        words = ["dbus-run-session", "--", sys.executable, __file__, "--inside"] + sys.argv[1:]
        return subprocess.run(words, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

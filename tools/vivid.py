#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a program in a virtual machine whose kernel has a V4L2 camera: vivid, the kernel's own test driver.

    tools/vivid.py [--get] [--limit SECONDS] INIT PROGRAM [ARGUMENT...]

INIT is the build's tests/cameras/vivid_init. PROGRAM sees the files of this machine, read-only, beside a /tmp and a /dev of
its own. Needs qemu-system-x86_64 and Debian's kernel, unpacked in .deps/vivid: --get downloads it there (70 MB). Exits as
PROGRAM does, 77 where something is missing."""
import argparse
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parent.parent
KERNEL = TOP / ".deps" / "vivid"
# A webcam that has each of its usual sizes, and node numbers that are known beforehand.
MODULES = {
    "virtio_pci": "",
    "9pnet_virtio": "",
    "9p": "",
    "vivid": "n_devs=1 node_types=0x1 num_inputs=1 input_types=0 vid_cap_nr=0",
}


class Missing(Exception):
    pass


def get_kernel():
    """Downloads the package of the newest kernel that this system's archive has, and unpacks it; nothing is installed."""
    KERNEL.mkdir(parents=True, exist_ok=True)
    depends = subprocess.run(["apt-cache", "depends", "linux-image-amd64"], capture_output=True, text=True, check=True)
    name = re.search(r"Depends: (linux-image-\S+)", depends.stdout).group(1)
    with tempfile.TemporaryDirectory(dir=KERNEL) as folder:
        subprocess.run(["apt-get", "-q", "download", name], cwd=folder, check=True)
        package = next(pathlib.Path(folder).glob("*.deb"))
        subprocess.run(["dpkg", "-x", package, KERNEL], check=True)


def module_file(name):
    for found in KERNEL.glob(f"lib/modules/*/kernel/**/{name.replace('_', '[-_]')}.ko"):
        return found
    raise Missing(f"no kernel module {name} in {KERNEL}")


def in_order(names):
    """The modules that these need, each behind what it needs itself."""
    order = []
    for name in names:
        data = module_file(name).read_bytes()
        match = re.search(rb"\0depends=([^\0]*)\0", data)
        needs = [need for need in match.group(1).decode().split(",") if need] if match else []
        order += [other for other in in_order(needs) + [name] if other not in order]
    return order


def archive(files):
    """The files (name to mode and bytes) as cpio's "newc", which a kernel unpacks as its first file system."""
    out = bytearray()
    entries = list(files.items()) + [("TRAILER!!!", (0, b""))]
    for number, (name, (mode, data)) in enumerate(entries, 1):
        fields = [number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0]
        out += b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
        out += bytes(-len(out) % 4) + data
        out += bytes(-len(out) % 4)
    return bytes(out)


def first_files(init, command):
    names = in_order(MODULES)
    listing = "".join(f"{name}.ko {MODULES.get(name, '')}\n" for name in names)
    files = {name: (stat.S_IFDIR | 0o755, b"") for name in ("dev", "modules")}
    files["init"] = (stat.S_IFREG | 0o755, pathlib.Path(init).read_bytes())
    files["command"] = (stat.S_IFREG | 0o644, "".join(word + "\n" for word in command).encode())
    files["modules/list"] = (stat.S_IFREG | 0o644, listing.encode())
    for name in names:
        files[f"modules/{name}.ko"] = (stat.S_IFREG | 0o644, module_file(name).read_bytes())
    return files


def run(init, command, limit):
    machine = shutil.which("qemu-system-x86_64")
    kernels = sorted(KERNEL.glob("boot/vmlinuz-*"))
    if not machine:
        raise Missing("qemu-system-x86_64 is not installed")
    if not kernels:
        raise Missing(f"no kernel in {KERNEL}: tools/vivid.py --get downloads one")
    with tempfile.NamedTemporaryFile() as first:
        first.write(archive(first_files(init, command)))
        first.flush()
        words = [machine, "-accel", "tcg", "-cpu", "max", "-smp", "2", "-m", "768", "-nographic", "-no-reboot", "-nodefaults",
                 "-serial", "stdio", "-kernel", kernels[-1], "-initrd", first.name,
                 "-append", "console=ttyS0 quiet panic=-1",
                 "-fsdev", "local,id=host,path=/,security_model=none,readonly=on,multidevs=remap",
                 "-device", "virtio-9p-pci,fsdev=host,mount_tag=host"]
        output = b""
        try:
            done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  timeout=limit, check=False)
            output = done.stdout
        except subprocess.TimeoutExpired as late:
            output = (late.stdout or b"") + b"\nthe machine was stopped: it took too long\n"
    text = re.sub(r"\x1b\[?[?0-9]*[a-zA-Z]", "", output.decode(errors="replace").replace("\r\n", "\n"))
    sys.stdout.write(text)
    ended = re.search(rb"\nended: (\d+)", output)
    return int(ended.group(1)) if ended else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--get", action="store_true", help="download the kernel first where there is none")
    parser.add_argument("--limit", type=float, default=1200, metavar="SECONDS", help="stop after so long (%(default)g)")
    parser.add_argument("init", metavar="INIT")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="PROGRAM...")
    options = parser.parse_args()
    if options.get and not list(KERNEL.glob("boot/vmlinuz-*")):
        get_kernel()
    command = [os.path.abspath(options.command[0])] + options.command[1:]
    try:
        return run(options.init, command, options.limit)
    except Missing as missing:
        print(f"skipped: {missing}")
        return 77


if __name__ == "__main__":
    sys.exit(main())

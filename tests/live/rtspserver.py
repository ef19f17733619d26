#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Cameras for tests: a real RTSP server (GStreamer's) that plays clips in real time, and ports that misbehave.

    rtspserver.py PORT NAME=CLIP[,CLIP...] ... [--user U --password P [--basic]] [--drop P] [--udp-only] [--tcp-only]
                  [--shared] [--tls PEM] [--halt N] [--misbehave [NAME]]

PORT 0 takes a free one. The first line of output is the port; then a line for each further address, "NAME ADDRESS".
rtsp://127.0.0.1:PORT/NAME plays the clips of NAME one after the other, again and again, without encoding anything:
MP4 or MOV with H.264, H.265 or JPEG. A list of clips of one codec changes the size in mid-stream; of clips of several
codecs each viewer has the next. Each viewer has its own start; with --shared all see the same moment. --drop P loses so
many RTP packets (0 to 1). --tls takes certificate and key from a file: the addresses begin with rtsps: then. --halt N
stops after so many pictures, and stays connected. --misbehave opens more ports on which each connection is treated
alike:

    silent   accepted, and never answered
    garbage  answered with noise
    closes   closed after the first request
    drip     an answer that comes a byte a second
    stalls   plays NAME (else the first) for 2 s from its first packet on, then sends no more but stays connected
    breaks   plays NAME for 2 s, then closes
    noise    plays NAME for 2 s, then noise follows

SIGUSR1 stops all pictures or lets them go on. It ends with SIGTERM, or when its standard input does unless --stay.
Needs gir1.2-gst-rtsp-server-1.0, gstreamer1.0-plugins-base and -good, python3-gi; exits with 77 where they are missing.
"""
import argparse
import itertools
import os
import random
import signal
import socket
import sys
import threading
import time

try:
    import gi
    gi.require_version("Gst", "1.0")
    gi.require_version("GstApp", "1.0")
    gi.require_version("GstRtsp", "1.0")
    gi.require_version("GstRtspServer", "1.0")
    from gi.repository import Gio, GLib, Gst, GstApp, GstRtsp, GstRtspServer  # noqa: F401
    Gst.init(None)
    MISSING = [name for name in ("qtdemux", "rtph264pay", "appsrc", "rtpbin") if not Gst.ElementFactory.find(name)]
except (ImportError, ValueError) as error:
    MISSING = [str(error)]

SECOND = 1000000000
PAYLOADERS = {"video/x-h264": "rtph264pay", "video/x-h265": "rtph265pay", "image/jpeg": "rtpjpegpay"}
RESPITE_S = 2
paused = threading.Event()


def parameter_sets(caps):
    """The parameter sets of a clip in front of its first picture, as its pictures have them: lengths, then units."""
    structure = caps.get_structure(0)
    if not structure.has_field("codec_data"):
        return b""
    buffer = structure.get_value("codec_data")
    data = buffer.extract_dup(0, buffer.get_size())
    h264 = structure.get_name() == "video/x-h264"
    sets, at = b"", 5 if h264 else 23
    for _ in range(2 if h264 else data[22]):
        count = data[at] & 31 if h264 else int.from_bytes(data[at + 1:at + 3], "big")
        at += 1 if h264 else 3
        for _ in range(count):
            size = int.from_bytes(data[at:at + 2], "big")
            sets += size.to_bytes(4, "big") + data[at + 2:at + 2 + size]
            at += 2 + size
    return sets


class Clip:
    """The coded pictures of a file in the order of decoding, and what they are."""

    def __init__(self, path):
        pipeline = Gst.parse_launch(f'filesrc location="{path}" ! qtdemux name=demux '
                                    "demux.video_0 ! appsink name=sink sync=false")
        sink = pipeline.get_by_name("sink")
        pipeline.set_state(Gst.State.PLAYING)
        self.pictures, self.caps, self.end = [], None, 0
        while sample := sink.emit("pull-sample"):
            buffer, self.caps = sample.get_buffer(), sample.get_caps()
            delta = buffer.has_flags(Gst.BufferFlags.DELTA_UNIT)
            data = buffer.extract_dup(0, buffer.get_size())
            # GStreamer's own way to repeat them puts them between the slices of a picture too.
            data = data if delta else parameter_sets(self.caps) + data
            dts = buffer.dts if buffer.dts != Gst.CLOCK_TIME_NONE else buffer.pts
            self.pictures.append((dts, buffer.pts, buffer.duration, delta, data))
            self.end = max(self.end, dts + buffer.duration)
        pipeline.set_state(Gst.State.NULL)
        self.kind = self.caps.get_structure(0).get_name() if self.caps else ""
        if self.kind not in PAYLOADERS:
            raise SystemExit(f"{path}: no H.264, H.265 or JPEG in MP4")
        # Either way of MP4 to hold H.265 is one here, since parameter sets are sent with the pictures.
        self.caps = Gst.Caps.from_string(self.caps.to_string().replace("hev1", "hvc1"))
        self.begin = self.pictures[0][0]


class Player:
    """Feeds the clips of one camera to one appsrc, each picture at its time."""

    def __init__(self, source, clips, halt):
        self.source, self.clips, self.left, self.stopped = source, clips, halt, False
        source.connect("need-data", self.begin)
        self.begun = False

    def begin(self, *_):
        if not self.begun:
            self.begun = True
            threading.Thread(target=self.play, daemon=True).start()

    def play(self):
        start, offset = time.monotonic(), 0
        self.zero = self.source.get_current_running_time()
        while not self.stopped:
            for clip in self.clips:
                self.source.set_property("caps", clip.caps)
                for picture in clip.pictures:
                    self.left -= 1
                    if self.left == -1 or not self.give(picture, offset - clip.begin, start):
                        return
                offset += clip.end - clip.begin

    def give(self, picture, offset, start):
        dts, pts, duration, delta, data = picture
        late = start + (dts + offset) / SECOND - time.monotonic()
        if late > 0:
            time.sleep(late)
        if paused.is_set():
            return not self.stopped
        buffer = Gst.Buffer.new_wrapped(data)
        offset += self.zero
        buffer.dts, buffer.pts, buffer.duration = dts + offset, pts + offset, duration
        if delta:
            buffer.set_flags(Gst.BufferFlags.DELTA_UNIT)
        return not self.stopped and self.source.emit("push-buffer", buffer) == Gst.FlowReturn.OK

    def stop(self, *_):
        self.stopped = True


class Factory(GstRtspServer.RTSPMediaFactory if not MISSING else object):
    """Makes the pipeline of one camera for each viewer, or one for all."""

    def __init__(self, paths, options):
        super().__init__()
        clips = [Clip(path) for path in paths]
        one_codec = len({clip.kind for clip in clips}) == 1
        self.turns, self.options = itertools.cycle([clips] if one_codec else [[clip] for clip in clips]), options
        self.set_shared(options.shared)
        protocols = GstRtsp.RTSPLowerTrans.TCP | GstRtsp.RTSPLowerTrans.UDP
        if options.udp_only:
            protocols = GstRtsp.RTSPLowerTrans.UDP
        if options.tcp_only:
            protocols = GstRtsp.RTSPLowerTrans.TCP
        self.set_protocols(protocols)
        self.connect("media-configure", self.configure)

    def do_create_element(self, _):
        clips = next(self.turns)
        element = Gst.parse_launch("( appsrc name=source format=time is-live=true ! "
                                   f"{PAYLOADERS[clips[0].kind]} name=pay0 pt=96 )")
        element.player = Player(element.get_by_name("source"), clips, self.options.halt)
        return element

    def configure(self, _, media):
        element = media.get_element()
        media.connect("unprepared", element.player.stop)
        if self.options.drop:
            element.get_by_name("pay0").get_static_pad("src").add_probe(
                Gst.PadProbeType.BUFFER | Gst.PadProbeType.BUFFER_LIST, self.lose)

    def lose(self, *_):
        return Gst.PadProbeReturn.DROP if random.random() < self.options.drop else Gst.PadProbeReturn.OK


def guard(server, factories, options):
    """Lets in whoever knows user and password; where there are none, whoever speaks TLS."""
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, "viewer")
    if options.tls:
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(options.tls))
    if not options.user:
        auth.set_default_token(token)
    elif options.basic:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.BASIC)
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(options.user, options.password), token)
    else:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(options.user, options.password, token)
    server.set_auth(auth)
    for factory in factories:
        permissions = GstRtspServer.RTSPPermissions()
        for right in (GstRtspServer.RTSP_PERM_MEDIA_FACTORY_ACCESS, GstRtspServer.RTSP_PERM_MEDIA_FACTORY_CONSTRUCT):
            permissions.add_permission_for_role("viewer", right, True)
        factory.set_permissions(permissions)


def hold(connection):
    while connection.recv(4096):
        pass


def silent(connection):
    hold(connection)


def garbage(connection):
    connection.recv(4096)
    connection.sendall(random.Random(1).randbytes(100000))
    hold(connection)


def closes(connection):
    connection.recv(4096)


def drip(connection):
    connection.recv(4096)
    connection.sendall(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n")
    while True:
        connection.sendall(b"X: y\r\n"[:1])
        time.sleep(1)


def relay(after):
    """Passes everything to the real server and back for a while; then `after` has the connection."""
    def run(connection):
        real = socket.create_connection(("127.0.0.1", PORT))
        threading.Thread(target=pump, args=(connection, real), daemon=True).start()
        end = None  # 2 s from the first packet on, however long the machine took to come there
        while (not end or time.monotonic() < end) and (data := real.recv(65536)):
            if not end and b"$\0" in data:
                end = time.monotonic() + RESPITE_S
            connection.sendall(data)
        after(connection)
        real.close()
    return run


def pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass


def noise(connection):
    connection.sendall(random.Random(2).randbytes(1 << 20))
    hold_forever(connection)


def hold_forever(_):
    threading.Event().wait()


WAYS = {"silent": silent, "garbage": garbage, "closes": closes, "drip": drip, "stalls": relay(hold_forever),
        "breaks": relay(lambda connection: None), "noise": relay(noise)}
PORT = 0


def serve_badly(listener, way):
    def one(connection):
        try:
            way(connection)
        except OSError:
            pass
        try:
            connection.shutdown(socket.SHUT_RDWR)  # another thread may still read from it
        except OSError:
            pass
        connection.close()
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=one, args=(connection,), daemon=True).start()


def misbehave(path):
    for name, way in WAYS.items():
        listener = socket.create_server(("127.0.0.1", 0))
        print(name, f"rtsp://127.0.0.1:{listener.getsockname()[1]}/{path}", flush=True)
        threading.Thread(target=serve_badly, args=(listener, way), daemon=True).start()


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port")
    parser.add_argument("cameras", nargs="+", metavar="NAME=CLIP[,CLIP...]")
    parser.add_argument("--user")
    parser.add_argument("--password", default="")
    parser.add_argument("--drop", type=float, default=0)
    parser.add_argument("--tls", metavar="PEM")
    parser.add_argument("--halt", type=int, default=-1)
    parser.add_argument("--misbehave", metavar="NAME", nargs="?", const="")
    for flag in ("basic", "udp-only", "tcp-only", "shared", "stay"):
        parser.add_argument("--" + flag, action="store_true")
    return parser.parse_args()


def main():
    global PORT
    options = parse()
    if MISSING:
        print(f"rtspserver.py: no {', '.join(MISSING)}", file=sys.stderr)
        return 77
    server = GstRtspServer.RTSPServer(service=options.port, address="127.0.0.1")
    server.get_thread_pool().set_max_threads(8)
    factories = {}
    for camera in options.cameras:
        name, paths = camera.split("=", 1)
        factories[name] = Factory(paths.split(","), options)
        server.get_mount_points().add_factory("/" + name, factories[name])
    if options.user or options.tls:
        guard(server, factories.values(), options)
    if not server.attach(None):
        raise SystemExit(f"port {options.port} is taken")
    PORT = server.get_bound_port()
    print(PORT, flush=True)
    if options.misbehave is not None:
        misbehave(options.misbehave or next(iter(factories)))
    print("ready", flush=True)
    loop = GLib.MainLoop()
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGTERM, loop.quit)
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGUSR1, toggle)
    if not options.stay:
        threading.Thread(target=lambda: (sys.stdin.read(), os.kill(os.getpid(), signal.SIGTERM)), daemon=True).start()
    loop.run()
    return 0


def toggle():
    if paused.is_set():
        paused.clear()
    else:
        paused.set()
    return True


if __name__ == "__main__":
    sys.exit(main())

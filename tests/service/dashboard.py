#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""dashboard.py PROGRAM [FOLDER]: the dashboard of PROGRAM (examples/cameras) in a headless Chromium, with cameras that
live and one that is not there. Screenshots go to FOLDER."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request

from browser import Browser

SKIP = 77
CAMERAS = ["synthetic:walkers?frames=0", "synthetic:walkers?frames=0&n=20&seed=3", "rtsp://user:secret@127.0.0.1:1/gone"]
SHOWN = "[...document.querySelectorAll('article')].filter(a => !a.querySelector('img').hidden).length"


def tile(name):
    return f"document.querySelector('article[aria-label={name}]')"


def pictures_come_and_go_on(browser):
    browser.wait(f"{SHOWN} === 2")
    first = browser.value(f"{tile('camera1')}.querySelector('img').src")
    browser.wait(f"{tile('camera1')}.querySelector('img').src !== '{first}'")
    browser.wait(f"{tile('camera1')}.querySelector('img').naturalWidth > 0")


def a_dead_camera_shows_why(browser):
    browser.wait(f"/waiting|connecting/.test({tile('camera3')}.querySelector('.state').textContent)")
    browser.wait(f"/refused; again in/.test({tile('camera3')}.textContent)")
    assert browser.value(f"{tile('camera3')}.querySelector('img').hidden")
    assert "secret" not in browser.value("document.body.textContent")


def numbers_are_shown(browser):
    browser.wait("document.getElementById('cameras').textContent === '2 of 3 live'")
    browser.wait("document.querySelectorAll('.lane').length >= 1")
    browser.wait("/ % of \\d+/.test(document.getElementById('cpu').textContent)")
    browser.wait(f"parseFloat({tile('camera2')}.querySelector('.fps').textContent) > 1")


def pictures_off_the_screen_are_not_asked_for(browser, url):
    browser.value("document.getElementById('tiles').style.paddingTop = '20000px'")
    names = ("camera1", "camera2")
    browser.wait(" && ".join(f"!{tile(name)}.tile.visible" for name in names))

    def watched():
        with urllib.request.urlopen(url + "api/streams") as answer:
            return sum(stream["watched"] for stream in json.load(answer)["streams"])
    for _ in range(300):
        if watched() == 0:
            break
        browser.value("new Promise(done => setTimeout(done, 100))")
    assert watched() == 0, "somebody still looks at pictures"
    browser.value("document.getElementById('tiles').style.paddingTop = ''")
    browser.wait(" && ".join(f"{tile(name)}.tile.visible" for name in names))


def a_picture_can_be_enlarged(browser):
    browser.value(f"{tile('camera1')}.querySelector('button').click()")
    browser.wait(f"{tile('camera1')}.querySelector('img').naturalWidth >= 960")
    assert browser.value(f"{tile('camera1')}.querySelector('button').getAttribute('aria-pressed')") == "true"
    browser.value(f"{tile('camera1')}.querySelector('button').click()")


def nothing_is_wider_than_the_screen(browser):
    assert browser.value("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"


def look(chromium, url, folder):
    with Browser(chromium) as browser:
        browser.open(url)
        pictures_come_and_go_on(browser)
        a_dead_camera_shows_why(browser)
        numbers_are_shown(browser)
        browser.screenshot(os.path.join(folder, "dashboard.png"))
        pictures_off_the_screen_are_not_asked_for(browser, url)
        a_picture_can_be_enlarged(browser)
        nothing_is_wider_than_the_screen(browser)
        assert not browser.errors, browser.errors
    with Browser(chromium, 390, 844, dark=True) as browser:
        browser.open(url)
        browser.wait(f"{SHOWN} >= 1")
        nothing_is_wider_than_the_screen(browser)
        browser.screenshot(os.path.join(folder, "dashboard_phone.png"))
        assert not browser.errors, browser.errors


def main(arguments):
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        print("no chromium on this machine (Debian: package chromium)")
        return SKIP
    with tempfile.TemporaryDirectory(prefix="chiton-dashboard-") as folder:
        model = os.path.join(folder, "detector.json")
        with open(model, "w", encoding="ascii") as file:
            file.write('{"chiton_fake":1,"detector":{"noise":0.02,"miss":0.05,"seed":1}}')
        with subprocess.Popen([arguments[1], model, *CAMERAS], stdout=subprocess.PIPE, text=True) as program:
            try:
                look(chromium, program.stdout.readline().strip(), arguments[2] if len(arguments) > 2 else folder)
            finally:
                program.terminate()
    return program.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv))

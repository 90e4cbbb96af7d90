"""What the package costs: calls, brokers, 200 tests under pytest-xdist, and what is left after kill -9 of pytest.

python tools/measure.py        in an environment with citronella, pytest, pytest-xdist
"""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Callable, Dict, List

from citronella import AsyncBroker, Broker, publish

TESTS = r"""
import socket, pytest
from citronella import publish

@pytest.mark.parametrize("n", range(200))
def test_it(mqtt_broker, n):
    with socket.create_connection((mqtt_broker.host, mqtt_broker.port)) as lamp:
        lamp.sendall(b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp" + b"\x30\x0e\0\x0alamp/stateon")
        mqtt_broker.expect(publish("lamp/state").payload("on"), times=1)
"""


def median_ms(work: Callable[[], Any], times: int = 300) -> float:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


def calls() -> Dict[str, float]:
    with Broker() as broker:
        broker.publish("a", "x")
        return {
            "a call (stats)": median_ms(broker.stats),
            "publish": median_ms(lambda: broker.publish("a", "x")),
            "never(…)": median_ms(lambda: broker.never(publish("b"))),
            "as new (what mqtt_broker does before each test)": median_ms(broker.renew),
            "start and stop a broker": median_ms(lambda: Broker().start().stop(), 100),
        }


async def awaited_ms() -> float:
    async with AsyncBroker() as broker:
        taken = []
        for _ in range(300):
            began = time.perf_counter()
            await broker.stats()
            taken.append(time.perf_counter() - began)
        return statistics.median(taken) * 1000


def below(pid: int) -> List[int]:
    told = subprocess.run(["ps", "-e", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
    pairs = [tuple(map(int, line.split())) for line in told.stdout.splitlines()]
    direct = [child for child, parent in pairs if parent == pid]
    return direct + [one for child in direct for one in below(child)]


def suite(folder: str, workers: int) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-n", str(workers), "-p", "no:cacheprovider"]
    told = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.strip().splitlines()[-1]
    killed = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    # Until the workers and the program of the brokers are there.
    while len(below(killed.pid)) < workers + 1:
        time.sleep(0.01)
    processes = below(killed.pid)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    began = time.monotonic()
    while any(os.path.exists(f"/proc/{pid}") for pid in processes) and time.monotonic() - began < 30:
        time.sleep(0.01)
    left = sum(os.path.exists(f"/proc/{pid}") for pid in processes)
    return f"{told}; killed with {len(processes)} processes below it: {left} left after {time.monotonic() - began:.1f} s"


def main() -> None:
    for name, cost in calls().items():
        print(f"{name}: {cost:.2f} ms")
    print(f"a call that is awaited: {asyncio.run(awaited_ms()):.2f} ms")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_many.py").write_text(TESTS)
        for workers in (0, 2, 8):
            print(f"200 tests, -n {workers}: {suite(folder, workers)}")


if __name__ == "__main__":
    main()

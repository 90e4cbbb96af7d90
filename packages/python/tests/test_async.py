from __future__ import annotations

import asyncio
import gc
import inspect
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import citronella.aio
from citronella import AsyncBroker, Broker, NotMet, event, publish
from citronella._sync import parts as sync_parts


def test_both_kinds_are_the_same_calls():
    made = subprocess.run([sys.executable, Path(__file__).parent.parent / "tools" / "write_sync.py", "--check"], check=False)
    assert made.returncode == 0
    for name, call in inspect.getmembers(Broker, inspect.isfunction):
        twin = getattr(AsyncBroker, name.replace("__enter__", "__aenter__").replace("__exit__", "__aexit__"))
        assert list(inspect.signature(call).parameters) == list(inspect.signature(twin).parameters), name
    assert citronella.aio.Broker is AsyncBroker
    assert not inspect.iscoroutinefunction(sync_parts.Clients.list)


def test_the_same_calls_are_awaited():
    async def main():
        async with AsyncBroker() as broker:
            waiting = asyncio.create_task(broker.expect(publish("lamp/state")))
            events = await broker.events(event("connected"))
            _, writer = await asyncio.open_connection(broker.host, broker.port)
            writer.write(b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp" + b"\x30\x0e\0\x0alamp/stateon")
            assert (await waiting)[0].payload == "on"
            async with events:
                async for entry in events:
                    assert entry.client_id == "lamp"
                    break
            assert (await broker.clients["lamp"]).connected
            await broker.faults.add(name="lost", when={"packet": "PUBLISH"}, action="drop")
            assert (await broker.faults["lost"]).fired == 0
            await broker.clock.freeze()
            assert await broker.clock.advance(hours=1) >= 3600
            async with await broker.partition("lamp"):
                pass
            with pytest.raises(NotMet):
                await broker.expect(publish("no"), within=0)
            await broker.never(publish("no"))
            writer.close()
            await broker.wait_disconnected("lamp")
            assert (await broker.clients["lamp"]).last_disconnect.why
            # Side by side on connections of their own.
            await asyncio.gather(*(broker.publish(f"t/{n}", "x", retain=True) for n in range(20)))
            assert len(await broker.retained.list()) == 20

    threads = threading.active_count()
    asyncio.run(main())
    gc.collect()
    assert threading.active_count() == threads


def test_a_wait_that_is_given_up_harms_nobody():
    async def main():
        async with AsyncBroker() as broker:
            await broker.stats()
            waiting = asyncio.create_task(broker.expect(publish("a"), within=60))
            await asyncio.sleep(0)
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(asyncio.shield(waiting), 0.05)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert (await broker.stats()).clients_connected == 0

    asyncio.run(main())


def test_the_fixture_serves_one_loop_after_the_other(mqtt_broker_async, mqtt_broker):
    async def main(n):
        await mqtt_broker_async.publish(f"a/{n}", "x", retain=True)
        assert len(await mqtt_broker_async.retained.list()) == n

    asyncio.run(main(1))
    asyncio.run(main(2))
    assert len(mqtt_broker.retained.list()) == 2
    assert repr(mqtt_broker_async) == f"<AsyncBroker {mqtt_broker.url}>"


def test_who_does_not_use_it_does_not_import_it():
    code = "import sys, citronella; assert 'asyncio' not in sys.modules; from citronella import AsyncBroker"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_loop_that_is_not_of_asyncio_is_told():
    # As trio runs it: no loop of asyncio is there.
    with pytest.raises(RuntimeError, match="AsyncBroker is for asyncio"):
        AsyncBroker().start().send(None)

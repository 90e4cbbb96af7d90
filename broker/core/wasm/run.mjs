// The core in WebAssembly, from CONNECT to a delivery: `node run.mjs module.wasm`.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

const { instance } = await WebAssembly.instantiate(await readFile(process.argv[2]), {});
const core = instance.exports;

const bytes = (...parts) =>
    parts.flatMap((part) => (typeof part === "string" ? [...new TextEncoder().encode(part)] : [part]));

function send(now, client, packet) {
    new Uint8Array(core.memory.buffer, core.input(packet.length), packet.length).set(packet);
    assert.equal(core.receive(now, client), packet.length, "the whole packet is taken");
}

function took(now, client) {
    const length = core.take(now, client);
    return [...new Uint8Array(core.memory.buffer, core.output(), length)];
}

const connect = (id, keepAliveSecs) =>
    bytes(0x10, 12 + id.length, 0, 4, "MQTT", 4, 2, 0, keepAliveSecs, 0, id.length, id);

// foo1 subscribes.
const foo1 = core.open(0);
send(0, foo1, connect("foo1", 0));
assert.deepEqual(took(0, foo1), [0x20, 2, 0, 0], "CONNACK");
send(0, foo1, bytes(0x82, 15, 0, 1, 0, 10, "test/topic", 0));
assert.deepEqual(took(0, foo1), [0x90, 3, 0, 1, 0], "SUBACK");

// foo2 publishes, and foo1 is given it.
const foo2 = core.open(1);
send(1, foo2, connect("foo2", 60));
assert.deepEqual(took(1, foo2), [0x20, 2, 0, 0], "CONNACK");
const publish = bytes(0x30, 15, 0, 10, "test/topic", "bar");
send(1, foo2, publish);
assert.deepEqual(took(1, foo1), publish, "PUBLISH");

// A client's bytes never stop it, and what comes next is served.
const noise = core.open(2);
send(2, noise, bytes(0xff, 0xff));
const foo3 = core.open(2);
send(2, foo3, connect("foo3", 0));
assert.deepEqual(took(2, foo3), [0x20, 2, 0, 0], "CONNACK");

// Time is an argument: foo2 says nothing for 1.5 times its Keep Alive, counted from its last packet, and is to go.
core.tick(90_000);
assert.equal(core.wants_close(foo2), 0, "there is a millisecond left");
core.tick(90_001);
assert.equal(core.wants_close(foo2), 1, "its Keep Alive is over");
core.close(90_001, foo2);
send(90_001, foo3, publish);
assert.deepEqual(took(90_001, foo1), publish, "PUBLISH");

console.log("the core answers in WebAssembly, from CONNECT to a delivery");

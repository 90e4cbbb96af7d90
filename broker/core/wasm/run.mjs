// The core in WebAssembly, from CONNECT to a delivery, a packet that is lost, and requests of the control API: `node run.mjs module.wasm`.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

const { instance } = await WebAssembly.instantiate(await readFile(process.argv[2]), {});
const core = instance.exports;
const openapi = JSON.parse(await readFile(new URL("../../../docs/openapi.json", import.meta.url)));

const bytes = (...parts) =>
    parts.flatMap((part) => (typeof part === "string" ? [...new TextEncoder().encode(part)] : [part]));
const output = (length) => [...new Uint8Array(core.memory.buffer, core.output(), length)];

function put(input) {
    // The memory may move while room is made.
    const at = core.input(input.length);
    new Uint8Array(core.memory.buffer, at, input.length).set(input);
}

function open(now) {
    put(bytes("the page"));
    return core.open(now);
}

function send(now, client, packet, isLost = 0) {
    put(packet);
    core.receive(now, client, isLost);
}

/** What arrives at the client, at once. */
const took = (now, client, isLost = 0) => output(core.pass(now, client, core.unsent(client), isLost));

function close(now, client) {
    put(bytes("the page closed it"));
    core.close(now, client);
}

/** A request of the control API: its status and its body. */
function ask(now, method, path, body, query = []) {
    put(bytes(JSON.stringify({ method, path, query, body })));
    const said = Buffer.from(output(core.ask(now))).toString();
    return { status: core.status(), said, json: said.startsWith("{") ? JSON.parse(said) : undefined };
}

const connect = (id, keepAliveSecs, flags = 2) =>
    bytes(0x10, 12 + id.length, 0, 4, "MQTT", 4, flags, 0, keepAliveSecs, 0, id.length, id);

// foo1 subscribes, with QoS 1.
const foo1 = open(0);
send(0, foo1, connect("foo1", 0, 0));
assert.deepEqual(took(0, foo1), [0x20, 2, 0, 0], "CONNACK");
send(0, foo1, bytes(0x82, 15, 0, 1, 0, 10, "test/topic", 1));
assert.deepEqual(took(0, foo1), [0x90, 3, 0, 1, 1], "SUBACK");

// foo2 publishes, and foo1 is given it.
const foo2 = open(1);
send(1, foo2, connect("foo2", 60));
assert.deepEqual(took(1, foo2), [0x20, 2, 0, 0], "CONNACK");
const publish = bytes(0x30, 15, 0, 10, "test/topic", "bar");
send(1, foo2, publish);
assert.deepEqual(took(1, foo1), publish, "PUBLISH");

// A client's bytes never stop it, and what comes next is served.
const noise = open(2);
send(2, noise, bytes(0xff, 0xff, 0xff, 0xff, 0xff));
assert.equal(core.wants_close(noise), 1, "it is to go");
close(2, noise);
const foo3 = open(2);
send(2, foo3, connect("foo3", 0));
assert.deepEqual(took(2, foo3), [0x20, 2, 0, 0], "CONNACK");

// A packet is lost by hand on its way: the journal says so, and the broker sends it again to the client that comes back.
send(3, foo2, bytes(0x32, 17, 0, 10, "test/topic", 0, 9, "one"));
const [length] = [core.unsent(foo1)];
assert.equal(core.pass(3, foo1, length, 1), 0, "nothing of it arrives");
const lost = ask(3, "GET", "packets", undefined, [["event", "fault"]]).json.packets;
assert.deepEqual([lost.length, lost[0].rule, lost[0].action], [1, "by hand", "drop"]);
assert.equal(ask(3, "GET", "faults").json.faults.length, 0, "the rule was for this packet alone");
close(4, foo1);
const again = open(5);
send(5, again, connect("foo1", 0, 0));
assert.deepEqual(took(5, again), bytes(0x20, 2, 1, 0, 0x3a, 17, 0, 10, "test/topic", 0, 1, "one"), "CONNACK, and PUBLISH with DUP");
send(5, again, bytes(0x40, 2, 0, 1), 1);
assert.equal(ask(5, "GET", "sessions").json.sessions.find((one) => one.client_id === "foo1").inflight, 1, "its PUBACK was lost");
send(5, again, bytes(0x40, 2, 0, 1));
assert.equal(ask(5, "GET", "sessions").json.sessions.find((one) => one.client_id === "foo1").inflight, 0);

// Rules of the API: one that delays, and one that closes the connection.
const late = { name: "late", when: { packet: "PUBLISH", direction: "out" }, action: { type: "latency", latency: 2000 } };
assert.equal(ask(6, "POST", "faults", late).status, 201);
assert.equal(ask(6, "POST", "faults", late).status, 409, "its name is taken");
send(6, foo2, publish);
assert.deepEqual(took(6, again), [], "it is kept back");
assert.equal(core.next_timeout(), 2006);
core.tick(2006);
assert.deepEqual(output(core.take(2006, again)), publish);
assert.equal(ask(2006, "GET", "faults").json.faults[0].fired, 1);
assert.equal(ask(2006, "PUT", "faults/late/enabled", { enabled: false }).json.enabled, false);
assert.equal(ask(2006, "PUT", "faults/late/enabled", { enabled: 7 }).status, 422);
assert.equal(ask(2006, "POST", "faults/late/reset").json.fired, 0);
assert.equal(ask(2006, "POST", "faults/lat/reset").status, 404);
assert.deepEqual(Object.keys(ask(2006, "GET", "faults").json.faults[0]), Object.keys(openapi.components.schemas.Fault.properties).toSorted());
assert.deepEqual(ask(2006, "DELETE", "faults/late").json, { removed: 1 });
const cut = { name: "cut", when: { packet: "PUBLISH", direction: "in" }, first: 1, action: "disconnect" };
assert.equal(ask(2006, "POST", "faults", cut).status, 201);
send(2006, foo3, publish);
assert.equal(core.wants_close(foo3), 2);
close(2006, foo3);
assert.equal(ask(2006, "DELETE", "faults").json.removed, 1);

// What is wrong is said, and what is not here, too.
assert.match(ask(7, "POST", "faults", { name: "x", action: "dorp" }).json.detail, /dorp/);
assert.deepEqual([ask(7, "POST", "stubs", {}).status, ask(7, "POST", "stubs", {}).json.title], [501, "this broker does not have it"]);
put(bytes("no JSON"));
core.ask(7);
assert.equal(core.status(), 422);

// Expectations: what came counts, and what may come is waited for.
const expect = (body) => ask(2006, "POST", "expectations", body).json.waits;
const stands = (handle, isOver) => ask(2006, "GET", `expectations/${handle}`, undefined, isOver ? [["is_over", "1"]] : []);
const came = expect({ pattern: { packet: "PUBLISH", direction: "out", dup: true }, after: 0 });
assert.equal(stands(came).json.packets[0].client_id, "foo1");
const never = expect({ pattern: { packet: "PUBLISH", topic: "test/topik" }, after: 0 });
assert.equal(stands(never).status, 202);
const missed = stands(never, true);
assert.equal(missed.status, 417);
assert.equal(missed.json.failure.nearest[0].differences[0].field, "topic");
assert.equal(ask(2006, "POST", "expectations", { pattern: { packet: "PUBLSH" } }).status, 422);

// Shapes are those of the API: the members that its description has, and no others.
send(2007, foo2, bytes(0x31, 10, 0, 5, "house", "on!"));
const { schemas } = openapi.components;
function holds(schema, found) {
    const { properties, required = [] } = schemas[schema];
    const known = Object.keys(properties);
    for (const member of Object.keys(found)) assert.ok(known.includes(member), `${schema} has no member ${member}`);
    for (const member of required) assert.ok(member in found, `${schema}: ${member} is not there`);
}
holds("Client", ask(2007, "GET", "clients/foo2").json);
holds("Ended", ask(2007, "GET", "clients/foo3").json.last_disconnect);
holds("SessionSummary", ask(2007, "GET", "sessions").json.sessions[0]);
holds("Subscription", ask(2007, "GET", "subscriptions").json.subscriptions[0]);
const [house] = ask(2007, "GET", "retained").json.retained;
for (const part of schemas.Kept.allOf ?? [schemas.Kept]) for (const member of part.required ?? []) assert.ok(member in house, `Kept: ${member}`);
assert.deepEqual([house.topic, house.payload, house.publisher], ["house", "on!", "foo2"]);
const events = ask(2007, "GET", "events", undefined, [["after", "0"]]).said.trim().split("\n\n");
const seqs = events.map((event) => JSON.parse(event.split("\n")[2].slice(6)).seq);
assert.deepEqual(seqs.toSorted((a, b) => a - b), seqs);
assert.equal(seqs.at(-1), core.newest());
assert.equal(ask(2007, "GET", `packets/${seqs[0]}`).json.packet, "CONNECT");
assert.equal(ask(2007, "GET", "packets/99999").status, 404);
assert.match(ask(2007, "GET", "export", undefined, [["format", "ladder"]]).said, /foo2 ── CONNECT/);
assert.match(ask(2007, "GET", "export", undefined, [["format", "mermaid"]]).said, /^sequenceDiagram/);

// Time is an argument: foo2 says nothing for 1.5 times its Keep Alive, counted from its last packet, and is to go.
core.tick(92_006);
assert.equal(core.wants_close(foo2), 0, "there is a millisecond left");
core.tick(92_007);
assert.equal(core.wants_close(foo2), 1, "its Keep Alive is over");
close(92_007, foo2);

// And as new.
assert.equal(ask(92_008, "POST", "reset").status, 200);
assert.equal(ask(92_008, "GET", "sessions").json.sessions.length, 0);

console.log("the core answers in WebAssembly, from CONNECT to a delivery and over the control API");

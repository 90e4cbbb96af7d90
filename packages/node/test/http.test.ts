import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { BrokerError, Problem } from 'citronella'
import { Api } from '../dist/http.js'

/** A server that does with the nth request of its nth connection what it is told. */
async function server(t: TestContext, answer: (connection: number, request: number, socket: Socket) => void) {
  const sockets: Socket[] = []
  const listening = createServer((socket) => {
    const [connection, requests] = [sockets.push(socket), { count: 0 }]
    socket.on('error', () => {})
    socket.on('data', () => {
      requests.count += 1
      answer(connection, requests.count, socket)
    })
  })
  listening.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  const { port } = listening.address() as AddressInfo
  t.after(() => {
    listening.close()
    for (const socket of sockets) socket.destroy()
  })
  return new Api(`http://127.0.0.1:${port}/api/v1`)
}

function say(socket: Socket, text: string, head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json'): void {
  socket.write(`${head}\r\nContent-Length: ${text.length}\r\n\r\n${text}`)
}

test('a connection that was closed while it was idle is replaced', async (t) => {
  const api = await server(t, (connection, request, socket) => {
    if (connection === 1 && request === 2) socket.resetAndDestroy()
    else say(socket, `{"connection":${connection}}`)
  })
  assert.deepEqual(await api.json('GET', 'a'), { connection: 1 })
  assert.deepEqual(await api.json('GET', 'a'), { connection: 2 })
})

test('a new connection that is closed is not tried again', async (t) => {
  let count = 0
  const api = await server(t, (_connection, _request, socket) => {
    count += 1
    socket.resetAndDestroy()
  })
  await assert.rejects(
    api.json('GET', 'a'),
    (error: unknown) => error instanceof BrokerError && /no broker answers at/.test(error.message),
  )
  assert.equal(count, 1)
})

test('an answer that breaks off is told', async (t) => {
  const api = await server(t, (_connection, _request, socket) => {
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"half')
  })
  await assert.rejects(api.json('GET', 'a'), /the answer of the broker broke off/)
})

test('something else that answers there is told', async (t) => {
  const api = await server(t, (_connection, _request, socket) => say(socket, '<h1>Not Found</h1>', 'HTTP/1.1 404 Not Found'))
  const told = (error: unknown): boolean =>
    error instanceof Problem && error.status === 404 && /no control API answered with 404: <h1>/.test(error.message)
  await assert.rejects(api.json('GET', 'a'), told)
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { BrokerError, Problem } from 'citronella'
import { Api } from '../dist/http.js'

/** A server that does with the nth request of its nth connection what it is told. */
async function server(answer: (connection: number, request: number, socket: Socket) => void) {
  let connections = 0
  const listening = createServer((socket) => {
    connections += 1
    const [connection, requests] = [connections, { count: 0 }]
    socket.on('error', () => {})
    socket.on('data', () => {
      requests.count += 1
      answer(connection, requests.count, socket)
    })
  })
  listening.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  const { port } = listening.address() as AddressInfo
  return { api: new Api(`http://127.0.0.1:${port}/api/v1`), end: () => listening.close() }
}

function say(socket: Socket, text: string, head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json'): void {
  socket.write(`${head}\r\nContent-Length: ${text.length}\r\n\r\n${text}`)
}

test('a connection that was closed while it was idle is replaced', async () => {
  const { api, end } = await server((connection, request, socket) => {
    if (connection === 1 && request === 2) socket.resetAndDestroy()
    else say(socket, `{"connection":${connection}}`)
  })
  assert.deepEqual(await api.json('GET', 'a'), { connection: 1 })
  assert.deepEqual(await api.json('GET', 'a'), { connection: 2 })
  end()
})

test('a new connection that is closed is not tried again', async () => {
  let count = 0
  const { api, end } = await server((_connection, _request, socket) => {
    count += 1
    socket.resetAndDestroy()
  })
  await assert.rejects(
    api.json('GET', 'a'),
    (error: unknown) => error instanceof BrokerError && /no broker answers at/.test(error.message),
  )
  assert.equal(count, 1)
  end()
})

test('an answer that breaks off is told', async () => {
  const { api, end } = await server((_connection, _request, socket) => {
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"half')
  })
  await assert.rejects(api.json('GET', 'a'), /the answer of the broker broke off/)
  end()
})

test('something else that answers there is told', async () => {
  const { api, end } = await server((_connection, _request, socket) =>
    say(socket, '<h1>Not Found</h1>', 'HTTP/1.1 404 Not Found'),
  )
  const told = (error: unknown): boolean =>
    error instanceof Problem && error.status === 404 && /no control API answered with 404: <h1>/.test(error.message)
  await assert.rejects(api.json('GET', 'a'), told)
  end()
})

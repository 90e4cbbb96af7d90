// What acts as a `WebSocket`, and ends at the broker in this page.

const [CONNECTING, OPEN, CLOSING, CLOSED] = [0, 1, 2, 3];

export class Socket extends EventTarget {
  /** `line` has `send(bytes)` and `end()`. */
  constructor(name, begin) {
    super();
    Object.assign(this, { name, url: 'page:', protocol: 'mqtt', extensions: '', binaryType: 'blob', bufferedAmount: 0, readyState: CONNECTING });
    queueMicrotask(() => {
      if (this.readyState !== CONNECTING) return;
      this.line = begin(this);
      this.readyState = OPEN;
      this.tell(new Event('open'));
    });
  }

  tell(event) {
    this[`on${event.type}`]?.(event);
    this.dispatchEvent(event);
  }

  send(data) {
    if (this.readyState === CONNECTING) throw new DOMException('it is not open yet', 'InvalidStateError');
    if (this.readyState !== OPEN) return;
    const bytes = ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data);
    this.line.send(bytes.slice());
  }

  /** The client closes: what it said before still arrives. */
  close() {
    if (this.readyState >= CLOSING) return;
    this.readyState = CLOSING;
    if (this.line) this.line.end();
    else this.closed();
  }

  /** Bytes have arrived. */
  deliver(bytes) {
    if (this.readyState !== OPEN || !bytes.length) return;
    const data = this.binaryType === 'arraybuffer' ? bytes.buffer : new Blob([bytes]);
    this.tell(new MessageEvent('message', { data }));
  }

  /** The connection is gone. */
  closed(wasClean = true) {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSED;
    this.tell(new CloseEvent('close', { wasClean, code: wasClean ? 1000 : 1006 }));
  }
}
Object.assign(Socket, { CONNECTING, OPEN, CLOSING, CLOSED });
Object.assign(Socket.prototype, { CONNECTING, OPEN, CLOSING, CLOSED });

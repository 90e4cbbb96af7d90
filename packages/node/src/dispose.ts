// `await using` asks for this symbol. Node has it from 20 on, but the globals that Jest gives to tests may not.
if (!Symbol.asyncDispose) {
  Object.defineProperty(Symbol, 'asyncDispose', { value: Symbol.for('Symbol.asyncDispose') })
}

export {}

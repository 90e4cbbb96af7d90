// Tests in TypeScript and Jest may run where there is no such symbol yet.
import './dispose.js'

export { MqttBroker, type MqttBrokerOptions } from './broker.js'
export type { Duration } from './duration.js'
export { BrokerError, NotMet, Problem, type ProblemBody } from './errors.js'
export { EventStream } from './events.js'
export { Expectation, type MetBy, type Times } from './expectation.js'
export type * from './generated/api.js'
export type * from './generated/rules.js'
export type { Settings } from './generated/settings.js'
export type { Method, Query } from './http.js'
export type { Search } from './parts/pages.js'
export type { PlayOptions } from './parts/recordings.js'
export type { WithFiles } from './parts/rules.js'
export { event, Pattern, type PatternLike, packet, publish } from './pattern.js'
export {
  type Partition,
  type Payload,
  type PublishOptions,
  type RawOptions,
  type RestartOptions,
  StartedMqttBroker,
  type WaitOptions,
} from './started.js'
export { showLadderIfFailed, type TestOutcome, withBroker } from './testing.js'

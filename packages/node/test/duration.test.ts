import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Duration, secondsOf } from '../dist/duration.js'

const wrong =
  (duration: unknown): (() => number) =>
  () =>
    secondsOf(duration as Duration, 'within')

test('the parts of a duration are added up', () => {
  assert.equal(secondsOf({ hours: 1, minutes: 30, seconds: 0.5 }, 'x'), 5400.5)
  assert.equal(secondsOf({ days: 1 }, 'x'), 86_400)
  assert.equal(secondsOf({ milliseconds: 250 }, 'x'), 0.25)
  assert.equal(secondsOf({ seconds: 0 }, 'x'), 0)
})

test('an object with getters, as a Temporal.Duration is, will do', () => {
  class Temporal {
    get hours(): number {
      return 2
    }
  }
  assert.equal(secondsOf(new Temporal(), 'x'), 7_200)
})

test('what is no duration is told, and what would be', () => {
  assert.throws(wrong(5), /within: expected an object such as \{seconds: 5\} or \{hours: 1\}, not 5/)
  assert.throws(wrong({ secs: 5 }), /there is no unit "secs".*days, hours, minutes, seconds, milliseconds/)
  assert.throws(wrong({}), /it is empty/)
  assert.throws(wrong({ seconds: -1 }), /seconds is to be a number from 0 on, not -1/)
  assert.throws(wrong({ seconds: '5' }), /not "5"/)
})

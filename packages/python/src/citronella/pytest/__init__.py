"""Fixtures for pytest, which pytest loads by itself: a broker for each test.

    def test_a_lamp_says_that_it_is_on(mqtt_broker):
        lamp = Lamp(mqtt_broker.host, mqtt_broker.port)
        lamp.switch_on()
        mqtt_broker.expect(publish("lamp/state").payload("on"))

`factories` makes further fixtures, with other settings.
"""

from . import factories

__all__ = ["factories"]

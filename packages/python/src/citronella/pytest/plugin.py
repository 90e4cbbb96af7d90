"""What pytest loads."""

from __future__ import annotations

import importlib.util
import sys
from contextlib import suppress
from typing import Any, Iterator

import pytest

from .. import _last, _program
from .._errors import ProgramFailed, ProgramNotFound
from . import factories, options, report

mqtt_broker_proc = factories.mqtt_broker_proc()
mqtt_broker_noproc = factories.mqtt_broker_noproc()
mqtt_broker = factories.mqtt_broker()
mqtt_broker_async = factories.mqtt_broker_async()

_ALIAS = "pytest_mqtt"
_OURS = "citronella.pytest.pytest_mqtt"
_GIVEN = "mqtt_broker_program"


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Options of the command line and of the ini file. What pytest-mqtt has is here, too, unless pytest-mqtt itself is."""
    options.add(parser)
    theirs = sys.modules.get(_ALIAS) or importlib.util.find_spec(_ALIAS)
    if theirs is not None and theirs is not sys.modules.get(_OURS):
        return
    from . import pytest_mqtt
    from .pytest_mqtt import capmqtt, model, mosquitto, util

    sys.modules[_ALIAS] = pytest_mqtt
    for module in (capmqtt, model, mosquitto, util):
        sys.modules[module.__name__.replace(_OURS, _ALIAS)] = module
    pluginmanager.register(mosquitto, "citronella-mosquitto")


def pytest_configure(config: pytest.Config) -> None:
    """Which program is used. A worker of xdist uses the one that the controller has started."""
    path = options.of(config).exec
    given = getattr(config, "workerinput", {}).get(_GIVEN)
    if path or given:
        running = _program.Program(given) if given else None
        before = _program.use(_program.Usual(path, "mqtt_broker_exec", running))
        config.add_cleanup(lambda: _use(before))


def _use(usual: _program.Usual) -> None:
    _program.use(usual)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Before a worker of xdist begins: one program for all of them."""
    is_here = getattr(node.gateway.spec, "popen", False)
    if not is_here:
        return
    # If there is none, the test that needs it says so.
    with suppress(ProgramNotFound, ProgramFailed):
        node.workerinput[_GIVEN] = _program.program().api


def pytest_runtest_setup() -> None:
    """Nothing of an earlier test is for the report of this one."""
    _last.take()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """The ladder, where a test has failed."""
    outcome: Any = yield
    result: pytest.TestReport = outcome.get_result()
    if result.failed and options.of(item.config).ladder:
        report.add_ladders(item, result, str(call.excinfo.value) if call.excinfo else "")

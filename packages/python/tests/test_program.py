"""The program: found, started, and gone with who started it, however that ends."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import socket
import stat
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from citronella import Broker, BrokerGone, ProgramFailed, ProgramNotFound, find_citronella_bin

BIN = find_citronella_bin()


def answers(port):
    with socket.socket() as to:
        return to.connect_ex(("127.0.0.1", port)) == 0


def is_gone(pid, within=20):
    """Whether the program ends in time. Nothing tells when another's child ends."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            with open(f"/proc/{pid}/stat") as file:
                if file.read().rpartition(")")[2].split()[0] == "Z":
                    return True
        except FileNotFoundError:
            return True
        time.sleep(0.01)
    return False


def run(code, **more):
    """A Python that starts a broker, says the process id of its program and the port, and does `code`."""
    begin = """
        import os, sys, signal, time
        from citronella import Broker, _program
        broker = Broker().start()
        print([one._process.pid for one in _program._programs.values()][0], broker.port, flush=True)
    """
    whole = textwrap.dedent(begin) + textwrap.dedent(code)
    child = subprocess.Popen([sys.executable, "-c", whole], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True, **more)
    pid, port = child.stdout.readline().split()
    return child, int(pid), int(port)


def end(child):
    child.stdin.close()
    child.wait(20)
    child.stdout.close()


@pytest.mark.parametrize(
    "code", ["", "os._exit(3)", "sys.exit(1)", "os.kill(os.getpid(), signal.SIGKILL)", "1 / 0", "os.abort()"]
)
def test_it_ends_with_its_parent(code):
    child, pid, port = run(code, stderr=subprocess.DEVNULL)
    end(child)
    assert is_gone(pid)
    assert not answers(port)


def test_ctrl_c_is_for_the_tests():
    child, pid, _ = run("sys.stdin.read()", stderr=subprocess.DEVNULL, start_new_session=True)
    os.killpg(child.pid, signal.SIGINT)
    end(child)
    assert child.returncode != 0
    assert is_gone(pid)


def test_a_fork_shares_brokers_and_ends_nothing():
    with Broker() as broker:
        broker.stats()
        context = multiprocessing.get_context("fork")
        child = context.Process(target=lambda: (broker.publish("a", "from the child", retain=True), sys.exit(0)))
        child.start()
        child.join(20)
        assert child.exitcode == 0
        assert broker.retained["a"].payload == "from the child"
        own = context.Process(target=lambda: sys.exit(0 if Broker().start().port != broker.port else 1))
        own.start()
        own.join(20)
        assert own.exitcode == 0
        assert broker.stats()


def test_many_brokers_are_one_program():
    code = """
        brokers = [Broker().start() for _ in range(300)]
        assert len({one.port for one in brokers}) == 300
        assert len(_program._programs) == 1
    """
    child, pid, _ = run(code)
    end(child)
    assert child.returncode == 0
    assert is_gone(pid)


def test_a_program_that_was_killed_is_told_and_another_is_started():
    code = """
        from citronella import BrokerGone
        pid = [one._process.pid for one in _program._programs.values()][0]
        os.kill(pid, signal.SIGKILL)
        try:
            broker.stats()
        except BrokerGone as error:
            assert "ended by SIGKILL" in str(error), error
        broker.stop()
        assert Broker().start().stats()
        # The fixture of a run, of which all later tests depend.
        one = Broker().start()
        port = one.port
        os.kill([one._process.pid for one in _program._programs.values()][0], signal.SIGKILL)
        one.renew()
        assert one.port == port
        assert one.stats()
    """
    child, pid, _ = run(code)
    end(child)
    assert child.returncode == 0
    assert is_gone(pid)


def test_settings_of_the_directory_and_of_the_environment_are_not_ours(tmp_path):
    (tmp_path / "citronella.toml").write_text("port = 'nonsense'\n")
    environment = {**os.environ, "CITRONELLA_BIN": BIN, "CITRONELLA_PORT": "nonsense", "CITRONELLA_NO_KEY": "1"}
    child, _, _ = run("print(broker.stats().clients_connected)", cwd=tmp_path, env=environment)
    assert child.stdout.read() == "0\n"
    end(child)
    assert child.returncode == 0


def test_no_program(monkeypatch, tmp_path):
    monkeypatch.setenv("CITRONELLA_BIN", str(tmp_path / "none"))
    with pytest.raises(ProgramNotFound, match=r"CITRONELLA_BIN says .*no such file"):
        Broker().start()
    (tmp_path / "none").write_text("")
    with pytest.raises(ProgramNotFound, match="chmod"):
        find_citronella_bin()
    monkeypatch.delenv("CITRONELLA_BIN")
    monkeypatch.setattr("citronella._find._folders", lambda: iter([("here", str(tmp_path / "x"))]))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProgramNotFound, match=r"x/broker \(here\)(.|\n)*PATH(.|\n)*CITRONELLA_BIN="):
        find_citronella_bin()


def script(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IEXEC)
    return str(path)


def test_a_broker_on_path_has_to_be_ours(monkeypatch, tmp_path):
    monkeypatch.delenv("CITRONELLA_BIN", raising=False)
    monkeypatch.setattr("citronella._find._folders", lambda: iter([]))
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    script(tmp_path / "broker", "echo another 1.0")
    with pytest.raises(ProgramNotFound, match="does not call itself"):
        find_citronella_bin()
    ours = script(tmp_path / "broker", f'exec {BIN} "$@"')
    assert find_citronella_bin() == ours


def test_a_program_that_does_not_start_says_why(tmp_path):
    for text, told in [
        ("echo it is broken >&2; exit 7", "exit code 7(.|\n)*it is broken"),
        ("echo no JSON", "listen|exit code 0"),
        ("kill -TERM $$", "it was ended by SIGTERM"),
    ]:
        with pytest.raises(ProgramFailed, match=told):
            Broker(program=script(tmp_path / "broker", text)).start()


def test_a_file_that_is_no_program_and_one_that_says_nothing_are_told(monkeypatch, tmp_path):
    (tmp_path / "broker").write_bytes(b"\x7fELF no program")
    (tmp_path / "broker").chmod(0o755)
    with pytest.raises(ProgramFailed, match=r"the system cannot run it .*format") as caught:
        Broker(program=str(tmp_path / "broker")).start()
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    monkeypatch.setattr("citronella._program.START_SECS", 0.2)
    with pytest.raises(ProgramFailed, match=r"did not say within 0\.2 s that it listens(.|\n)*tired"):
        Broker(program=script(tmp_path / "sleepy", "echo tired >&2; exec sleep 60")).start()


def test_a_program_that_hangs_is_told(monkeypatch):
    code = """
        from citronella import BrokerGone, publish
        from citronella._sync import api
        api._BEYOND_SECS = 0.2
        pid = [one._process.pid for one in _program._programs.values()][0]
        os.kill(pid, signal.SIGSTOP)
        try:
            broker.expect(publish("a"), within=0.1)
        except BrokerGone as error:
            assert "not answered <POST /api/v1/expectations> after 0.3 s; it hangs" in str(error), error
        else:
            sys.exit(1)
        finally:
            os.kill(pid, signal.SIGCONT)
    """
    child, pid, _ = run(code)
    end(child)
    assert child.returncode == 0
    assert is_gone(pid)


@pytest.mark.parametrize("answer", [b"", b"\x20\x02\0\0"])
def test_a_broker_that_is_another_one_is_told(answer):
    with socket.create_server(("127.0.0.1", 0)) as other:

        def serve():
            one, _ = other.accept()
            with one:
                one.recv(1000)
                one.sendall(answer)

        serving = threading.Thread(target=serve)
        serving.start()
        with pytest.raises(BrokerGone, match="Only a broker of Citronella can be asked"):
            Broker.at(f"mqtt://127.0.0.1:{other.getsockname()[1]}").start()
        serving.join(20)


def test_python_m_citronella_is_the_program():
    told = subprocess.run([sys.executable, "-m", "citronella", "--version"], capture_output=True, text=True, check=True)
    assert told.stdout == subprocess.run([BIN, "--version"], capture_output=True, text=True, check=True).stdout
    told = subprocess.run([sys.executable, "-m", "citronella", "--no-such-flag"], capture_output=True, text=True, check=False)
    assert told.returncode == 2
    environment = {**os.environ, "CITRONELLA_BIN": "/none"}
    told = subprocess.run([sys.executable, "-m", "citronella"], env=environment, capture_output=True, text=True, check=False)
    assert (told.returncode, "no such file" in told.stderr) == (1, True)

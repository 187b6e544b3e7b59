"""Ask a language model what it reads in some records, and keep what stands the checks beside the editions.

Off unless asked for by name: nothing here runs without an address and a model that the user gave. Answers are kept in
`proposals.jsonl` in the data folder, one line for each record, model and prompt; no edition is made from them.
"""

import http.client
import ipaddress
import json
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from skinproof.errors import InputError, StoreError, UsageError
from skinproof.extraction.proposals import (
    PROMPT,
    Checked,
    Prompt,
    Proposal,
    check_answer,
    prompt_for,
    verified,
)
from skinproof.model.findings import Preparation
from skinproof.store.lock import writer_lock
from skinproof.studies.documents import StudyText
from skinproof.vocabulary.term import Vocabulary

FILE = "proposals.jsonl"
KEY = "SKINPROOF_MODEL_KEY"
"""Environment variable with the key of the address, if it wants one. There is no other way to give it."""

MOST_ANSWER = 2_000_000
"""Bytes of an answer that are read; a longer one is refused."""

TIMEOUT, RETRIES = 60.0, 2
_PAUSE = 1.0
"""Seconds before the first retry; doubled before each later one."""

_GIVE_UP = 3
"""Records that fail one after another before the rest is left alone."""

_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_PATH = "/chat/completions"


class NoAnswer(Exception):
    """Why an address gave no usable answer, in words; again: whether asking once more may help."""

    def __init__(self, reason: str, again: bool = False) -> None:
        super().__init__(reason)
        self.again = again


class Address(NamedTuple):
    """A base URL that was checked. base: path before `/chat/completions`."""

    scheme: str
    host: str
    port: int
    base: str

    @property
    def loopback(self) -> bool:
        """Whether what is sent stays on this machine."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def shown(self) -> str:
        """Scheme, host and port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def read_address(url: str) -> Address:
    """The address of an OpenAI-compatible service: `http://127.0.0.1:8080/v1`, with or without `/chat/completions`.

    Raises: UsageError for another scheme, a URL without host, or one that holds a name or password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UsageError("the --url is no URL; write for example http://127.0.0.1:8080/v1") from error
    if parts.scheme not in ("http", "https"):
        raise UsageError("the --url must begin with http:// or https://")
    if not parts.hostname or not url.isascii() or any(c.isspace() or not c.isprintable() for c in url):
        raise UsageError("the --url names no host; write for example http://127.0.0.1:8080/v1")
    if parts.username is not None or parts.query or parts.fragment:
        raise UsageError(f"the --url must hold no name, password, query or fragment; a key goes into {KEY}")
    base = parts.path.rstrip("/").removesuffix(_PATH)
    return Address(parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 80), base)


class Client:
    """Sends a prompt to one address and returns the words of the answer.

    No redirect is followed, no proxy is used, no more than MOST_ANSWER bytes are read, and a request ends after
    `timeout` seconds, however slowly the answer drips. The key is sent in one header and appears in no message.
    """

    def __init__(
        self,
        address: Address,
        model: str,
        *,
        key: str | None = None,
        timeout: float = TIMEOUT,
        retries: int = RETRIES,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Raises: UsageError for a key that cannot be a header, or that would leave this machine unencrypted."""
        if key and not (key.isascii() and key.isprintable() and " " not in key):
            raise UsageError(f"{KEY} holds white space or letters that no key has")
        if key and address.scheme == "http" and not address.loopback:
            raise UsageError(f"{KEY} is set, and a key is not sent without encryption: use https://")
        self.address, self.model = address, model
        self._key, self._timeout, self._retries, self._sleep = key, timeout, retries, sleep

    def ask(self, prompt: Prompt) -> str:
        """The words of the answer. Raises: NoAnswer after the last retry."""
        body = json.dumps(
            {
                "model": self.model,
                "temperature": 0,
                "messages": [{"role": role, "content": words} for role, words in prompt.messages],
            }
        ).encode()
        for attempt in range(self._retries + 1):
            try:
                return _words(self._post(body))
            except NoAnswer as error:
                if not error.again or attempt == self._retries:
                    raise
                self._sleep(_PAUSE * 2**attempt)
        raise AssertionError("the last attempt returns or raises")  # pragma: no cover

    def _post(self, body: bytes) -> bytes:
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
        }
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        late = threading.Event()
        try:
            connection = self._connect()
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(f"cannot reach {self.address.shown}: {_said(error)}", again=True) from None
        sock = connection.sock
        watch = threading.Timer(self._timeout, _hang_up, (sock, late))
        watch.start()
        try:
            connection.request("POST", self.address.base + _PATH, body, headers)
            with connection.getresponse() as response:
                answer = response.read(MOST_ANSWER + 1)
                status = response.status
        except (OSError, http.client.HTTPException, ValueError) as error:
            if late.is_set() or isinstance(error, TimeoutError):
                raise NoAnswer(f"no whole answer within {self._timeout:g} seconds", again=True) from None
            raise NoAnswer(f"the connection broke: {_said(error)}", again=True) from None
        finally:
            watch.cancel()
            connection.close()
        if late.is_set():
            raise NoAnswer(f"no whole answer within {self._timeout:g} seconds", again=True)
        _check_status(status)
        if len(answer) > MOST_ANSWER:
            raise NoAnswer(f"the answer is longer than {MOST_ANSWER:,} bytes")
        return answer

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self.address.host, self.address.port
        connection = (
            http.client.HTTPSConnection(
                host, port, timeout=self._timeout, context=ssl.create_default_context()
            )
            if self.address.scheme == "https"
            else http.client.HTTPConnection(host, port, timeout=self._timeout)
        )
        connection.connect()
        return connection


def _hang_up(sock: Any, late: threading.Event) -> None:
    late.set()
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _said(error: Exception) -> str:
    """What a network error says, without anything that was sent."""
    return getattr(error, "strerror", None) or type(error).__name__


def _check_status(status: int) -> None:
    if 300 <= status < 400:
        raise NoAnswer(f"the address sends elsewhere (status {status}); redirects are not followed")
    if status in (401, 403):
        raise NoAnswer(f"the address wants a key (status {status}): set {KEY}")
    if status != 200:
        raise NoAnswer(f"the address answers with status {status}", again=status in _AGAIN)


class _Message(msgspec.Struct):
    content: str


class _Choice(msgspec.Struct):
    message: _Message


class _Completion(msgspec.Struct):
    choices: list[_Choice]


def _words(body: bytes) -> str:
    try:
        choices = msgspec.json.decode(body, type=_Completion).choices
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise NoAnswer("the answer is no chat completion in JSON") from None
    if not choices:
        raise NoAnswer("the answer holds no choice")
    return choices[0].message.content


class Source(NamedTuple):
    """One record to ask about: the version's sha256, its text, and the preparations the rules found in it."""

    record_id: str
    sha256: str
    text: StudyText
    preparations: tuple[Preparation, ...]


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One line of FILE: what one model said of one record under one prompt.

    text_sha256: of the readable text; asked_sha256: of all words sent; dropped: reason -> how many entries;
    left_out: fields that were too much to send; at: when, in UTC.
    """

    record_id: str
    sha256: str
    text_sha256: str
    asked_sha256: str
    model: str
    prompt: str
    at: str
    proposals: tuple[Proposal, ...]
    dropped: dict[str, int]
    left_out: int = 0


class Plan(NamedTuple):
    """What asking would send. known: records that were answered before and are not asked again."""

    prompts: tuple[tuple[Source, Prompt], ...]
    known: int

    @property
    def characters(self) -> int:
        """Characters of all prompts."""
        return sum(prompt.characters for _, prompt in self.prompts)


class Report(msgspec.Struct, frozen=True):
    """What came of asking. failed: (record id, why); not_asked: records left alone after failures in a row."""

    answered: int
    known: int
    failed: tuple[tuple[str, str], ...]
    not_asked: int


def plan(
    sources: Sequence[Source],
    model: str,
    data_dir: Path,
    vocabulary: Vocabulary | None = None,
    again: bool = False,
) -> Plan:
    """What would be sent for some records; what the file holds already is not asked again, but with `again`.

    Raises: StoreError when the file cannot be read.
    """
    names = value_names(vocabulary) if vocabulary else {}
    held = (
        set() if again else {(kept.asked_sha256, kept.model, kept.prompt) for kept in _lines(data_dir / FILE)}
    )
    prompts = [(source, prompt_for(source.text, source.preparations, names)) for source in sources]
    new = tuple(pair for pair in prompts if (pair[1].sha256, model, PROMPT) not in held)
    return Plan(new, len(prompts) - len(new))


def value_names(vocabulary: Vocabulary) -> dict[str, tuple[str, ...]]:
    """Fact -> names its value may have, for facts that are read with a kind of vocabulary of the same name."""
    kinds = ("source", "species", "donor", "culture", "separation", "storage", "route")
    return {
        kind: found
        for kind in kinds
        if (found := tuple(t.id.partition(":")[2] for t in vocabulary.terms.values() if t.kind == kind))
    }


def propose(
    plan: Plan,
    client: Client,
    data_dir: Path,
    now: Callable[[], datetime],
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Ask for every prompt of the plan and keep each answer as it comes.

    An address that fails on several records one after another is left alone.
    Raises: StoreError when another process writes to the data folder, or it cannot be written to.
    """
    failed: list[tuple[str, str]] = []
    answered = in_row = done = 0
    with writer_lock(data_dir):
        for source, prompt in plan.prompts:
            if in_row == _GIVE_UP:
                break
            done += 1
            try:
                checked = _checked(client, source, prompt)
            except (NoAnswer, ValueError) as error:
                failed.append((source.record_id, str(error)))
                in_row += 1
            else:
                _append(data_dir / FILE, _kept(source, prompt, client.model, checked, now()))
                answered, in_row = answered + 1, 0
            if progress:
                progress(done, len(plan.prompts))
    return Report(answered, plan.known, tuple(failed), len(plan.prompts) - done)


def proposals_of(data_dir: Path, text: StudyText, model: str | None = None) -> tuple[Kept, ...]:
    """What the file holds for a text, the latest answer of each model and prompt; every quote is looked up again.

    Raises: StoreError when the file cannot be read.
    """
    wanted = text.sha256
    found: dict[tuple[str, str], Kept] = {}
    for kept in _lines(data_dir / FILE):
        if kept.text_sha256 == wanted and model in (None, kept.model):
            found.pop((kept.model, kept.prompt), None)
            found[kept.model, kept.prompt] = kept
    return tuple(msgspec.structs.replace(k, proposals=verified(k.proposals, text)) for k in found.values())


def key_of(environment: Mapping[str, str]) -> str | None:
    """The key of the address, from the environment alone."""
    return environment.get(KEY) or None


def _checked(client: Client, source: Source, prompt: Prompt) -> Checked:
    return check_answer(client.ask(prompt), source.text, prompt, client.model)


def _kept(source: Source, prompt: Prompt, model: str, checked: Checked, now: datetime) -> Kept:
    return Kept(
        record_id=source.record_id,
        sha256=source.sha256,
        text_sha256=source.text.sha256,
        asked_sha256=prompt.sha256,
        model=model,
        prompt=PROMPT,
        at=now.isoformat(timespec="seconds"),
        proposals=checked.proposals,
        dropped=checked.dropped,
        left_out=prompt.left_out,
    )


def _append(path: Path, kept: Kept) -> None:
    """Add one whole line; half a line left by a crash is closed first, so that it spoils no other."""
    line = msgspec.json.encode(kept) + b"\n"
    try:
        with path.open("ab+") as file:
            if file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                line = line if file.read(1) == b"\n" else b"\n" + line
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror}") from error


def _lines(path: Path) -> Iterator[Kept]:
    """The lines of the file that can be read, in order; none where there is no file."""
    try:
        with path.open("rb") as file:
            for line in file:
                try:
                    yield msgspec.json.decode(line, type=Kept)
                except (msgspec.MsgspecError, UnicodeError, RecursionError):
                    continue
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror}") from error


def check_report(report: Report) -> None:
    """Raises: InputError when some records were not answered."""
    if report.failed:
        record_id, reason = report.failed[0]
        more = f" and {len(report.failed) - 1} more" if len(report.failed) > 1 else ""
        left = f"; {report.not_asked} were not asked" if report.not_asked else ""
        raise InputError(f"no answer for {record_id}{more}: {reason}{left}")
